// Writes a capture file (pcap, nanoseconds, Ethernet) of generated traffic for the benchmarks.
//
//   make-capture [-n PACKETS] [-f FLOWS] [-s SEED] [-a wide|ten|sixteen] -o FILE
//
// The same options give the same bytes. Every flow is one pair of endpoints and starts at a random
// place of its conversation, as in a capture of a busy link, so that the mix of packets is the same
// whatever the number of flows. -a says where the clients' IPv4 addresses lie: anywhere (wide), in
// 10.0.0.0/8 (ten) or in 10.0.0.0/16 (sixteen); servers always lie anywhere. It matters because
// tcpdump keeps names in a table indexed by an address's first 12 bits.
#include <stdlib.h>
#include <unistd.h>

#include "payloads.h"

enum kind { TLS, HTTP, OPAQUE, DNS, QUIC, ECHO, ARP };
enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };

struct flow {
  uint64_t key;
  uint32_t sequence[2];  // next sequence number of client and server
  uint32_t stamp[2];     // their last TCP timestamps
  uint32_t cycle;        // conversations finished
  uint16_t stage;        // packets of this conversation so far
  uint8_t kind, version, bulk, pairs;
};

static uint64_t seed = 1;
static uint32_t clients, servers;
static enum { WIDE, TEN, SIXTEEN } spread = WIDE;
static struct random rng;
static uint64_t now_ns = 1700000000123456789u;

static struct endpoint endpoint_of(const struct flow *flow, int server) {
  uint32_t index = server ? (uint32_t)((flow->key >> 20) % servers) : (uint32_t)((flow->key >> 32) % clients);
  uint64_t h = mix(seed * 2 + (uint64_t)server + ((uint64_t)index << 20));
  static const uint16_t server_ports[] = {443, 80, 5432, 53, 443, 0, 0};
  struct endpoint e = {.mac = {2, (uint8_t)server}};
  for (int i = 2; i < 6; i++) e.mac[i] = (uint8_t)(index >> (8 * (5 - i)));
  for (int i = 0; i < 4; i++) e.v4[i] = (uint8_t)(h >> (8 * i));
  e.v4[0] = (uint8_t)(20 + e.v4[0] % 100);
  if (!server && spread != WIDE) e.v4[0] = 10;
  if (!server && spread == SIXTEEN) { e.v4[1] = 0; e.v4[2] = (uint8_t)(index >> 8); e.v4[3] = (uint8_t)index; }
  memcpy(e.v6, "\x20\x01\x0d\xb8", 4);
  for (int i = 4; i < 8; i++) e.v6[i] = (uint8_t)(h >> (8 * i - 16));
  uint64_t low = mix(h);
  memcpy(e.v6 + 8, &low, 8);
  e.port = server ? server_ports[flow->kind] : (uint16_t)(32768 + (flow->key >> 3) % 28000);
  return e;
}

// Each host counts milliseconds from a start of its own (RFC 7323).
static uint32_t stamp_of(const struct flow *flow, int side) {
  return (uint32_t)(now_ns / 1000000 + (flow->key >> (side * 16)));
}

static void start_flow(struct flow *flow, uint64_t index) {
  flow->key = mix(seed ^ mix(index + 1));
  unsigned share = (unsigned)(mix(flow->key) % 100);
  flow->kind = share < 52 ? TLS : share < 66 ? HTTP : share < 82 ? OPAQUE : share < 88 ? DNS
             : share < 96 ? QUIC : share < 99 ? ECHO : ARP;
  flow->version = mix(flow->key + 1) % 100 < 15 ? 6 : 4;
  flow->bulk = mix(flow->key + 2) % 100 < 72;
  flow->pairs = (uint8_t)(1 + mix(flow->key + 3) % (flow->bulk ? 20 : 8));
  if (flow->kind <= OPAQUE) flow->stage = (uint16_t)(mix(flow->key + 4) % (8u + 3u * flow->pairs));
  else flow->stage = (uint16_t)(mix(flow->key + 4) % 40);
  for (int side = 0; side < 2; side++) {
    flow->sequence[side] = (uint32_t)mix(flow->key + 5 + (uint64_t)side);
    flow->stamp[side] = stamp_of(flow, side);
  }
}

// The octets of the server's segment number, the same each time it is asked.
static unsigned segment_size(const struct flow *flow, unsigned number) {
  uint64_t h = mix(flow->key + flow->cycle * 977u + number * 31u);
  unsigned last = number + 1 == 2u * flow->pairs;
  unsigned size = flow->bulk && !last ? 1428 : 40 + (unsigned)(h % 560);
  return number == 0 && size < 240 ? 240 : size;
}

static void put_tcp(struct frame *f, struct flow *flow, int from, const struct endpoint *side, unsigned flags) {
  put16(f, side[from].port); put16(f, side[!from].port);
  put32(f, flow->sequence[from]);
  put32(f, flags & ACK ? flow->sequence[!from] : 0);
  put16(f, (flags & SYN ? 0xa000 : 0x8000) | flags);
  put16(f, flags & SYN ? 64240 : 501 + (unsigned)(flow->key & 0x3ff)); put16(f, 0); put16(f, 0);
  flow->stamp[from] = stamp_of(flow, from);
  if (flags & SYN) { put32(f, flow->version == 4 ? 0x020405b4u : 0x020405a0u); put16(f, 0x0402); }
  else put16(f, 0x0101);
  put16(f, 0x080a); put32(f, flow->stamp[from]); put32(f, flags & ACK ? flow->stamp[!from] : 0);
  if (flags & SYN) put32(f, 0x01030307u);
}

static void put_segment(struct frame *f, const struct flow *flow, unsigned number) {
  unsigned size = segment_size(flow, number), remaining = 0;
  if (flow->kind == OPAQUE) put_random(f, size, &rng);
  else if (flow->kind == TLS) number ? put_tls_record(f, size, &rng) : put_server_hello(f, size, &rng);
  else if (number) put_letters(f, size, &rng);
  else {
    for (unsigned i = 1; i < 2u * flow->pairs; i++) remaining += segment_size(flow, i);
    put_http_response(f, size, remaining, &rng);
  }
}

// Which side speaks at this stage of a TCP conversation, with which flags; segment is -1 for none.
static int tcp_step(const struct flow *flow, unsigned *flags, int *segment, int *request) {
  unsigned stage = flow->stage, data = stage - 5, end = 5 + 3u * flow->pairs;
  *segment = -1;
  *request = stage == 3;
  *flags = stage == 0 ? SYN : stage == 1 ? SYN | ACK : stage == 3 ? PSH | ACK : ACK;
  if (stage < 5) return stage & 1 && stage != 3 ? 1 : stage == 4;
  if (stage < end) {
    if (data % 3 == 2) return 0;
    *segment = (int)(data / 3 * 2 + data % 3);
    if (*segment & 1) *flags |= PSH;
    return 1;
  }
  if (stage - end < 2) *flags |= FIN;
  return stage - end != 1;
}

static void tcp_packet(struct frame *f, struct flow *flow, const struct endpoint *side, unsigned vlan) {
  unsigned flags;
  int segment, request, from = tcp_step(flow, &flags, &segment, &request);
  if (flags == SYN)  // a new conversation on the same ports has new initial sequence numbers
    for (int i = 0; i < 2; i++) flow->sequence[i] = (uint32_t)mix(flow->key + flow->cycle * 2u + 99 + (uint64_t)i);
  put_ethernet(f, &side[from], side[!from].mac, vlan, flow->version == 4 ? 0x0800 : 0x86dd);
  size_t ip = put_ip(f, flow->version, &side[from], &side[!from], 6, (unsigned)(flow->sequence[from] >> 3 & 0xffff));
  put_tcp(f, flow, from, side, flags);
  size_t payload = f->length;
  if (request && flow->kind == TLS) put_client_hello(f, flow->key + flow->cycle, &rng);
  else if (request && flow->kind == HTTP) put_http_request(f, flow->key + flow->cycle);
  else if (request) put_random(f, 60 + flow->key % 200, &rng);
  if (segment >= 0) put_segment(f, flow, (unsigned)segment);
  flow->sequence[from] += (uint32_t)(f->length - payload) + ((flags & (SYN | FIN)) != 0);
  finish_ip(f, ip, flow->version, 6, 16, 1);
  if (++flow->stage == 8 + 3u * flow->pairs) { flow->stage = 0; flow->cycle++; }
}

static void udp_packet(struct frame *f, struct flow *flow, const struct endpoint *side, unsigned vlan) {
  unsigned stage = flow->stage % 40;
  int from = flow->kind == DNS ? stage & 1 : stage < 2 ? (int)stage : stage % 4 != 3;
  put_ethernet(f, &side[from], side[!from].mac, vlan, flow->version == 4 ? 0x0800 : 0x86dd);
  size_t ip = put_ip(f, flow->version, &side[from], &side[!from], 17, flow->stage * 7u & 0xffff);
  put16(f, side[from].port); put16(f, side[!from].port); put32(f, 0);
  if (flow->kind == DNS) put_dns(f, mix(flow->key + flow->stage / 2u), from);
  else put_quic(f, stage < 2, stage < 2 || (from && flow->bulk) ? 1200 : 35 + random_below(&rng, 300), flow->key, &rng);
  finish_ip(f, ip, flow->version, 17, 6, 1);
  flow->stage++;
}

static void echo_packet(struct frame *f, struct flow *flow, const struct endpoint *side, unsigned vlan) {
  int from = flow->stage & 1, four = flow->version == 4;
  unsigned protocol = four ? 1 : 58;
  put_ethernet(f, &side[from], side[!from].mac, vlan, four ? 0x0800 : 0x86dd);
  size_t ip = put_ip(f, flow->version, &side[from], &side[!from], protocol, flow->stage);
  put8(f, four ? (from ? 0 : 8) : (from ? 129 : 128)); put8(f, 0); put16(f, 0);
  put16(f, flow->key & 0xffff); put16(f, flow->stage / 2u);
  put_random(f, 56, &rng);
  finish_ip(f, ip, flow->version, protocol, 2, !four);
  flow->stage++;
}

static void arp_packet(struct frame *f, struct flow *flow, const struct endpoint *side, unsigned vlan) {
  static const uint8_t everyone[6] = {255, 255, 255, 255, 255, 255}, unknown[6] = {0};
  int from = flow->stage & 1;
  put_ethernet(f, &side[from], from ? side[0].mac : everyone, vlan, 0x0806);
  put16(f, 1); put16(f, 0x0800); put16(f, 0x0604); put16(f, from ? 2 : 1);
  put_bytes(f, side[from].mac, 6); put_bytes(f, side[from].v4, 4);
  put_bytes(f, from ? side[0].mac : unknown, 6); put_bytes(f, side[!from].v4, 4);
  while (f->length < 60) put8(f, 0);
  flow->stage++;
}

static void next_packet(struct frame *f, struct flow *flow) {
  struct endpoint side[2] = {endpoint_of(flow, 0), endpoint_of(flow, 1)};
  unsigned vlan = mix(flow->key + 8) % 100 < 10 ? 100 + flow->key % 8 : 0;
  if (flow->kind <= OPAQUE) tcp_packet(f, flow, side, vlan);
  else if (flow->kind <= QUIC) udp_packet(f, flow, side, vlan);
  else if (flow->kind == ECHO) echo_packet(f, flow, side, vlan);
  else arp_packet(f, flow, side, vlan);
}

static int usage(void) {
  fputs("usage: make-capture [-n PACKETS] [-f FLOWS] [-s SEED] [-a wide|ten|sixteen] -o FILE\n", stderr);
  return 64;
}

int main(int argc, char **argv) {
  uint64_t packets = 1000000, octets = 0;
  uint32_t flow_count = 50000;
  const char *path = NULL;
  for (int option; (option = getopt(argc, argv, "n:f:s:a:o:")) != -1;) {
    if (option == 'n') packets = strtoull(optarg, NULL, 10);
    else if (option == 'f') flow_count = (uint32_t)strtoul(optarg, NULL, 10);
    else if (option == 's') seed = strtoull(optarg, NULL, 10);
    else if (option == 'o') path = optarg;
    else if (option == 'a') spread = !strcmp(optarg, "ten") ? TEN : !strcmp(optarg, "sixteen") ? SIXTEEN : WIDE;
    else return usage();
  }
  if (!path || !flow_count || optind != argc) return usage();
  FILE *out = fopen(path, "wb");
  struct flow *flows = calloc(flow_count, sizeof *flows);
  if (!out || !flows) { perror(path); return 74; }
  setvbuf(out, NULL, _IOFBF, 1 << 20);
  clients = flow_count / 4 + 16;
  servers = flow_count / 50 + 16;
  rng.state = seed;
  for (uint32_t i = 0; i < flow_count; i++) start_flow(&flows[i], i);
  const uint32_t head[6] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, 262144, 1};
  fwrite(head, sizeof head, 1, out);
  struct frame frame;
  uint32_t turn = 0;
  for (uint64_t i = 0; i < packets; i++) {
    // Flows take turns, each with a burst of two packets in the mean.
    if (i && (next_random(&rng) & 1)) turn = turn + 1 == flow_count ? 0 : turn + 1;
    now_ns += 200 + random_below(&rng, 19600);
    next_packet(&frame, &flows[turn]);
    uint32_t n = (uint32_t)frame.length;
    uint32_t record[4] = {(uint32_t)(now_ns / 1000000000), (uint32_t)(now_ns % 1000000000), n, n};
    fwrite(record, sizeof record, 1, out);
    fwrite(frame.bytes, n, 1, out);
    octets += n;
  }
  if (fflush(out) || ferror(out) || fclose(out)) { perror(path); return 74; }
  printf("%llu packets, %u flows, %u clients, %u servers, %.1f octets in the mean\n", (unsigned long long)packets,
         flow_count, clients, servers, packets ? (double)octets / (double)packets : 0);
  return 0;
}
