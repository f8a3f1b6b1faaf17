// Bytes of one frame under construction: appending, random numbers, checksums.
#ifndef BENCHMARK_FRAME_H
#define BENCHMARK_FRAME_H
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct frame {
  size_t length;
  uint8_t bytes[2048];
};

// splitmix64: one multiplication chain per number, and any 64-bit value is a good seed.
static inline uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

struct random { uint64_t state; };

static inline uint64_t next_random(struct random *r) {
  r->state += 0x9e3779b97f4a7c15u;
  return mix(r->state);
}

static inline uint32_t random_below(struct random *r, uint32_t limit) {
  return (uint32_t)(((next_random(r) >> 32) * limit) >> 32);
}

static inline void put8(struct frame *f, unsigned v) { f->bytes[f->length++] = (uint8_t)v; }
static inline void put16(struct frame *f, unsigned v) { put8(f, v >> 8); put8(f, v); }
static inline void put24(struct frame *f, unsigned v) { put8(f, v >> 16); put16(f, v); }
static inline void put32(struct frame *f, uint32_t v) { put16(f, v >> 16); put16(f, v & 0xffff); }
static inline void put_bytes(struct frame *f, const void *p, size_t n) {
  memcpy(f->bytes + f->length, p, n);
  f->length += n;
}
static inline void put_text(struct frame *f, const char *s) { put_bytes(f, s, strlen(s)); }
static inline void set16(struct frame *f, size_t at, unsigned v) {
  f->bytes[at] = (uint8_t)(v >> 8);
  f->bytes[at + 1] = (uint8_t)v;
}

static inline void put_random(struct frame *f, size_t n, struct random *r) {
  while (n > 0) {
    uint64_t v = next_random(r);
    size_t part = n < 8 ? n : 8;
    put_bytes(f, &v, part);
    n -= part;
  }
}

// Printable filler, for bodies that a person would read as text.
static inline void put_letters(struct frame *f, size_t n, struct random *r) {
  size_t start = f->length;
  put_random(f, n, r);
  for (size_t i = start; i < f->length; i++) f->bytes[i] = "etaoin shrdlucm<"[f->bytes[i] & 15];
}

// RFC 1071: the one's complement sum of big-endian 16-bit words, not yet folded.
static inline uint64_t sum_words(const uint8_t *p, size_t n, uint64_t sum) {
  for (; n > 1; p += 2, n -= 2) sum += (uint32_t)p[0] << 8 | p[1];
  if (n) sum += (uint32_t)p[0] << 8;
  return sum;
}
static inline unsigned fold(uint64_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (unsigned)(~sum & 0xffff);
}

struct endpoint {
  uint8_t mac[6];
  uint8_t v4[4];
  uint8_t v6[16];
  uint16_t port;
};

// vlan 0 means untagged.
static inline void put_ethernet(struct frame *f, const struct endpoint *from, const uint8_t *to_mac,
                                unsigned vlan, unsigned type) {
  f->length = 0;
  put_bytes(f, to_mac, 6);
  put_bytes(f, from->mac, 6);
  if (vlan) { put16(f, 0x8100); put16(f, vlan); }
  put16(f, type);
}

// Appends an IP header whose lengths and checksum finish_ip fills in; returns its offset.
static inline size_t put_ip(struct frame *f, int version, const struct endpoint *from,
                            const struct endpoint *to, unsigned protocol, unsigned id) {
  size_t at = f->length;
  if (version == 4) {
    put16(f, 0x4500); put16(f, 0); put16(f, id); put16(f, 0x4000);
    put8(f, 64 - (from->v4[3] & 15)); put8(f, protocol); put16(f, 0);
    put_bytes(f, from->v4, 4); put_bytes(f, to->v4, 4);
  } else {
    put32(f, 0x60000000u | (id & 0xfffff)); put16(f, 0); put8(f, protocol); put8(f, 60);
    put_bytes(f, from->v6, 16); put_bytes(f, to->v6, 16);
  }
  return at;
}

// Fills in the lengths, and the checksum of the upper layer at checksum_at (within that layer).
static inline void finish_ip(struct frame *f, size_t ip, int version, unsigned protocol,
                             size_t checksum_at, int pseudo) {
  size_t header = version == 4 ? 20 : 40, upper = ip + header, n = f->length - upper;
  uint64_t sum = 0;
  if (version == 4) {
    set16(f, ip + 2, (unsigned)(n + 20));
    set16(f, ip + 10, fold(sum_words(f->bytes + ip, 20, 0)));
    if (pseudo) sum = sum_words(f->bytes + ip + 12, 8, n + protocol);
  } else {
    set16(f, ip + 4, (unsigned)n);
    sum = sum_words(f->bytes + ip + 8, 32, n + protocol);
  }
  if (protocol == 17) set16(f, upper + 4, (unsigned)n);
  unsigned value = fold(sum_words(f->bytes + upper, n, sum));
  if (protocol == 17 && value == 0) value = 0xffff;  // RFC 768: zero means "no checksum"
  set16(f, upper + checksum_at, value);
}
#endif
