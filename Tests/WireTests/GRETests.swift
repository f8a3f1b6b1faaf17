import Testing

@testable import Wire

/// What tunnels carry in tests: a datagram of two octets from port 40000 to port 9, as raw IP.
let tunneledDatagram = datagram([0x68, 0x69], from: 40000, to: 9)
let tunneledLine = "192.0.2.1:40000 > 192.0.2.2:9 UDP len 2"

/// The same as an Ethernet frame.
let tunneledFrame: [UInt8] =
  [2, 0, 0, 0, 0, 0x1b, 2, 0, 0, 0, 0, 0x1a, 8, 0] + tunneledDatagram  // to, from, IPv4

@Suite struct GRETests {
  /// GRE right behind IPv4, as raw IP.
  private func packet(_ header: [UInt8], _ payload: [UInt8] = tunneledDatagram) -> [UInt8] {
    ipv4(47, header.count + payload.count) + header + payload
  }

  @Test func plain() {
    let shown = Shown(packet([0, 0, 0x08, 0]), linkType: .raw)
    #expect(shown.summary == "192.0.2.1 > 192.0.2.2 GRE | \(tunneledLine)")
    #expect(shown.protocols == "raw:ip:gre:ip:udp:data")
    #expect(
      shown.fieldsByLayer[1] == [
        "flags_and_version=0x0000", "flags.checksum=0", "flags.routing=0", "flags.key=0", "flags.sequence_number=0",
        "flags.strict_source_route=0", "flags.recursion_control=0", "flags.reserved=0", "flags.version=0",
        "proto=0x0800",
      ])
  }

  @Test func everyOptionalField() {
    let octets = packet(
      [
        0xb0, 0, 0x65, 0x58,  // checksum, key and sequence number; an Ethernet frame
        0x1f, 0x88, 0, 0,  // the checksum, and what is reserved
        0, 0, 0, 42,  // key
        0, 0, 0, 9,  // sequence number
      ], tunneledFrame)
    let shown = Shown(octets, linkType: .raw)
    #expect(shown.summary.hasPrefix("192.0.2.1 > 192.0.2.2 GRE key 42 seq 9"))
    #expect(shown.summary.hasSuffix("| \(tunneledLine)"))
    #expect(shown.protocols == "raw:ip:gre:eth:ethertype:ip:udp:data")
    #expect(
      shown.fieldsByLayer[1].suffix(6).filter { !$0.hasPrefix("checksum") } == [
        "proto=0x6558", "offset=0", "key=0x0000002a", "sequence_number=9",
      ])
    #expect(decodeDamaged(octets) > 0)
  }

  @Test func checksum() {
    var octets = packet([0x80, 0, 0x08, 0, 0, 0, 0, 0])
    let covered = withBytes(octets) { Checksum.fold(Checksum.add($0.slice(from: 20))) }
    octets.replaceSubrange(24..<26, with: (~covered).octets)
    #expect(Shown(octets, linkType: .raw).fieldsByLayer[1].contains("checksum.status=1"))
    #expect(Shown(octets, linkType: .raw).summary == "192.0.2.1 > 192.0.2.2 GRE | \(tunneledLine)")
    octets[24] ^= 1
    #expect(Shown(octets, linkType: .raw).fieldsByLayer[1].contains("checksum.status=0"))
    #expect(Shown(octets, linkType: .raw).summary == "192.0.2.1 > 192.0.2.2 GRE [bad GRE checksum] | \(tunneledLine)")
    // Where octets are missing, nobody knows.
    let cut = Shown(Array(octets.dropLast()), linkType: .raw, originalLength: octets.count)
    #expect(cut.fieldsByLayer[1].contains("checksum.status=2"))
  }

  @Test func virtualSubnets() {
    let subnet = packet([0x20, 0, 0x65, 0x58, 0x00, 0x13, 0x88, 3], tunneledFrame)  // subnet 5000, flow 3
    #expect(Shown(subnet, linkType: .raw).summary == "192.0.2.1 > 192.0.2.2 NVGRE vsid 5000 | \(tunneledLine)")
    // Below 0x1000 there are no subnets: it is a key.
    let key = packet([0x20, 0, 0x65, 0x58, 0, 0, 0, 7], tunneledFrame)
    #expect(Shown(key, linkType: .raw).summary == "192.0.2.1 > 192.0.2.2 GRE key 7 | \(tunneledLine)")
  }

  @Test func mirroredFrames() {
    let octets = packet(
      [
        0x10, 0, 0x88, 0xbe,  // a sequence number; ERSPAN
        0, 0, 0, 9,  // sequence number
        0x10, 0x64, 0xa4, 0x2a,  // version 1, VLAN 100; class 5, cut, session 42
        0, 0, 0, 5,  // index
      ], tunneledFrame)
    let shown = Shown(octets, linkType: .raw)
    #expect(
      shown.summary
        == "192.0.2.1 > 192.0.2.2 GRE seq 9 ERSPAN session 42 vlan 100 truncated | \(tunneledLine)")
    #expect(shown.protocols == "raw:ip:gre:erspan:eth:ethertype:ip:udp:data")
    #expect(
      shown.fieldsByLayer[2] == [
        "version=1", "vlan=100", "cos=5", "encap=0", "truncated=1", "spanid=42", "reserved=0", "index=5",
      ])
    #expect(decodeDamaged(octets) > 0)
    // Type I has no header.
    #expect(
      Shown(packet([0, 0, 0x88, 0xbe], tunneledFrame), linkType: .raw).protocols
        == "raw:ip:gre:eth:ethertype:ip:udp:data")
    var other = octets
    other[28] = 0x30
    #expect(Shown(other, linkType: .raw).protocols == "raw:ip:gre:erspan:data")
  }

  @Test func pointToPoint() {
    let octets = packet([0x30, 0x81, 0x88, 0x0b, 0, 4, 0, 42, 0, 0, 0, 9, 0, 0, 0, 8], [0xff, 3, 0xc0, 0x21])
    let shown = Shown(octets, linkType: .raw)
    #expect(shown.summary == "192.0.2.1 > 192.0.2.2 GRE v1 call 42 seq 9 ack 8 | PPP LCP len 0")
    #expect(
      shown.fieldsByLayer[1].suffix(5) == [
        "proto=0x880b", "key.payload_length=4", "key.call_id=42", "sequence_number=9", "ack_number=8",
      ])
    #expect(decodeDamaged(octets) > 0)
  }

  @Test func whatIsNotDecoded() {
    // Source routes, another version, another type, nothing at all.
    #expect(Shown(packet([0x40, 0, 8, 0, 0, 0, 0, 0]), linkType: .raw).protocols == "raw:ip:gre:data")
    #expect(Shown(packet([0, 7, 8, 0]), linkType: .raw).summary.hasSuffix("GRE v7 type IPv4 len 30"))
    #expect(Shown(packet([0, 0, 0x12, 0x34]), linkType: .raw).summary.hasSuffix("GRE type 0x1234 len 30"))
    let empty = Shown(packet([0, 0, 0, 0], []), linkType: .raw)
    #expect(empty.summary == "192.0.2.1 > 192.0.2.2 GRE type 0x0000 len 0" && empty.stop == nil)
    // A key that is not there.
    let short = Shown(packet([0x20, 0, 8, 0], []), linkType: .raw)
    #expect(short.stop == DecodeError(.gre, offset: 20, .truncated(needed: 8, available: 4)))
  }
}
