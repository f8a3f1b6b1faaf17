import Testing

@testable import Wire

@Suite struct VXLANTests {
  private static let header: [UInt8] = [
    0x08, 0, 0, 0,  // there is an identifier
    0, 0, 42, 0,  // network 42
  ]
  private static let octets = datagram(header + tunneledFrame, from: 50000, to: 4789)

  @Test func frameWithin() {
    let shown = Shown(Self.octets, linkType: .raw)
    #expect(shown.summary == "192.0.2.1:50000 > 192.0.2.2:4789 VXLAN vni 42 | \(tunneledLine)")
    #expect(shown.protocols == "raw:ip:udp:vxlan:eth:ethertype:ip:udp:data")
    #expect(
      shown.fieldsByLayer[2] == [
        "flags=0x0800", "flag_g=0", "flag_i=1", "flag_d=0", "flag_a=0", "gbp=0", "vni=42", "reserved8=0",
      ])
    #expect(decodeDamaged(Self.octets) > 0)
    // The port that Linux takes where nobody says another.
    #expect(
      Shown(datagram(Self.header + tunneledFrame, from: 50000, to: 8472), linkType: .raw).summary.contains(
        "VXLAN vni 42"))
  }

  @Test func groupPolicy() {
    let header: [UInt8] = [0x88, 0x48, 1, 2, 0xff, 0xff, 0xff, 0]
    let shown = Shown(datagram(header + tunneledFrame, from: 50000, to: 4789), linkType: .raw)
    #expect(shown.summary.contains("VXLAN vni 16777215 group 258 | "))
    #expect(
      shown.fieldsByLayer[2].prefix(6) == [
        "flags=0x8848", "flag_g=1", "flag_i=1", "flag_d=1", "flag_a=1", "gbp=258",
      ])
  }

  @Test func octetsDecide() {
    var other = tunneledFrame
    other[12] = 0x12
    // No identifier, or cut short.
    for octets: [UInt8] in [[0, 0, 0, 0, 0, 0, 42, 0] + tunneledFrame, [0x08, 0, 0, 0, 0, 0, 42]] {
      #expect(Shown(datagram(octets, from: 50000, to: 4789), linkType: .raw).protocols == "raw:ip:udp:data")
    }
    // A reserved flag; a group and a policy's flag without the extension; the last octet: RFC 7348 has them ignored, and the
    // frame within decides.
    for header: [UInt8] in [
      [0x08, 1, 0, 0, 0, 0, 42, 0], [0x08, 0, 0, 1, 0, 0, 42, 0], [0x08, 8, 0, 0, 0, 0, 42, 0],
      [0x08, 0, 0, 0, 0, 0, 42, 1], [0x0c, 0, 0, 3, 0, 0, 42, 0],
    ] {
      let shown = Shown(datagram(header + tunneledFrame, from: 50000, to: 4789), linkType: .raw)
      #expect(shown.protocols == "raw:ip:udp:vxlan:eth:ethertype:ip:udp:data")
      #expect(
        Shown(datagram(header + other, from: 50000, to: 4789), linkType: .raw).protocols == "raw:ip:udp:data")
    }
    #expect(
      Shown(datagram(Self.header + tunneledFrame, from: 50000, to: 4790), linkType: .raw).protocols
        == "raw:ip:udp:data")
  }

  @Test func nothingWithin() {
    let shown = Shown(datagram(Self.header, from: 50000, to: 4789), linkType: .raw)
    #expect(shown.protocols == "raw:ip:udp:vxlan:eth")
    #expect(shown.stop == DecodeError(.ethernet, offset: 36, .truncated(needed: 14, available: 0)))
    // An inner frame that is no IP has its own phrase.
    var other = tunneledFrame
    other[12] = 0x12
    #expect(
      Shown(datagram(Self.header + other, from: 50000, to: 4789), linkType: .raw).summary.hasSuffix(
        "VXLAN vni 42 | 02:00:00:00:00:1a > 02:00:00:00:00:1b ethertype 0x1200 len 30"))
  }

  @Test func nestingIsBounded() {
    var frame = tunneledFrame
    for _ in 0..<40 {
      frame = [UInt8](tunneledFrame.prefix(14)) + datagram(Self.header + frame, from: 50000, to: 4789)
    }
    let shown = Shown(frame)
    #expect(shown.layerCount == Packet.maximumLayers && shown.stop?.reason == .tooDeep)
  }

  @Test func aTunnelOverIPv6NeedsNoChecksum() {
    let length = UInt16(8 + Self.header.count + tunneledFrame.count).octets
    let address = [UInt8](repeating: 0, count: 15) + [1]
    let octets =
      [0x60, 0, 0, 0] + length + [17, 64] + address + address  // IPv6 from ::1 to ::1
      + [0xc3, 0x50, 0x12, 0xb5] + length + [0, 0] + Self.header + tunneledFrame
    let shown = Shown(octets, linkType: .raw)
    #expect(shown.summary == "[::1]:50000 > [::1]:4789 VXLAN vni 42 | \(tunneledLine)")
    #expect(shown.fieldsByLayer[1].last == "checksum.status=3")
  }
}

@Suite struct GeneveTests {
  private func packet(_ header: [UInt8], _ payload: [UInt8] = tunneledDatagram) -> [UInt8] {
    datagram(header + payload, from: 50000, to: 6081)
  }

  @Test func frameWithin() {
    let shown = Shown(packet([0, 0, 0x65, 0x58, 0, 0, 42, 0], tunneledFrame), linkType: .raw)
    #expect(shown.summary == "192.0.2.1:50000 > 192.0.2.2:6081 Geneve vni 42 | \(tunneledLine)")
    #expect(shown.protocols == "raw:ip:udp:geneve:eth:ethertype:ip:udp:data")
    #expect(
      shown.fieldsByLayer[2] == [
        "version=0", "option.length=0", "flags=0x00", "flags.oam=0", "flags.critical=0", "flags.reserved=0",
        "proto_type=0x6558", "vni=42",
      ])
  }

  @Test func options() {
    let octets = packet([
      0x03, 0xc0, 0x08, 0,  // three words of options; control, critical; IPv4
      0, 0, 42, 5,  // network 42; a reserved octet
      0x01, 0x02, 0x80, 1, 0, 1, 0, 2,  // class 0x0102, critical type 0, one word
      0xff, 0xff, 0x01, 0xe0,  // class 0xffff, type 1, no value; reserved bits
    ])
    let shown = Shown(octets, linkType: .raw)
    #expect(shown.summary == "192.0.2.1:50000 > 192.0.2.2:6081 Geneve vni 42 control options 12 | \(tunneledLine)")
    #expect(shown.protocols == "raw:ip:udp:geneve:ip:udp:data")
    #expect(
      shown.fieldsByLayer[2].suffix(10)
        == [
          "vni=42", "reserved=0x05", "option.class=0x0102", "option.type=0x80", "option.type.critical=1",
          "option.length=8", "option.unknown.data=00:01:00:02", "option.class=0xffff", "option.type=0x01",
          "option.type.critical=0", "option.length=4",
        ].suffix(10))
    #expect(decodeDamaged(octets) > 0)
  }

  @Test func lengthsThatLie() {
    // An option beyond the options: what follows them is decoded all the same.
    let lying = Shown(packet([1, 0, 8, 0, 0, 0, 42, 0, 1, 2, 0, 4]), linkType: .raw)
    #expect(lying.protocols == "raw:ip:udp:geneve:ip:udp:data" && lying.fieldsByLayer[2].last == "vni=42")
    // Options beyond the datagram.
    let beyond = Shown(packet([0x3f, 0, 8, 0, 0, 0, 42, 0], [1, 2, 0, 0]), linkType: .raw)
    #expect(beyond.protocols == "raw:ip:udp:geneve")
    #expect(beyond.stop == DecodeError(.geneve, offset: 28, .truncated(needed: 260, available: 12)))
  }

  @Test func octetsDecide() {
    // Another version, a reserved flag, a type that is a length.
    for header: [UInt8] in [
      [0x40, 0, 8, 0, 0, 0, 42, 0], [0, 1, 8, 0, 0, 0, 42, 0], [0, 0, 0, 5, 0, 0, 42, 0],
    ] {
      #expect(Shown(packet(header), linkType: .raw).protocols == "raw:ip:udp:data")
    }
    let other = Shown(packet([0, 0, 0x12, 0x34, 0, 0, 42, 0]), linkType: .raw)
    #expect(other.summary.hasSuffix("Geneve vni 42 type 0x1234 len 30"))
  }
}
