// Runs a program and writes what it cost: timed RESULT PROGRAM ARGUMENT...
//
// RESULT gets "pid N" at once, and one line at the end:
//   "wall NS cpu NS rss KIB status N" (status as wait4(2) gives it).
// SIGINT and SIGTERM are passed on. This is a program of its own because Linux counts the resident
// memory of the process that called exec: started from Python, everything would seem to need Python's.
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <errno.h>

static volatile pid_t child;

static void pass_on(int signal_number) {
  if (child > 0) kill(child, signal_number);
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc < 3) return 64;
  FILE *result = fopen(argv[1], "we");
  if (!result) { perror(argv[1]); return 74; }
  signal(SIGINT, pass_on);
  signal(SIGTERM, pass_on);
  long long start = now();
  child = fork();
  if (child < 0) { perror("fork"); return 71; }
  if (child == 0) {
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  fprintf(result, "pid %d\n", (int)child);
  fflush(result);
  int status;
  struct rusage used;
  while (wait4(child, &status, 0, &used) < 0)
    if (errno != EINTR) { perror("wait4"); return 71; }
  long long cpu = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000LL
                + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000LL;
  fprintf(result, "wall %lld cpu %lld rss %ld status %d\n", now() - start, cpu, used.ru_maxrss, status);
  return fclose(result) ? 74 : 0;
}
