// What the flows carry: DNS messages, TLS hellos and records, HTTP messages, QUIC packets.
#ifndef BENCHMARK_PAYLOADS_H
#define BENCHMARK_PAYLOADS_H
#include "frame.h"

static const char *const first_labels[] = {"www", "api", "cdn", "img", "mail", "static", "login", "eu1"};
static const char *const words[] = {"north", "river", "paper", "cloud", "amber", "delta", "orbit", "maple"};

static inline void host_name(char *out, size_t size, uint64_t key) {
  key = mix(key);
  snprintf(out, size, "%s.%s%u.example.%s", first_labels[key & 7], words[key >> 3 & 7],
           (unsigned)(key >> 16 & 0x3ff), (key >> 40 & 1) ? "com" : "net");
}

static inline void put_name(struct frame *f, const char *name) {
  while (*name) {
    size_t n = strcspn(name, ".");
    put8(f, (unsigned)n);
    put_bytes(f, name, n);
    name += n;
    if (*name) name++;
  }
  put8(f, 0);
}

// A question for A or AAAA; the answer repeats it and adds a CNAME and one or two addresses.
static inline void put_dns(struct frame *f, uint64_t key, int answer) {
  char name[96];
  host_name(name, sizeof name, key);
  unsigned type = (key >> 7 & 3) ? 1 : 28, addresses = 1 + (key >> 9 & 1);
  put16(f, key & 0xffff);
  put16(f, answer ? 0x8180 : 0x0100);
  put16(f, 1); put16(f, answer ? 1 + addresses : 0); put16(f, 0); put16(f, answer ? 0 : 1);
  put_name(f, name);
  put16(f, type); put16(f, 1);
  if (!answer) {  // the OPT record that resolvers send (RFC 6891)
    put8(f, 0); put16(f, 41); put16(f, 1232); put32(f, 0); put16(f, 0);
    return;
  }
  put16(f, 0xc00c); put16(f, 5); put16(f, 1); put32(f, 300); put16(f, 7);
  put_text(f, "\004edge"); put16(f, 0xc00c + 1 + (unsigned)strcspn(name, "."));
  for (unsigned i = 0; i < addresses; i++) {
    unsigned target = 12 + (unsigned)strlen(name) + 2 + 4 + 12;  // the CNAME's data
    put16(f, 0xc000 | target); put16(f, type); put16(f, 1); put32(f, 60);
    put16(f, type == 1 ? 4 : 16);
    for (int part = 0; part < (type == 1 ? 1 : 4); part++) put32(f, (uint32_t)mix(key + i * 4 + (unsigned)part) | 0x20000000u);
  }
}

static inline void put_client_hello(struct frame *f, uint64_t key, struct random *r) {
  char name[96];
  host_name(name, sizeof name, key);
  unsigned n = (unsigned)strlen(name);
  size_t record = f->length;
  put8(f, 22); put16(f, 0x0301); put16(f, 0);
  put8(f, 1); put24(f, 0); put16(f, 0x0303);
  put_random(f, 32, r);
  put8(f, 32); put_random(f, 32, r);
  put16(f, 10); put32(f, 0x13011302u); put32(f, 0x1303c02bu); put16(f, 0xc02f);
  put8(f, 1); put8(f, 0);
  size_t extensions = f->length;
  put16(f, 0);
  put16(f, 0); put16(f, n + 5); put16(f, n + 3); put8(f, 0); put16(f, n); put_text(f, name);
  put16(f, 16); put16(f, 14); put16(f, 12); put8(f, 2); put_text(f, "h2"); put8(f, 8); put_text(f, "http/1.1");
  put16(f, 43); put16(f, 5); put8(f, 4); put16(f, 0x0304); put16(f, 0x0303);
  put16(f, 10); put16(f, 6); put16(f, 4); put16(f, 0x001d); put16(f, 0x0017);
  put16(f, 13); put16(f, 8); put16(f, 6); put16(f, 0x0403); put16(f, 0x0804); put16(f, 0x0401);
  put16(f, 51); put16(f, 38); put16(f, 36); put16(f, 0x001d); put16(f, 32); put_random(f, 32, r);
  unsigned used = (unsigned)(f->length - record), padding = used < 513 ? 513 - used : 0;
  put16(f, 21); put16(f, padding);  // RFC 7685, to 517 octets as browsers do
  memset(f->bytes + f->length, 0, padding);
  f->length += padding;
  set16(f, extensions, (unsigned)(f->length - extensions - 2));
  set16(f, record + 3, (unsigned)(f->length - record - 5));
  set16(f, record + 7, (unsigned)(f->length - record - 9));  // low half of the 24-bit length
}

// A ServerHello, then one application data record up to size octets in all.
static inline void put_server_hello(struct frame *f, unsigned size, struct random *r) {
  put8(f, 22); put16(f, 0x0303); put16(f, 122);
  put8(f, 2); put24(f, 118); put16(f, 0x0303); put_random(f, 32, r);
  put8(f, 32); put_random(f, 32, r);
  put16(f, 0x1301); put8(f, 0); put16(f, 46);
  put16(f, 43); put16(f, 2); put16(f, 0x0304);
  put16(f, 51); put16(f, 36); put16(f, 0x001d); put16(f, 32); put_random(f, 32, r);
  put8(f, 23); put16(f, 0x0303); put16(f, size - 132); put_random(f, size - 132, r);
}

static inline void put_tls_record(struct frame *f, unsigned size, struct random *r) {
  put8(f, 23); put16(f, 0x0303); put16(f, size - 5); put_random(f, size - 5, r);
}

static inline void put_http_request(struct frame *f, uint64_t key) {
  char host[96], text[400];
  host_name(host, sizeof host, key);
  snprintf(text, sizeof text,
           "GET /%s/%08x HTTP/1.1\r\nHost: %s\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
           "Accept: text/html,*/*;q=0.8\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n",
           words[key & 7], (unsigned)mix(key), host);
  put_text(f, text);
}

// The head, and as much body as fits in size octets; remaining counts the later segments.
static inline void put_http_response(struct frame *f, unsigned size, unsigned remaining, struct random *r) {
  char text[256];
  unsigned body = 0;
  int head = 0;
  for (int pass = 0; pass < 3; pass++) {  // the length's own digits change the head's size
    head = snprintf(text, sizeof text,
                    "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\n"
                    "Connection: close\r\nContent-Length: %u\r\n\r\n", body + remaining);
    body = size - (unsigned)head;
  }
  put_bytes(f, text, (size_t)head);
  put_letters(f, body, r);
}

// RFC 9000: a long header (Initial, 1200 octets) or a short one.
static inline void put_quic(struct frame *f, int initial, unsigned size, uint64_t key, struct random *r) {
  if (initial) {
    put8(f, 0xc3); put32(f, 1);
    put8(f, 8); put_bytes(f, &key, 8);
    put8(f, 8); put_random(f, 8, r);
    put8(f, 0); put16(f, 0x4000 | (size - 26)); put_random(f, size - 26, r);
  } else {
    put8(f, 0x40 | (next_random(r) & 0x3f)); put_bytes(f, &key, 8); put_random(f, size - 9, r);
  }
}
#endif
