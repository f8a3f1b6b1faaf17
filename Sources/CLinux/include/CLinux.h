// The kernel's own declarations, for Swift: includes, and inline functions for the macros that do not import.
#pragma once

#include <net/if.h>
#include <net/if_arp.h>

// The kernel's ARPHRD_* numbers: the C library's header has fewer, and its structures the same names.
#define arpreq clinux_arpreq
#define arpreq_old clinux_arpreq_old
#define arphdr clinux_arphdr
#include <linux/if_arp.h>
#undef arpreq
#undef arpreq_old
#undef arphdr

// linux/xfrm.h includes linux/in6.h, whose structures the C library has under the same names, declared otherwise.
#include <linux/libc-compat.h>
#undef __UAPI_DEF_SOCKADDR_IN6
#undef __UAPI_DEF_IPV6_MREQ
#undef __UAPI_DEF_IPPROTO_V6
#undef __UAPI_DEF_IPV6_OPTIONS
#define __UAPI_DEF_SOCKADDR_IN6 0
#define __UAPI_DEF_IPV6_MREQ 0
#define __UAPI_DEF_IPPROTO_V6 0
#define __UAPI_DEF_IPV6_OPTIONS 0
#define in6_addr clinux_in6_addr
#include <linux/in6.h>
#undef in6_addr

#include <linux/audit.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/inet_diag.h>
#include <linux/net.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/selinux_netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <linux/vm_sockets.h>
#include <linux/vm_sockets_diag.h>
#include <linux/xdp_diag.h>
#define in6_addr clinux_in6_addr
#include <linux/xfrm.h>
#undef in6_addr
// An instruction of the kernel's, by a name of its own: libpcap's are of another kind, and have the same name.
#define bpf_insn clinux_bpf_instruction
#include <linux/bpf.h>
#undef bpf_insn

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

// The kernel's struct tcp_info under a name of its own: the C library's has the same name, and fewer members. So it is
// with the other structures of the file.
#define tcp_info clinux_tcp_info
#define tcphdr clinux_tcphdr
#define tcp_word_hdr clinux_tcp_word_hdr
#define tcp_repair_opt clinux_tcp_repair_opt
#define tcp_repair_window clinux_tcp_repair_window
#define tcp_md5sig clinux_tcp_md5sig
#define tcp_diag_md5sig clinux_tcp_diag_md5sig
#define tcp_zerocopy_receive clinux_tcp_zerocopy_receive
#include <linux/tcp.h>
#undef tcp_info
#undef tcphdr
#undef tcp_word_hdr
#undef tcp_repair_opt
#undef tcp_repair_window
#undef tcp_md5sig
#undef tcp_diag_md5sig
#undef tcp_zerocopy_receive

/// TPACKET3_HDRLEN, which is a cast expression and so does not import. See packet(7).
static inline unsigned long clinux_tpacket3_header_length(void) { return TPACKET3_HDRLEN; }

/// Whether no program that this one executes can gain rights; prctl takes variable arguments, which do not import.
/// See PR_GET_NO_NEW_PRIVS(2const).
static inline int clinux_no_new_privileges(void) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); }

/// SKF_AD_OFF as the unsigned number that stands in a filter instruction. See the kernel's networking/filter.rst.
static inline unsigned int clinux_filter_extension(int field) { return (unsigned int)(SKF_AD_OFF + field); }

/// setns(2) for a network namespace, without _GNU_SOURCE.
int clinux_enter_network_namespace(int descriptor);

/// getdents64(2), which has no declaration without _GNU_SOURCE: how many octets of directory entries there are, 0 at the
/// end, or -1 with errno.
long clinux_read_directory(int descriptor, void *buffer, unsigned long size);

/// Whether a signal is ignored in this process: 1, 0, or -1 with errno. See sigaction(2).
int clinux_signal_is_ignored(int signal);

/// Ignores a signal, by sigaction(2): SIG_IGN is a cast expression and so does not import.
int clinux_ignore_signal(int signal);

/// How many processors this process may run on; 0 where that cannot be asked. See CPU_COUNT in sched_getaffinity(2).
int clinux_processor_count(void);

/// Gives the calling thread short turns, so that it may take the place of one that runs longer as soon as it has something to do
/// (Linux 6.12), and where that is allowed a nice value, unless it has a lower one; a thread of another scheduling policy than
/// SCHED_OTHER is left as it is. -1 with errno where that fails. See sched_setattr(2).
int clinux_take_short_turns(int nice, unsigned long long nanoseconds);

/// Asks the processor to fetch the memory at an address, soon to be read; harmless for any address.
static inline void clinux_prefetch(const void *address) { __builtin_prefetch(address); }

/// A copy of another process's descriptor, by pidfd_open(2) and pidfd_getfd(2), or -1 with errno.
int clinux_copy_descriptor(int process, int descriptor);

/// A descriptor of the network namespace that a socket is in, by the ioctl SIOCGSKNS, or -1 with errno: ioctl takes
/// variable arguments, which do not import.
int clinux_socket_namespace(int descriptor);

/// struct ucred, which needs _GNU_SOURCE. See unix(7).
struct clinux_credentials {
  int process;
  unsigned int user;
  unsigned int group;
};

/// struct cmsghdr without the data behind it, which keeps that one from being a plain structure to Swift. See cmsg(3).
struct clinux_control_header {
  unsigned long length;
  int level;
  int type;
};

/// SCM_CREDENTIALS, which needs _GNU_SOURCE. See unix(7).
int clinux_scm_credentials(void);

/// accept4(2) with SOCK_CLOEXEC, which needs _GNU_SOURCE; nobody is told who connected.
int clinux_accept(int descriptor);

/// VMADDR_CID_ANY and VMADDR_PORT_ANY, which are expressions and so do not import. See vsock(7).
static inline unsigned int clinux_vsock_any_context(void) { return VMADDR_CID_ANY; }
static inline unsigned int clinux_vsock_any_port(void) { return VMADDR_PORT_ANY; }

/// A counter to wait on, nonblocking and closed on exec, or -1 with errno. See eventfd(2).
int clinux_event_counter(void);

/// ppoll(2), which needs _GNU_SOURCE, without a change of the signals that are blocked.
int clinux_poll(struct pollfd *entries, unsigned long count, long seconds, long nanoseconds);

/// What a program is started with; every pointer is lent for the call.
struct clinux_program {
  const char *path;
  char **arguments;
  char **environment;
  /// The user and groups to become; only where `changes_user` is not 0.
  int changes_user;
  unsigned int user;
  unsigned int group;
  const unsigned int *groups;
  unsigned long group_count;
};

/// Starts a program as a child: with no signal blocked, those that this program ignores at their default, and as another
/// user where that is asked for. Its number, or -1 with errno, which is the child's where that could not execute the
/// program. See fork(2) and execve(2).
int clinux_start_program(const struct clinux_program *program);

/// What became of a child: 0 while it runs, its number with the status as wait(2) has it, or -1 with errno.
int clinux_child_status(int child, int *status);

/// Who used a socket last, and its connection, as a BPF program writes it into a map that is also this program's memory. Nobody waits
/// for the other: the sequence number is odd while the first 64 octets are written; what is behind them is of the socket whose
/// cookie is there before and after it was read.
struct clinux_socket_use {
  unsigned long long sequence;
  /// The socket's cookie and the process, which has the lowest 22 bits: no process has a greater number (PID_MAX_LIMIT); 0 where
  /// nobody has used it yet.
  unsigned long long user;
  /// When the process was started, in nanoseconds since the system's start.
  unsigned long long start;
  /// When it used the socket first, by CLOCK_MONOTONIC.
  unsigned long long since;
  /// Its real user, and the process that used the socket before it; 0 for none.
  unsigned int identity;
  unsigned int before;
  /// By when a socket that had the same two ends before was closed, if there was one, by CLOCK_MONOTONIC.
  unsigned long long previous;
  char name[16];
  /// The own end's address and the other's as in IPv6, in the order of the network: 8 octets in a number.
  unsigned long long local[2];
  unsigned long long remote[2];
  /// The own port and the other one in the order of the network, 16 bits each from the lowest on, and the network namespace's
  /// inode; 0 where it is not connected.
  unsigned long long ports;
  unsigned int inode;
  /// The index of the interface that it is bound to (SO_BINDTODEVICE); 0 for none.
  unsigned int interface;
  /// When the connection was established, and when it was over, by CLOCK_MONOTONIC; 0 where that was not seen.
  unsigned long long opened;
  unsigned long long closed;
};

/// A process that used a socket until another did, as it stood at the socket's place: written while the sequence number there is odd.
struct clinux_socket_turn {
  /// When it used the socket last, by CLOCK_MONOTONIC.
  unsigned long long last;
  unsigned long long user;
  unsigned long long start;
  unsigned long long since;
  unsigned int identity;
  unsigned int before;
  char name[16];
  /// What stands before it, as numbers of 64 bits, combined by exclusive or.
  unsigned long long sum;
};

/// Which connection's socket was the last of those whose ends have the same hash, and when one of them began or was over last, by
/// CLOCK_MONOTONIC.
struct clinux_socket_ends {
  unsigned long long cookie;
  unsigned long long written;
};

/// A process that used a socket of the internet for the first time.
struct clinux_socket_user {
  /// When it was started, in nanoseconds since the system's start.
  unsigned long long start;
  unsigned int process;
  unsigned int identity;
  char name[16];
};

/// Copies what is written at a place of who uses a socket; 0 where it is being written just now.
static inline int clinux_read_socket_use(const struct clinux_socket_use *place, struct clinux_socket_use *copy) {
  unsigned long long sequence = __atomic_load_n(&place->sequence, __ATOMIC_ACQUIRE);
  if (sequence & 1) return 0;
  copy->sequence = sequence;
  copy->user = __atomic_load_n(&place->user, __ATOMIC_RELAXED);
  copy->start = __atomic_load_n(&place->start, __ATOMIC_RELAXED);
  copy->since = __atomic_load_n(&place->since, __ATOMIC_RELAXED);
  copy->identity = __atomic_load_n(&place->identity, __ATOMIC_RELAXED);
  copy->before = __atomic_load_n(&place->before, __ATOMIC_RELAXED);
  copy->previous = __atomic_load_n(&place->previous, __ATOMIC_RELAXED);
  for (int octet = 0; octet < 16; octet++) copy->name[octet] = __atomic_load_n(&place->name[octet], __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  return __atomic_load_n(&place->sequence, __ATOMIC_RELAXED) == sequence;
}

/// Copies a turn of a socket's users; 0 where it is not whole. Whether it is still there is for its place's sequence number to tell.
static inline int clinux_read_socket_turn(const struct clinux_socket_turn *place, struct clinux_socket_turn *copy) {
  copy->last = __atomic_load_n(&place->last, __ATOMIC_RELAXED);
  copy->user = __atomic_load_n(&place->user, __ATOMIC_RELAXED);
  copy->start = __atomic_load_n(&place->start, __ATOMIC_RELAXED);
  copy->since = __atomic_load_n(&place->since, __ATOMIC_RELAXED);
  copy->identity = __atomic_load_n(&place->identity, __ATOMIC_RELAXED);
  copy->before = __atomic_load_n(&place->before, __ATOMIC_RELAXED);
  for (int octet = 0; octet < 16; octet++) copy->name[octet] = __atomic_load_n(&place->name[octet], __ATOMIC_RELAXED);
  copy->sum = __atomic_load_n(&place->sum, __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  unsigned long long all[8], sum = 0;
  __builtin_memcpy(all, copy, sizeof all);
  for (int number = 0; number < 7; number++) sum ^= all[number];
  return sum == copy->sum;
}

/// A time that is written by whoever uses a socket.
static inline unsigned long long clinux_last_use(const unsigned long long *place) {
  return __atomic_load_n(place, __ATOMIC_RELAXED);
}

/// Copies what is written at a place of a connection, too; 0 where it is being written just now.
static inline int clinux_read_connection(const struct clinux_socket_use *place, struct clinux_socket_use *copy) {
  if (!clinux_read_socket_use(place, copy)) return 0;
  for (int half = 0; half < 2; half++) {
    copy->local[half] = __atomic_load_n(&place->local[half], __ATOMIC_RELAXED);
    copy->remote[half] = __atomic_load_n(&place->remote[half], __ATOMIC_RELAXED);
  }
  copy->ports = __atomic_load_n(&place->ports, __ATOMIC_RELAXED);
  copy->inode = __atomic_load_n(&place->inode, __ATOMIC_RELAXED);
  copy->interface = __atomic_load_n(&place->interface, __ATOMIC_RELAXED);
  copy->opened = __atomic_load_n(&place->opened, __ATOMIC_RELAXED);
  copy->closed = __atomic_load_n(&place->closed, __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  return __atomic_load_n(&place->user, __ATOMIC_RELAXED) == copy->user;
}

/// The cookie of the connection that was the last with such a hash.
static inline unsigned long long clinux_cookie_of_ends(const struct clinux_socket_ends *place) {
  return __atomic_load_n(&place->cookie, __ATOMIC_RELAXED);
}

/// How often a place was written, twice, and one more while it is being written.
static inline unsigned long long clinux_socket_use_sequence(const struct clinux_socket_use *place) {
  return __atomic_load_n(&place->sequence, __ATOMIC_RELAXED);
}

/// Whether a socket was used by one process and nobody else, as far as is written at its place.
static inline int clinux_is_sole_user(const struct clinux_socket_use *place, unsigned long long user) {
  return __atomic_load_n(&place->user, __ATOMIC_RELAXED) == user && __atomic_load_n(&place->before, __ATOMIC_RELAXED) == 0;
}

/// Whether it is noted who uses a socket, by its cookie.
static inline int clinux_is_used(const struct clinux_socket_use *place, unsigned long long cookie) {
  unsigned long long user = __atomic_load_n(&place->user, __ATOMIC_ACQUIRE);
  return user >> 22 == cookie && (user & 0x3FFFFF) != 0;
}

/// Whether a socket, by its cookie, was used by several processes.
static inline int clinux_had_several_users(const struct clinux_socket_use *place, unsigned long long cookie) {
  return __atomic_load_n(&place->before, __ATOMIC_RELAXED) != 0 && __atomic_load_n(&place->user, __ATOMIC_RELAXED) >> 22 == cookie;
}

/// The same as by one process, and it is no connection that is over.
static inline int clinux_uses_alone(const struct clinux_socket_use *place, unsigned long long user) {
  return clinux_is_sole_user(place, user) && __atomic_load_n(&place->closed, __ATOMIC_RELAXED) == 0;
}

/// Whether a socket, by its cookie, is of a connection that is over.
static inline int clinux_is_over(const struct clinux_socket_use *place, unsigned long long cookie) {
  return cookie != 0 && __atomic_load_n(&place->closed, __ATOMIC_RELAXED) != 0 &&
         __atomic_load_n(&place->user, __ATOMIC_RELAXED) >> 22 == cookie;
}

/// An instruction: its registers are fields of four bits, which do not import as such everywhere.
static inline struct clinux_bpf_instruction clinux_instruction(
    unsigned char code, unsigned char destination, unsigned char source, short offset, int immediate) {
  return (struct clinux_bpf_instruction){.code = code, .dst_reg = destination, .src_reg = source, .off = offset, .imm = immediate};
}

/// A BPF map of so many values under the numbers from 0 on, which can be mapped into memory; or -1 with errno. See bpf(2).
int clinux_create_mapped_array(const char *name, unsigned int value_size, unsigned int count);

/// A BPF map that is a ring of so many octets, a power of two, into which programs write records; or -1 with errno. See the
/// kernel's bpf/ringbuf.rst.
int clinux_create_ring(const char *name, unsigned int octets);

/// How far somebody has come in a ring, who goes on meanwhile.
static inline unsigned long clinux_ring_position(const void *position) {
  return __atomic_load_n((const unsigned long *)position, __ATOMIC_ACQUIRE);
}

/// Lets the kernel know how far a ring was read.
static inline void clinux_set_ring_position(void *position, unsigned long value) {
  __atomic_store_n((unsigned long *)position, value, __ATOMIC_RELEASE);
}

/// The length of a record of a ring, and two bits that say whether it is still written, or is none.
static inline unsigned int clinux_ring_record(const void *header) {
  return __atomic_load_n((const unsigned int *)header, __ATOMIC_ACQUIRE);
}

/// Has the kernel check a BPF program for one of its tracepoints, by the number of the tracepoint's type in its BTF; a descriptor,
/// or -1 with errno. See bpf(2).
int clinux_load_tracing_program(
    const char *name, const struct clinux_bpf_instruction *instructions, unsigned int count, unsigned int type);

/// Lets a program run at its tracepoint as long as the descriptor that this answers is open; or -1 with errno. See bpf(2).
int clinux_attach_tracing_program(int program);
