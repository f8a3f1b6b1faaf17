// Sends known packets as fast as it can, or at a steady rate, for the live benchmarks.
//
//   blast -i INTERFACE [-r PACKETS_PER_SECOND] [-d SECONDS] [-c COUNT] [-f FLOWS] [-u]
//
// TCP and UDP over IPv4, half of them 90 octets, a quarter 590, a quarter 1314 (521 in the mean), over
// 400 flows. Every payload begins with "SKYB" and a 64-bit sequence number (big-endian) that no other
// packet has; checksums are right. It uses no code of Sockeye: AF_PACKET, sendmmsg(2), and no queueing
// discipline. Use it only in a network namespace made for it. Rate 0 (the default) is top speed. With -u each packet is a
// flow of its own: 90 octets of UDP from any of 2^32 addresses and ports to 198.19.0.1:9000.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

enum { BATCH = 32, SIZES = 4 };
static const unsigned sizes[SIZES] = {90, 590, 90, 1314};

struct template {
  struct frame frame;
  size_t sequence_at, checksum_at;
  unsigned checksum;  // with sequence number zero
};

static void build(struct template *t, unsigned flow, unsigned size, int alone) {
  struct random r = {flow * 8191u + size};
  unsigned protocol = flow % 4 && !alone ? 6 : 17;
  // The receiver's address is not the peer's, so that its kernel drops the packet without an answer.
  struct endpoint from = {.mac = {2, 0, 0, 0, 0, 1}, .port = (uint16_t)(20000 + flow)};
  struct endpoint to = {.mac = {2, 0, 0, 0, 0, 99}, .port = (uint16_t)(9000 + flow % 7)};
  memcpy(from.v4, (uint8_t[]){198, 18, (uint8_t)(flow >> 4 & 15), (uint8_t)(1 + flow % 200)}, 4);
  memcpy(to.v4, (uint8_t[]){198, 19, (uint8_t)(flow & 7), (uint8_t)(1 + flow % 50)}, 4);
  if (alone) {
    uint64_t tuple = mix(flow);
    from.port = (uint16_t)(tuple & 0xffff);
    to.port = 9000;
    memcpy(from.v4, (uint8_t[]){198, 18, (uint8_t)(tuple >> 16), (uint8_t)(tuple >> 24)}, 4);
    memcpy(to.v4, (uint8_t[]){198, 19, 0, 1}, 4);
  }
  struct frame *f = &t->frame;
  put_ethernet(f, &from, to.mac, 0, ETHERTYPE_IP);
  size_t ip = put_ip(f, 4, &from, &to, protocol, flow);
  put16(f, from.port); put16(f, to.port);
  if (protocol == 6) {
    put32(f, (uint32_t)next_random(&r)); put32(f, (uint32_t)next_random(&r));
    put16(f, 0x8018); put16(f, 501); put32(f, 0);
    put32(f, 0x0101080a); put32(f, 1000000 + flow); put32(f, 2000000 + flow);
  } else {
    put32(f, 0);
  }
  put_text(f, "SKYB");
  t->sequence_at = f->length;
  put32(f, 0); put32(f, 0);
  put_random(f, size - f->length, &r);
  finish_ip(f, ip, 4, protocol, protocol == 6 ? 16 : 6, 1);
  t->checksum_at = ip + 20 + (protocol == 6 ? 16 : 6);
  t->checksum = (unsigned)f->bytes[t->checksum_at] << 8 | f->bytes[t->checksum_at + 1];
}

static void number(struct template *t, uint64_t sequence) {
  for (int i = 0; i < 8; i++) t->frame.bytes[t->sequence_at + (size_t)i] = (uint8_t)(sequence >> (56 - 8 * i));
  unsigned value = fold(sum_words(t->frame.bytes + t->sequence_at, 8, (uint16_t)~t->checksum));
  set16(&t->frame, t->checksum_at, value ? value : 0xffff);
}

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_socket(const char *interface) {
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
  int on = 1, room = 4 << 20, socket_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (socket_ < 0 || !address.sll_ifindex || bind(socket_, (struct sockaddr *)&address, sizeof address)) return -1;
  setsockopt(socket_, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  if (setsockopt(socket_, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on)) return -1;
  return socket_;
}

int main(int argc, char **argv) {
  const char *interface = NULL;
  double rate = 0, duration = 3;
  uint64_t limit = UINT64_MAX, sent = 0, refused = 0;
  unsigned flows = 400;
  int alone = 0;
  for (int option; (option = getopt(argc, argv, "i:r:d:c:f:u")) != -1;) {
    if (option == 'i') interface = optarg;
    else if (option == 'r') rate = atof(optarg);
    else if (option == 'd') duration = atof(optarg);
    else if (option == 'c') limit = strtoull(optarg, NULL, 10);
    else if (option == 'f') flows = (unsigned)atoi(optarg);
    else if (option == 'u') alone = 1;
    else return 64;
  }
  if (!interface || !flows) { fputs("usage: blast -i INTERFACE [-r RATE] [-d SECONDS] [-c COUNT] [-f FLOWS] [-u]\n", stderr); return 64; }
  int socket_ = open_socket(interface);
  if (socket_ < 0) { perror(interface); return 71; }
  struct template *templates = calloc((size_t)flows * SIZES, sizeof *templates);
  if (!templates) { perror("calloc"); return 71; }
  for (unsigned i = 0; i < flows * SIZES; i++) build(&templates[i], i % flows, sizes[i / flows], 0);
  struct mmsghdr messages[BATCH];
  struct iovec pieces[BATCH];
  memset(messages, 0, sizeof messages);
  struct random r = {7};
  // A template may be used twice in a batch only if its number is kept apart: each gets its own copy.
  static struct template batch[BATCH];
  double start = seconds(), end = start;
  while (sent < limit && (end = seconds()) - start < duration) {
    unsigned n = limit - sent < BATCH ? (unsigned)(limit - sent) : BATCH, done = 0;
    for (unsigned i = 0; i < n; i++) {
      struct template *t = &templates[random_below(&r, flows * SIZES)];
      if (alone) build(t, (unsigned)(sent + i), sizes[0], alone);
      memcpy(batch[i].frame.bytes, t->frame.bytes, t->frame.length);
      batch[i].frame.length = t->frame.length;
      batch[i].sequence_at = t->sequence_at;
      batch[i].checksum_at = t->checksum_at;
      batch[i].checksum = t->checksum;
      number(&batch[i], sent + i);
      pieces[i] = (struct iovec){batch[i].frame.bytes, batch[i].frame.length};
      messages[i].msg_hdr.msg_iov = &pieces[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    while (done < n) {
      int result = sendmmsg(socket_, messages + done, n - done, 0);
      if (result > 0) done += (unsigned)result;
      else if (errno == ENOBUFS || errno == EAGAIN || errno == EINTR) refused++;  // not sent: again
      else { perror("sendmmsg"); return 71; }
    }
    sent += n;
    if (rate > 0) {
      double due = start + (double)sent / rate;
      struct timespec until = {(time_t)due, (long)((due - (double)(time_t)due) * 1e9)};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
  }
  end = seconds();
  printf("%llu packets sent in %.3f s, %.0f a second, %llu refused and sent again\n", (unsigned long long)sent,
         end - start, (double)sent / (end - start), (unsigned long long)refused);
  return 0;
}
