#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int clinux_enter_network_namespace(int descriptor) { return setns(descriptor, CLONE_NEWNET); }

long clinux_read_directory(int descriptor, void *buffer, unsigned long size) {
  return getdents64(descriptor, buffer, size);
}

int clinux_signal_is_ignored(int signal) {
  struct sigaction action;
  if (sigaction(signal, 0, &action) != 0) return -1;
  return action.sa_handler == SIG_IGN;
}

int clinux_ignore_signal(int signal) {
  struct sigaction action = {.sa_handler = SIG_IGN};
  return sigaction(signal, &action, 0);
}

int clinux_copy_descriptor(int process, int descriptor) {
  int handle = (int)syscall(SYS_pidfd_open, process, 0);
  if (handle < 0) return -1;
  int copy = (int)syscall(SYS_pidfd_getfd, handle, descriptor, 0);
  int error = errno;
  close(handle);
  errno = error;
  return copy;
}

int clinux_socket_namespace(int descriptor) { return ioctl(descriptor, SIOCGSKNS); }

_Static_assert(sizeof(struct clinux_credentials) == sizeof(struct ucred), "the kernel's credentials");
_Static_assert(offsetof(struct clinux_credentials, process) == offsetof(struct ucred, pid), "the process's number");
_Static_assert(offsetof(struct clinux_credentials, user) == offsetof(struct ucred, uid), "the user's number");
_Static_assert(offsetof(struct clinux_credentials, group) == offsetof(struct ucred, gid), "the group's number");

_Static_assert(sizeof(struct clinux_control_header) == sizeof(struct cmsghdr), "the header of control messages");
_Static_assert(sizeof(((struct cmsghdr *)0)->cmsg_len) == sizeof(unsigned long), "its length");
_Static_assert(offsetof(struct clinux_control_header, level) == offsetof(struct cmsghdr, cmsg_level), "its level");
_Static_assert(offsetof(struct clinux_control_header, type) == offsetof(struct cmsghdr, cmsg_type), "its type");

int clinux_scm_credentials(void) { return SCM_CREDENTIALS; }

int clinux_accept(int descriptor) { return accept4(descriptor, 0, 0, SOCK_CLOEXEC); }

int clinux_processor_count(void) {
  cpu_set_t processors;
  if (sched_getaffinity(0, sizeof processors, &processors) != 0) return 0;
  return CPU_COUNT(&processors);
}

int clinux_take_short_turns(int nice, unsigned long long nanoseconds) {
  // struct sched_attr in its first version: the kernel's header has a structure of the C library's name, too.
  struct {
    unsigned int size, policy;
    unsigned long long flags;
    int nice;
    unsigned int priority;
    unsigned long long runtime, deadline, period;
  } attributes = {.size = sizeof attributes};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return -1;
  if (attributes.policy != SCHED_OTHER) return 0;
  int before = attributes.nice;
  attributes.flags = 0;
  attributes.runtime = nanoseconds;
  if (nice < before) attributes.nice = nice;
  if (syscall(SYS_sched_setattr, 0, &attributes, 0) == 0) return 0;
  attributes.nice = before;
  return (int)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

int clinux_event_counter(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int clinux_poll(struct pollfd *entries, unsigned long count, long seconds, long nanoseconds) {
  struct timespec time = {.tv_sec = seconds, .tv_nsec = nanoseconds};
  return ppoll(entries, count, &time, 0);
}

/// What the child does; only what may be called between fork and exec in a program with threads: signal-safety(7).
static void become(const struct clinux_program *program, int report) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigaction(SIGPIPE, &action, 0);
  sigaction(SIGXFSZ, &action, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, 0);
  // The system calls themselves: the C library's functions would change every thread of a process that has only one now.
  int failed = program->changes_user && (syscall(SYS_setgroups, program->group_count, program->groups) != 0 ||
                                         syscall(SYS_setresgid, program->group, program->group, program->group) != 0 ||
                                         syscall(SYS_setresuid, program->user, program->user, program->user) != 0);
  if (!failed) execvpe(program->path, program->arguments, program->environment);
  int error = errno;
  while (write(report, &error, sizeof error) < 0 && errno == EINTR) {
  }
  _exit(127);
}

int clinux_start_program(const struct clinux_program *program) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  int child = fork();
  if (child == 0) become(program, ends[1]);
  int error = errno;
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    errno = error;
    return -1;
  }
  long count;
  while ((count = read(ends[0], &error, sizeof error)) < 0 && errno == EINTR) {
  }
  close(ends[0]);
  // Nothing comes where the program was executed, which closed the other end.
  if (count != sizeof error) return child;
  while (waitpid(child, 0, 0) < 0 && errno == EINTR) {
  }
  errno = error;
  return -1;
}

int clinux_child_status(int child, int *status) { return waitpid(child, status, WNOHANG); }

/// bpf(2), which the C library does not declare. What is not set of the attributes has to be 0.
static int bpf(enum bpf_cmd command, union bpf_attr *attributes) {
  return syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

int clinux_create_mapped_array(const char *name, unsigned int value_size, unsigned int count) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = sizeof(unsigned int);
  attributes.value_size = value_size;
  attributes.max_entries = count;
  attributes.map_flags = BPF_F_MMAPABLE;
  strncpy(attributes.map_name, name, sizeof attributes.map_name - 1);
  return bpf(BPF_MAP_CREATE, &attributes);
}

int clinux_create_ring(const char *name, unsigned int octets) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.map_type = BPF_MAP_TYPE_RINGBUF;
  attributes.max_entries = octets;
  strncpy(attributes.map_name, name, sizeof attributes.map_name - 1);
  return bpf(BPF_MAP_CREATE, &attributes);
}

int clinux_load_tracing_program(
    const char *name, const struct clinux_bpf_instruction *instructions, unsigned int count, unsigned int type) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = BPF_PROG_TYPE_TRACING;
  attributes.expected_attach_type = BPF_TRACE_RAW_TP;
  attributes.insns = (unsigned long)instructions;
  attributes.insn_cnt = count;
  // What the kernel lets programs of its own licence use only is not used, but tracing takes it.
  attributes.license = (unsigned long)"Dual MIT/GPL";
  attributes.attach_btf_id = type;
  strncpy(attributes.prog_name, name, sizeof attributes.prog_name - 1);
  return bpf(BPF_PROG_LOAD, &attributes);
}

int clinux_attach_tracing_program(int program) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.raw_tracepoint.prog_fd = program;
  return bpf(BPF_RAW_TRACEPOINT_OPEN, &attributes);
}
