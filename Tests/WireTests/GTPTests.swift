import Testing

@testable import Wire

@Suite struct GTPTests {
  private func packet(
    _ flags: UInt8, _ optional: [UInt8] = [], _ payload: [UInt8] = tunneledDatagram, length: Int? = nil
  )
    -> [UInt8]
  {
    let length = UInt16(length ?? optional.count + payload.count)
    return datagram([flags, 255] + length.octets + [0, 0, 0x12, 0x34] + optional + payload, from: 2152, to: 2152)
  }
  private func shown(
    _ flags: UInt8, _ optional: [UInt8] = [], _ payload: [UInt8] = tunneledDatagram, length: Int? = nil
  )
    -> Shown
  {
    Shown(packet(flags, optional, payload, length: length), linkType: .raw)
  }

  @Test func plain() {
    let shown = shown(0x30)
    #expect(shown.summary == "192.0.2.1:2152 > 192.0.2.2:2152 GTP teid 4660 | \(tunneledLine)")
    #expect(shown.protocols == "raw:ip:udp:gtp:ip:udp:data")
    #expect(
      shown.fieldsByLayer[2] == [
        "flags=0x30", "flags.version=1", "flags.payload=1", "flags.reserved=0", "flags.e=0", "flags.s=0", "flags.pn=0",
        "message=0xff", "length=\(tunneledDatagram.count)", "teid=0x00001234",
      ])
    #expect(decodeDamaged(packet(0x30)) > 0)
  }

  @Test func everyOptionalField() {
    let optional: [UInt8] = [
      0, 7, 5, 0x85,  // sequence number, N-PDU number, an extension: the session's container
      1, 0x00, 0x49, 0xc0,  // one word: downlink, flow 9 with reflection; a PDCP number is next
      1, 0x00, 0x08, 0x40,  // its number; a port is next
      1, 0x08, 0x68, 0x81,  // port 2152; a container of the radio network is next
      2, 1, 2, 3, 4, 5, 6, 0,  // two words of it, the last
    ]
    let shown = shown(0x37, optional)
    #expect(shown.summary.hasSuffix("GTP teid 4660 seq 7 qfi 9 | \(tunneledLine)"))
    #expect(
      shown.fieldsByLayer[2].suffix(17)
        == [
          "teid=0x00001234", "seq_number=0x0007", "npdu_number=0x05", "ext_hdr.next=0x85", "ext_hdr.length=1",
          "ext_hdr.pdu_ses_con.pdu_type=0", "ext_hdr.pdu_ses_cont.ppp=0", "ext_hdr.pdu_ses_cont.rqi=1",
          "ext_hdr.pdu_ses_con.qos_flow_id=9", "ext_hdr.next=0xc0", "ext_hdr.length=1", "ext_hdr.pdcp_sn=8",
          "ext_hdr.next=0x40", "ext_hdr.length=1", "ext_hdr.udp_port=2152", "ext_hdr.next=0x81", "ext_hdr.length=2",
          "ext_hdr.next=0x00",
        ].suffix(17))
    #expect(decodeDamaged(packet(0x37, optional)) > 0)
  }

  @Test func whatIsCarried() {
    #expect(
      shown(0x30, [], [0x60, 0, 0, 0, 0, 0, 59, 64] + [UInt8](repeating: 0, count: 32)).protocols
        == "raw:ip:udp:gtp:ipv6")
    #expect(shown(0x30, [], tunneledFrame).protocols == "raw:ip:udp:gtp:eth:ethertype:ip:udp:data")
    #expect(shown(0x30, [], [1, 2, 3]).summary.hasSuffix("GTP teid 4660 len 3"))
    #expect(shown(0x30, [], []).protocols == "raw:ip:udp:gtp")
  }

  @Test func messages() {
    func message(_ kind: UInt8, _ rest: [UInt8]) -> Shown {
      let octets = [0x32, kind] + UInt16(4 + rest.count).octets + [0, 0, 0, 0, 0, 1, 0, 0] + rest
      return Shown(datagram(octets, from: 2152, to: 2152), linkType: .raw)
    }
    for (kind, name) in [
      (1, "echo request"), (2, "echo response"), (26, "error indication"), (31, "supported extensions"),
      (253, "tunnel status"), (254, "end marker"),
    ] as [(UInt8, String)] {
      let shown = message(kind, [14, 0])
      #expect(shown.summary.hasSuffix("GTP \(name) teid 0 seq 1") && shown.protocols == "raw:ip:udp:gtp")
      #expect(shown.stop == nil)
    }
    #expect(message(100, []).protocols == "raw:ip:udp:data")
  }

  @Test func lengthsThatLie() {
    let short = shown(0x32, [0, 7, 0, 0], length: 2)
    #expect(short.stop == DecodeError(.gtp, offset: 30, .invalidLength(value: 2)))
    let long = shown(0x30, length: 900)
    #expect(long.protocols == "raw:ip:udp:gtp:ip:udp:data")
    #expect(long.stop == DecodeError(.gtp, offset: 28, .truncated(needed: 908, available: 8 + tunneledDatagram.count)))
    // An extension of no length, and one that is longer than all.
    let empty = shown(0x34, [0, 0, 0, 0x85, 0, 0, 0, 0])
    #expect(empty.stop == DecodeError(.gtp, offset: 40, .invalidLength(value: 0)))
    #expect(shown(0x34, [0, 0, 0, 0x85, 0xff, 0, 0, 0]).stop?.layer == .gtp)
    #expect(
      shown(0x34, [0, 0, 0, 0x85], []).stop == DecodeError(.gtp, offset: 28, .truncated(needed: 13, available: 12)))
  }

  @Test func octetsDecide() {
    // Another version, charging, a reserved flag.
    for flags: UInt8 in [0x50, 0x10, 0x20, 0x38] { #expect(shown(flags).protocols == "raw:ip:udp:data") }
    #expect(Shown(datagram([0x30, 255, 0], from: 1, to: 2152), linkType: .raw).protocols == "raw:ip:udp:data")
  }

  @Test func nestingIsBounded() {
    var inside = tunneledDatagram
    for _ in 0..<40 { inside = packet(0x30, [], inside) }
    let shown = Shown(inside, linkType: .raw)
    #expect(shown.layerCount == Packet.maximumLayers && shown.stop?.reason == .tooDeep)
  }
}

@Suite struct TeredoTests {
  private static let ipv6: [UInt8] = [0x60, 0, 0, 0, 0, 0, 59, 64] + [UInt8](repeating: 1, count: 32)
  private static let line = "101:101:101:101:101:101:101:101 > 101:101:101:101:101:101:101:101 nothing follows"
  private static let authentication: [UInt8] = [
    0, 1, 3, 2,  // authentication; an identifier of three octets, a value of two
    0x77, 0x68, 0x6f, 8, 9,  // identifier, value
    1, 2, 3, 4, 5, 6, 7, 8, 0,  // nonce, confirmation
  ]
  private static let origin: [UInt8] = [
    0, 0, 0xef, 0xff,  // origin, port 4096 inverted
    0x39, 0xcc, 0x9b, 0xf8,  // 198.51.100.7 inverted
  ]

  private func shown(_ payload: [UInt8]) -> Shown { Shown(datagram(payload, from: 50000, to: 3544), linkType: .raw) }

  @Test func headers() {
    #expect(shown(Self.ipv6).summary == "192.0.2.1:50000 > 192.0.2.2:3544 Teredo | \(Self.line)")
    let octets = Self.authentication + Self.origin + Self.ipv6
    let both = shown(octets)
    #expect(both.summary.hasSuffix("Teredo authenticated origin 198.51.100.7:4096 | \(Self.line)"))
    #expect(both.protocols == "raw:ip:udp:teredo:ipv6")
    #expect(
      both.fieldsByLayer[2] == [
        "auth.idlen=3", "auth.aulen=2", "auth.id=77:68:6f", "auth.value=08:09", "auth.nonce=01:02:03:04:05:06:07:08",
        "auth.conf=00", "orig.port=4096", "orig.addr=198.51.100.7",
      ])
    #expect(decodeDamaged(datagram(octets, from: 3544, to: 50000)) > 0)
    #expect(shown(Self.origin + Self.ipv6).fieldsByLayer[2] == ["orig.port=4096", "orig.addr=198.51.100.7"])
  }

  @Test func octetsDecide() {
    var lying = Self.authentication + Self.ipv6
    lying[2] = 200
    for payload in [
      tunneledDatagram, Self.origin, Self.authentication, lying, Self.origin + Self.authentication + Self.ipv6,
      Self.origin + Self.origin + Self.ipv6, [0, 2] + Self.ipv6, [0],
    ] {
      #expect(shown(payload).protocols == "raw:ip:udp:data")
    }
    #expect(shown(Array(Self.ipv6.prefix(39))).stop?.layer == .ipv6)
  }
}

@Suite struct L2TPTests {
  private static let inside: [UInt8] = [0xff, 3, 0x00, 0x21] + tunneledDatagram

  private func packet(_ header: [UInt16], _ payload: [UInt8] = inside) -> [UInt8] {
    datagram(header.flatMap(\.octets) + payload, from: 1701, to: 1701)
  }
  private func shown(_ header: [UInt16], _ payload: [UInt8] = inside) -> Shown {
    Shown(packet(header, payload), linkType: .raw)
  }

  @Test func data() {
    let plain = shown([0x0002, 5, 6])
    #expect(plain.summary == "192.0.2.1:1701 > 192.0.2.2:1701 L2TP tunnel 5 session 6 | \(tunneledLine)")
    #expect(plain.protocols == "raw:ip:udp:l2tp:ppp:ip:udp:data")
    let all: [UInt16] = [0x4b02, UInt16(16 + Self.inside.count), 5, 6, 7, 8, 2, 0]
    #expect(
      shown(all).fieldsByLayer[2] == [
        "flags=0x4b02", "type=0", "length_bit=1", "seq_bit=1", "offset_bit=1", "priority=1", "version=2",
        "length=\(16 + Self.inside.count)", "tunnel=5", "session=6", "Ns=7", "Nr=8", "offset=2",
      ])
    #expect(shown(all).summary.hasSuffix("L2TP tunnel 5 session 6 ns 7 nr 8 | \(tunneledLine)"))
    #expect(decodeDamaged(packet(all)) > 0)
    #expect(shown([0x0002, 5, 6], []).protocols == "raw:ip:udp:l2tp" && shown([0x0002, 5, 6], []).stop == nil)
  }

  @Test func control() {
    let alone = shown([0xc802, 12, 5, 6, 7, 8], [])
    #expect(alone.summary.hasSuffix("L2TP control acknowledgment tunnel 5 session 6 ns 7 nr 8"))
    let request = shown([0xc802, 20, 5, 0, 7, 8, 0x8008, 0, 0, 1], [])
    #expect(request.summary.hasSuffix("L2TP control SCCRQ tunnel 5 session 0 ns 7 nr 8"))
    #expect(request.protocols == "raw:ip:udp:l2tp" && request.stop == nil)
    // Without the fields that it has to have it is none.
    #expect(shown([0x8002, 5, 6]).protocols == "raw:ip:udp:data")
  }

  @Test func lengthsThatLie() {
    #expect(shown([0x4002, 4, 5, 6]).stop == DecodeError(.l2tp, offset: 30, .invalidLength(value: 4)))
    #expect(
      shown([0x4002, 900, 5, 6]).stop
        == DecodeError(.l2tp, offset: 28, .truncated(needed: 900, available: 8 + Self.inside.count)))
    #expect(shown([0x4002, 20, 5, 6]).stop?.layer == .ipv4)
    #expect(shown([0x0202, 5, 6, 900]).stop?.layer == .l2tp)
    // Other versions, and what is reserved.
    for flags: UInt16 in [0x0001, 0x0003, 0x0012, 0x1002] {
      #expect(shown([flags, 5, 6]).protocols == "raw:ip:udp:data")
    }
  }
}

@Suite struct ESPTests {
  private static let octets: [UInt8] = [
    0, 0, 0x12, 0x34,  // security parameters
    0, 0, 0, 7,  // sequence number
    9, 9, 9, 9,  // encrypted
  ]

  @Test func numbers() {
    let shown = Shown(ipv4(50, 12) + Self.octets, linkType: .raw)
    #expect(shown.summary == "192.0.2.1 > 192.0.2.2 ESP spi 0x00001234 seq 7 len 4")
    #expect(shown.protocols == "raw:ip:esp" && shown.stop == nil)
    #expect(shown.fields == ["spi=0x00001234", "sequence=7"])
    #expect(decodeDamaged(ipv4(50, 12) + Self.octets) > 0)
    let short = Shown(ipv4(50, 7) + Self.octets.prefix(7), linkType: .raw)
    #expect(short.stop == DecodeError(.esp, offset: 20, .truncated(needed: 8, available: 7)))
  }

  @Test func behindAuthentication() {
    let header: [UInt8] = [50, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 5]
    let shown = Shown(ipv4(51, 24) + header + Self.octets, linkType: .raw)
    #expect(shown.summary == "192.0.2.1 > 192.0.2.2 AH spi 0x00000100 seq 5 ESP spi 0x00001234 seq 7 len 4")
  }
}
