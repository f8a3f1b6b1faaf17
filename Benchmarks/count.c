// Yardsticks in C, and the check of what a live capture kept.
//
//   count decode FILE      reads in pieces of 256 KiB, decodes Ethernet to ports (the floor to aim at)
//   count libpcap FILE     libpcap's own loop, counting only
//   count sequences FILE   how many packets of blast, how many different ones, how many others
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, LARGEST = 262144 + 16 };

static struct { uint64_t packets, tcp, udp, other, ports, bytes; } total;

static inline unsigned get16(const uint8_t *p) { return (unsigned)p[0] << 8 | p[1]; }

// Ethernet, VLAN tags, IPv4 with options and fragments, IPv6 with extension headers, ports.
static void decode(const uint8_t *p, uint32_t n) {
  uint32_t at = 14;
  total.packets++;
  total.bytes += n;
  if (n < 14) { total.other++; return; }
  unsigned type = get16(p + 12), protocol = 255;
  while ((type == 0x8100 || type == 0x88a8) && n - at >= 4) { type = get16(p + at + 2); at += 4; }
  if (type == 0x0800 && n - at >= 20) {
    unsigned header = (p[at] & 15) * 4u;
    if (p[at] >> 4 == 4 && header >= 20 && header <= n - at && !(get16(p + at + 6) & 0x1fff)) {
      protocol = p[at + 9];
      at += header;
    }
  } else if (type == 0x86dd && n - at >= 40 && p[at] >> 4 == 6) {
    protocol = p[at + 6];
    at += 40;
    while ((protocol == 0 || protocol == 43 || protocol == 60) && n - at >= 8) {
      uint32_t header = (p[at + 1] + 1u) * 8;
      if (header > n - at) { protocol = 255; break; }
      protocol = p[at];
      at += header;
    }
  }
  if (protocol == 6 && n - at >= 20) { total.tcp++; total.ports += get16(p + at) ^ get16(p + at + 2); }
  else if (protocol == 17 && n - at >= 8) { total.udp++; total.ports += get16(p + at) ^ get16(p + at + 2); }
  else total.other++;
}

static int decode_file(const char *path) {
  static uint8_t buffer[LARGEST + PIECE];
  size_t start = 0, end = 0;
  int file = open(path, O_RDONLY | O_CLOEXEC), first = 1;
  if (file < 0) { perror(path); return 66; }
  for (;;) {
    memmove(buffer, buffer + start, end - start);
    end -= start;
    start = 0;
    ssize_t n = read(file, buffer + end, PIECE);
    if (n < 0) { perror(path); return 74; }
    if (n == 0) break;
    end += (size_t)n;
    if (first) {
      uint32_t magic;
      memcpy(&magic, buffer, 4);
      if (end < 24 || (magic != 0xa1b23c4d && magic != 0xa1b2c3d4)) return 65;
      start = 24;
      first = 0;
    }
    while (end - start >= 16) {
      uint32_t length;
      memcpy(&length, buffer + start + 8, 4);
      if (length > LARGEST - 16) return 65;
      if (end - start < 16 + (size_t)length) break;
      decode(buffer + start + 16, length);
      start += 16 + length;
    }
  }
  printf("%llu packets, %llu octets, %llu tcp, %llu udp, %llu other (%llx)\n", (unsigned long long)total.packets,
         (unsigned long long)total.bytes, (unsigned long long)total.tcp, (unsigned long long)total.udp,
         (unsigned long long)total.other, (unsigned long long)total.ports);
  return start == end ? 0 : 65;
}

static uint8_t *seen;  // one bit for each sequence number below seen_limit
static const uint64_t seen_limit = 1u << 28;
static uint64_t ours, different, others;

// The payload of blast begins with "SKYB" and a 64-bit number: see blast.c.
static void sequence(u_char *unused, const struct pcap_pkthdr *header, const u_char *p) {
  (void)unused;
  uint32_t at = 14 + 20;
  if (header->caplen >= at + 12) at += p[23] == 6 ? 32 : 8;
  if (header->caplen < at + 12 || memcmp(p + at, "SKYB", 4)) { others++; return; }
  uint64_t number = 0;
  for (int i = 4; i < 12; i++) number = number << 8 | p[at + (uint32_t)i];
  ours++;
  if (number >= seen_limit) { others++; return; }
  uint8_t bit = (uint8_t)(1u << (number & 7));
  if (!(seen[number >> 3] & bit)) different++;
  seen[number >> 3] |= bit;
}

static void count_only(u_char *unused, const struct pcap_pkthdr *header, const u_char *p) {
  (void)unused, (void)p;
  total.packets++;
  total.bytes += header->caplen;
}

int main(int argc, char **argv) {
  if (argc != 3) { fputs("usage: count decode|libpcap|sequences FILE\n", stderr); return 64; }
  if (!strcmp(argv[1], "decode")) return decode_file(argv[2]);
  char message[PCAP_ERRBUF_SIZE];
  pcap_t *file = pcap_open_offline(argv[2], message);
  if (!file) { fprintf(stderr, "%s\n", message); return 66; }
  int sequences = !strcmp(argv[1], "sequences");
  if (sequences && !(seen = calloc(seen_limit / 8, 1))) { perror("calloc"); return 71; }
  int result = pcap_loop(file, -1, sequences ? sequence : count_only, NULL);
  if (sequences)
    printf("ours %llu different %llu others %llu\n", (unsigned long long)ours, (unsigned long long)different,
           (unsigned long long)others);
  else
    printf("%llu packets, %llu octets\n", (unsigned long long)total.packets, (unsigned long long)total.bytes);
  if (result < 0) { fprintf(stderr, "%s\n", pcap_geterr(file)); return 65; }
  return 0;
}
