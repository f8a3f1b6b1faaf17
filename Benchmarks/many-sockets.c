// Opens many sockets in many processes, and keeps them until standard input ends.
//
//   many-sockets [-c CONNECTIONS] [-u UNIX_SOCKETS] [-p PROCESSES]
//
// TCP connections over 127.0.0.1 (both ends are sockets), unix stream sockets in connected pairs. Processes come in
// pairs too: one has the listener and the accepted ends, the other the connecting ends, and each half of the unix
// sockets. Prints "ready" and the numbers once all are open. Use it in a network namespace of its own.
#include <arpa/inet.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// Says that this process has everything open, and waits for its end.
static void stay(int ready) {
  if (write(ready, "", 1) != 1) err(71, "write");
  close(ready);
  for (;;) pause();
}

static void die_with_parent(pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) err(71, "prctl");
  if (getppid() != parent) _exit(0);
}

static void keep_ends(int (*pairs)[2], unsigned count, int mine) {
  for (unsigned i = 0; i < count; i++) close(pairs[i][!mine]);
}

// Two processes with so many connections and unix pairs between them.
static void open_pair(unsigned connections, unsigned unix_pairs, int ready, pid_t parent) {
  int (*pairs)[2] = calloc(unix_pairs + 1, sizeof *pairs);
  if (!pairs) err(71, "calloc");
  for (unsigned i = 0; i < unix_pairs; i++)
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]) < 0) err(71, "socketpair");
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof name;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&name, length) < 0 || listen(listener, 4096) < 0 ||
      getsockname(listener, (struct sockaddr *)&name, &length) < 0)
    err(71, "listen");
  pid_t connecting = fork();
  if (connecting < 0) err(71, "fork");
  if (connecting == 0) {
    die_with_parent(parent);
    close(listener);
    keep_ends(pairs, unix_pairs, 1);
    for (unsigned i = 0; i < connections; i++) {
      int end = socket(AF_INET, SOCK_STREAM, 0);
      if (end < 0 || connect(end, (struct sockaddr *)&name, sizeof name) < 0) err(71, "connect");
    }
    stay(ready);
  }
  pid_t accepting = fork();
  if (accepting < 0) err(71, "fork");
  if (accepting == 0) {
    die_with_parent(parent);
    keep_ends(pairs, unix_pairs, 0);
    for (unsigned i = 0; i < connections; i++)
      if (accept(listener, NULL, NULL) < 0) err(71, "accept");
    stay(ready);
  }
  close(listener);
  for (unsigned i = 0; i < unix_pairs; i++) close(pairs[i][0]), close(pairs[i][1]);
  free(pairs);
}

int main(int argc, char **argv) {
  unsigned connections = 20000, unix_sockets = 5000, processes = 200;
  for (int option; (option = getopt(argc, argv, "c:u:p:")) != -1;) {
    unsigned value = optarg ? (unsigned)strtoul(optarg, NULL, 10) : 0;
    if (option == 'c') connections = value;
    else if (option == 'u') unix_sockets = value;
    else if (option == 'p') processes = value;
    else return 64;
  }
  if (processes < 2) return 64;
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) limit.rlim_cur = limit.rlim_max, setrlimit(RLIMIT_NOFILE, &limit);
  int ready[2];
  if (pipe(ready) < 0) err(71, "pipe");
  unsigned pairs = processes / 2;
  pid_t parent = getpid();
  for (unsigned i = 0; i < pairs; i++) {
    unsigned these = connections / pairs + (i < connections % pairs);
    unsigned unix_pairs = unix_sockets / 2 / pairs + (i < unix_sockets / 2 % pairs);
    open_pair(these, unix_pairs, ready[1], parent);
  }
  close(ready[1]);
  for (unsigned i = 0; i < pairs * 2; i++) {
    char octet;
    if (read(ready[0], &octet, 1) != 1) errx(71, "a process ended before everything was open");
  }
  printf("ready: %u connections, %u unix sockets, %u processes\n", connections, unix_sockets / 2 * 2, pairs * 2);
  fflush(stdout);
  char octet;
  while (read(0, &octet, 1) > 0) continue;
  return 0;
}
