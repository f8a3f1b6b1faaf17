// Programs whose packets have owners, for the benchmark `owners`: processes that send, and processes that receive.
//
//   exchange receive -n PROCESSES -p PORT
//   exchange send -n PROCESSES -p PORT -a ADDRESS [-f FLOWS] [-r MESSAGES_PER_SECOND] [-d SECONDS] [-m MESSAGES]
//
// Receiving process i reads TCP and UDP at PORT + i, and says "ready" when all do; it ends with standard input. Of the
// flows three in four are TCP connections, the others connected UDP sockets; they are shared evenly by the sending
// processes. A message is 100 octets and one packet; the kernel's acknowledgments come on top. With -m every flow is a
// connection that is closed after so many messages, and each process makes one after another. Use it only in network
// namespaces made for it.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

enum { MESSAGE = 100, BATCH = 16, EVENTS = 64 };

static void fail(const char *what) {
  perror(what);
  _exit(71);
}

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int bound(int type, unsigned port) {
  int on = 1, made = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (made < 0) fail("socket");
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(made, (struct sockaddr *)&at, sizeof at) || (type == SOCK_STREAM && listen(made, 1024))) fail("bind");
  return made;
}

static void watch(int poll, int descriptor) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
  if (epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event)) fail("epoll_ctl");
}

static void read_all(unsigned port, int ready) {
  int listener = bound(SOCK_STREAM, port), datagrams = bound(SOCK_DGRAM, port), poll = epoll_create1(EPOLL_CLOEXEC);
  static char octets[65536];
  struct epoll_event events[EVENTS];
  watch(poll, listener);
  watch(poll, datagrams);
  if (write(ready, "", 1) != 1) fail("write");
  for (;;) {
    int n = epoll_wait(poll, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
      int descriptor = events[i].data.fd;
      if (descriptor == listener) {
        int connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (connection >= 0) watch(poll, connection);
      } else if (descriptor == datagrams) {
        while (recv(datagrams, octets, sizeof octets, 0) >= 0) {}
      } else {
        ssize_t got = read(descriptor, octets, sizeof octets);
        if (got == 0 || (got < 0 && errno != EAGAIN)) close(descriptor);
      }
    }
  }
}

static void receive(unsigned processes, unsigned port) {
  int ready[2];
  char one;
  if (pipe(ready)) fail("pipe");
  for (unsigned i = 0; i < processes; i++) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      read_all(port + i, ready[1]);
    }
  }
  for (unsigned i = 0; i < processes; i++)
    if (read(ready[0], &one, 1) != 1) fail("read");
  puts("ready");
  fflush(stdout);
  while (read(STDIN_FILENO, &one, 1) > 0) {}
  _exit(0);
}

// Waits until so many messages are due.
static void wait_until_due(double start, uint64_t sent, double rate) {
  double due = start + (double)sent / rate;
  struct timespec until = {(time_t)due, (long)((due - (double)(time_t)due) * 1e9)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

// A socket that is connected.
static int connected(const char *address, unsigned port, int type) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, address, &to.sin_addr) != 1) fail(address);
  int on = 1, made = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (made < 0 || connect(made, (struct sockaddr *)&to, sizeof to)) fail("connect");
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return made;
}

// Brief connections, one after another.
static void send_briefly(const char *address, unsigned port, unsigned processes, unsigned which, unsigned messages, double rate,
                         double duration, int result) {
  char octets[MESSAGE] = "message";
  uint64_t sent = 0;
  double start = seconds();
  for (unsigned flow = which; seconds() - start < duration; flow++) {
    int made = connected(address, port + flow % processes, SOCK_STREAM);
    for (unsigned i = 0; i < messages; i++)
      if (send(made, octets, sizeof octets, MSG_NOSIGNAL) == sizeof octets) sent++;
    close(made);
    wait_until_due(start, sent, rate);
  }
  if (write(result, &sent, sizeof sent) != sizeof sent) fail("write");
  _exit(0);
}

// The flows of one process: `which` is its place among them.
static void send_all(const char *address, unsigned port, unsigned processes, unsigned which, unsigned flows, double rate,
                     double duration, int result) {
  unsigned mine = 0;
  int *sockets = calloc(flows, sizeof *sockets);
  if (!sockets) fail("calloc");
  for (unsigned flow = which; flow < flows; flow += processes)
    sockets[mine++] = connected(address, port + flow / 4 % processes, flow / processes % 4 ? SOCK_STREAM : SOCK_DGRAM);
  struct random r = {which + 1};
  char octets[MESSAGE] = "message";
  uint64_t sent = 0;
  double start = seconds();
  while (mine && seconds() - start < duration) {
    for (unsigned i = 0; i < BATCH; i++)
      if (send(sockets[random_below(&r, mine)], octets, sizeof octets, MSG_NOSIGNAL) == sizeof octets) sent++;
    wait_until_due(start, sent, rate);
  }
  if (write(result, &sent, sizeof sent) != sizeof sent) fail("write");
  _exit(0);
}

static int send_messages(const char *address, unsigned port, unsigned processes, unsigned flows, double rate, double duration,
                         unsigned messages) {
  int result[2];
  uint64_t sent = 0, part;
  if (pipe(result)) fail("pipe");
  double start = seconds();
  for (unsigned i = 0; i < processes; i++) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0 && messages) send_briefly(address, port, processes, i, messages, rate / processes, duration, result[1]);
    if (child == 0) send_all(address, port, processes, i, flows, rate / processes, duration, result[1]);
  }
  close(result[1]);
  for (unsigned i = 0; i < processes; i++) {
    if (read(result[0], &part, sizeof part) != sizeof part) return 71;
    sent += part;
  }
  double took = seconds() - start;
  while (wait(NULL) > 0) {}
  printf("%llu packets sent in %.3f s, %.0f a second\n", (unsigned long long)sent, took, (double)sent / took);
  return 0;
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "", *address = NULL;
  unsigned processes = 4, port = 9000, flows = 400, messages = 0;
  double rate = 20000, duration = 3;
  optind = 2;
  for (int option; (option = getopt(argc, argv, "n:p:a:f:r:d:m:")) != -1;) {
    if (option == 'n') processes = (unsigned)atoi(optarg);
    else if (option == 'p') port = (unsigned)atoi(optarg);
    else if (option == 'a') address = optarg;
    else if (option == 'f') flows = (unsigned)atoi(optarg);
    else if (option == 'm') messages = (unsigned)atoi(optarg);
    else if (option == 'r') rate = atof(optarg);
    else if (option == 'd') duration = atof(optarg);
    else return 64;
  }
  if (!strcmp(mode, "receive") && processes) receive(processes, port);
  if (!strcmp(mode, "send") && address && processes && rate > 0)
    return send_messages(address, port, processes, flows, rate, duration, messages);
  fputs("usage: exchange receive -n PROCESSES -p PORT | send -n PROCESSES -p PORT -a ADDRESS [-f FLOWS] [-r RATE] [-d SECONDS] "
        "[-m MESSAGES]\n",
        stderr);
  return 64;
}
