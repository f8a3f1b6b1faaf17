// TCP clients and servers that say which connection was whose, and since when. They are in C so that a life of 10 ms is one.
//
//   talker client ADDRESS PORT MS                   one connection; the process ends MS after its start
//   talker spawn COUNT AT_ONCE ADDRESS PORT MS      COUNT processes `talker client`, AT_ONCE of them at a time
//   talker prefork PORT WORKERS MS                  workers that share one listener
//   talker reuseport PORT WORKERS MS                workers with a listener each, on one port
//   talker forking PORT MS                          one listener, and a process for each connection
//
// Servers send back what came, and close MS after accept(2); with -1 once the client has. Lines go to standard output:
//
//   pool PORT PID...                                who waits for connections
//   own PID LOCAL PORT REMOTE PORT SINCE UNTIL      seconds since 1970, or "-"
//   ready
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST = 100, MOST_WORKERS = 64 };

static double now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what) {
  fprintf(stderr, "talker: %s: %s\n", what, strerror(errno));
  _exit(71);
}

static void sleep_until(double due) {
  struct timespec t = {(time_t)due, (long)((due - (double)(time_t)due) * 1e9)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {}
}

// One write a line: lines of processes that share a pipe or a file opened to append do not mix.
static void say(const char *line, size_t length) {
  if (write(STDOUT_FILENO, line, length) != (ssize_t)length) fail("write");
}

struct names {
  struct sockaddr_in local, remote;
};

static struct names names_of(int connection) {
  struct names names;
  socklen_t length = sizeof names.local, other = sizeof names.remote;
  if (getsockname(connection, (struct sockaddr *)&names.local, &length)) fail("getsockname");
  // Reset by the client already: then no packet follows, and no line is needed.
  if (getpeername(connection, (struct sockaddr *)&names.remote, &other)) names.remote.sin_family = AF_UNSPEC;
  return names;
}

static void own(const struct names *names, double since, double until) {
  char here[INET_ADDRSTRLEN], there[INET_ADDRSTRLEN], line[256], end[32] = "-";
  if (names->remote.sin_family == AF_UNSPEC) return;
  inet_ntop(AF_INET, &names->local.sin_addr, here, sizeof here);
  inet_ntop(AF_INET, &names->remote.sin_addr, there, sizeof there);
  if (until > 0) snprintf(end, sizeof end, "%.9f", until);
  say(line, (size_t)snprintf(line, sizeof line, "own %d %s %d %s %d %.9f %s\n", (int)getpid(), here,
                             ntohs(names->local.sin_port), there, ntohs(names->remote.sin_port), since, end));
}

static void client(const char *address, int port, int milliseconds) {
  double started = now(CLOCK_MONOTONIC), since = now(CLOCK_REALTIME);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  char octets[REQUEST] = "ask";
  if (inet_pton(AF_INET, address, &to.sin_addr) != 1) fail(address);
  int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0 || connect(connection, (struct sockaddr *)&to, sizeof to)) fail("connect");
  struct names names = names_of(connection);
  own(&names, since, 0);
  if (write(connection, octets, sizeof octets) != sizeof octets) fail("write");
  size_t got = 0;
  while (got < sizeof octets) {
    ssize_t n = read(connection, octets, sizeof octets - got);
    if (n <= 0) fail("read");
    got += (size_t)n;
  }
  sleep_until(started + milliseconds / 1e3);
  _exit(0);  // and the kernel closes the connection
}

static void spawn(int count, int at_once, char *address, char *port, char *milliseconds) {
  int running = 0, failed = 0, status;
  for (int started = 0; started < count || running > 0;) {
    if (started < count && running < at_once) {
      pid_t child = fork();
      if (child < 0) fail("fork");
      if (child == 0) {
        execl("/proc/self/exe", "talker", "client", address, port, milliseconds, (char *)NULL);
        fail("exec");
      }
      started++;
      running++;
    } else {
      if (wait(&status) < 0) fail("wait");
      running--;
      failed += status != 0;
    }
  }
  _exit(failed ? 71 : 0);
}

static int listening(int port, int shared) {
  int on = 1, made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (made < 0) fail("socket");
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shared) setsockopt(made, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (bind(made, (struct sockaddr *)&at, sizeof at) || listen(made, 1024)) fail("listen");
  return made;
}

static void answer(int connection, double accepted, int milliseconds) {
  char octets[REQUEST];
  for (size_t got = 0; got < sizeof octets;) {
    ssize_t n = read(connection, octets + got, sizeof octets - got);
    if (n <= 0) return;
    got += (size_t)n;
  }
  if (write(connection, octets, sizeof octets) != sizeof octets) return;
  if (milliseconds >= 0) sleep_until(accepted + milliseconds / 1e3);
  else while (read(connection, octets, sizeof octets) > 0) {}
}

static int next(int listener, double *accepted, double *since) {
  int connection;
  do connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  while (connection < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (connection < 0) fail("accept");
  *since = now(CLOCK_REALTIME);
  *accepted = now(CLOCK_MONOTONIC);
  return connection;
}

static void workers(int port, int count, int milliseconds, int shared) {
  char line[1024];
  int n = snprintf(line, sizeof line, "pool %d", port), ready[2], listener = -1, parent = (int)getpid();
  if (count > MOST_WORKERS || pipe(ready)) fail("pipe");
  if (!shared) {
    listener = listening(port, 0);
    n += snprintf(line + n, sizeof line - (size_t)n, " %d", parent);
  }
  for (int i = 0; i < count; i++) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (shared) listener = listening(port, 1);
      if (write(ready[1], "", 1) != 1) fail("write");
      for (;;) {
        double accepted, since;
        int connection = next(listener, &accepted, &since);
        struct names names = names_of(connection);
        own(&names, since, 0);
        answer(connection, accepted, milliseconds);
        close(connection);
      }
    }
    n += snprintf(line + n, sizeof line - (size_t)n, " %d", (int)child);
  }
  char one;
  for (int i = 0; i < count; i++)
    if (read(ready[0], &one, 1) != 1) fail("read");
  n += snprintf(line + n, sizeof line - (size_t)n, "\nready\n");
  say(line, (size_t)n);
  for (;;) pause();
}

static void forking(int port, int milliseconds) {
  char line[64];
  int listener = listening(port, 0);
  signal(SIGCHLD, SIG_IGN);
  say(line, (size_t)snprintf(line, sizeof line, "pool %d %d\nready\n", port, (int)getpid()));
  for (;;) {
    double accepted, since;
    int connection = next(listener, &accepted, &since);
    struct names names = names_of(connection);
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      close(listener);
      own(&names, since, 0);
      answer(connection, accepted, milliseconds);
      _exit(0);
    }
    close(connection);
    own(&names, since, now(CLOCK_REALTIME));
  }
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  if (!strcmp(mode, "client") && argc == 5) client(argv[2], atoi(argv[3]), atoi(argv[4]));
  if (!strcmp(mode, "spawn") && argc == 7) spawn(atoi(argv[2]), atoi(argv[3]), argv[4], argv[5], argv[6]);
  if (!strcmp(mode, "prefork") && argc == 5) workers(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), 0);
  if (!strcmp(mode, "reuseport") && argc == 5) workers(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), 1);
  if (!strcmp(mode, "forking") && argc == 4) forking(atoi(argv[2]), atoi(argv[3]));
  fputs("usage: talker client|spawn|prefork|reuseport|forking ...\n", stderr);
  return 64;
}
