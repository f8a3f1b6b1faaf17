import Testing

@testable import Wire

@Suite struct MPLSTests {
  private static let ethernet: [UInt8] = [2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 0xa, 0x88, 0x47]
  private static let first: [UInt8] = [
    0x00, 0x06, 0x4a,  // label 100, class 5, more follow
    63,  // time to live
  ]
  private static let last: [UInt8] = [0x00, 0x0c, 0x81, 255]  // label 200, the last
  private static let word: [UInt8] = [0, 0, 0, 7]  // a control word with a number

  private func shown(_ stack: [UInt8]) -> Shown { Shown(Self.ethernet + stack) }

  @Test func stack() {
    let octets = Self.ethernet + Self.first + Self.last + tunneledDatagram
    let shown = Shown(octets)
    #expect(shown.summary == "MPLS 100 class 5 ttl 63 MPLS 200 ttl 255 \(tunneledLine)")
    #expect(shown.protocols == "eth:ethertype:mpls:ip:udp:data")
    #expect(shown.fieldsByLayer[1] == ["label=100", "exp=5", "bottom=0", "ttl=63"])
    #expect(shown.fieldsByLayer[2] == ["label=200", "exp=0", "bottom=1", "ttl=255"])
    #expect(decodeDamaged(octets, .ethernet, from: 0) > 0)
    var upstream = octets
    upstream[13] = 0x48
    #expect(Shown(upstream).protocols == shown.protocols)
  }

  @Test func whatIsBelowDecides() {
    #expect(
      shown(Self.last + [0x60, 0, 0, 0, 0, 0, 59, 64] + [UInt8](repeating: 0, count: 32)).protocols
        == "eth:ethertype:mpls:ipv6")
    #expect(shown(Self.last + [0x50, 1, 2]).summary == "MPLS 200 ttl 255 len 3")
    #expect(shown(Self.last + [0x10, 0, 0, 0x21, 1]).protocols == "eth:ethertype:mpls:data")
    // The labels of alerts and of associated channels.
    for label: UInt8 in [13, 14] {
      #expect(shown([0, 0, label << 4 | 1, 64] + tunneledDatagram).protocols == "eth:ethertype:mpls:data")
    }
    #expect(shown(Self.last).protocols == "eth:ethertype:mpls" && shown(Self.last).stop == nil)
  }

  @Test func pseudowires() {
    let octets = Self.ethernet + Self.last + Self.word + tunneledFrame
    let shown = Shown(octets)
    #expect(shown.summary == "MPLS 200 ttl 255 pseudowire seq 7 | \(tunneledLine)")
    #expect(shown.protocols == "eth:ethertype:mpls:pwethheuristic:pwethcw:eth:ethertype:ip:udp:data")
    #expect(shown.fieldsByLayer[2] == ["cw.sequence_number=7"])
    #expect(decodeDamaged(octets, .ethernet, from: 0) > 0)
    let plain = self.shown(Self.last + tunneledFrame)
    #expect(plain.summary == "MPLS 200 ttl 255 | \(tunneledLine)")
    #expect(plain.protocols == "eth:ethertype:mpls:pwethheuristic:pwethnocw:eth:ethertype:ip:udp:data")
    // A type that does not go with what follows it, and none that is known.
    var other = tunneledFrame
    other[14] = 0x65
    #expect(self.shown(Self.last + Self.word + other).protocols == "eth:ethertype:mpls:data")
    other[12] = 0x12
    #expect(self.shown(Self.last + Self.word + other).protocols == "eth:ethertype:mpls:data")
  }

  @Test func noEnd() {
    let cut = shown(Self.first + [0, 1])
    #expect(cut.protocols == "eth:ethertype:mpls")
    #expect(cut.stop == DecodeError(.mpls, offset: 18, .truncated(needed: 4, available: 2)))
    let deep = shown([[UInt8]](repeating: Self.first, count: 40).flatMap { $0 })
    #expect(deep.layerCount == Packet.maximumLayers && deep.stop?.reason == .tooDeep)
  }

  @Test func overUDP() {
    let octets = datagram(Self.first + Self.last + tunneledDatagram, from: 50000, to: 6635)
    let shown = Shown(octets, linkType: .raw)
    #expect(
      shown.summary
        == "192.0.2.1:50000 > 192.0.2.2:6635 MPLS 100 class 5 ttl 63 MPLS 200 ttl 255 | \(tunneledLine)")
    #expect(shown.protocols == "raw:ip:udp:mpls:ip:udp:data")
    #expect(decodeDamaged(octets) > 0)
    for other: [UInt8] in [Self.last, Self.first, Self.last + [0x90], [1, 2, 3]] {
      #expect(Shown(datagram(other, from: 50000, to: 6635), linkType: .raw).protocols == "raw:ip:udp:data")
    }
  }

  @Test func withinGRE() {
    let octets: [UInt8] = [0, 0, 0x88, 0x47] + Self.last + tunneledDatagram
    let shown = Shown(ipv4(47, octets.count) + octets, linkType: .raw)
    #expect(shown.summary == "192.0.2.1 > 192.0.2.2 GRE | MPLS 200 ttl 255 \(tunneledLine)")
    #expect(shown.protocols == "raw:ip:gre:mpls:ip:udp:data")
  }
}

@Suite struct CiscoHDLCTests {
  private func shown(_ octets: [UInt8]) -> Shown { Shown(octets, linkType: .ciscoHDLC) }

  @Test func carried() {
    let octets: [UInt8] = [0x8f, 0, 8, 0] + tunneledDatagram
    #expect(shown(octets).summary == tunneledLine && shown(octets).protocols == "chdlc:ip:udp:data")
    #expect(decodeDamaged(octets, .ciscoHDLC, from: 0) > 0)
    #expect(shown([0x0f, 0, 0x65, 0x58] + tunneledFrame).summary == "Cisco HDLC | \(tunneledLine)")
    #expect(shown([0x0f, 0, 0x20, 0, 1, 2]).summary == "Cisco HDLC type 0x2000 len 2")
    #expect(shown([0x0f, 0, 8]).stop == DecodeError(.ciscoHDLC, .truncated(needed: 4, available: 3)))
  }

  @Test func keepalive() {
    let octets: [UInt8] = [
      0x8f, 0, 0x80, 0x35, 0, 0, 0, 2,  // SLARP, keepalive
      0, 0, 0, 7, 0, 0, 0, 6, 0xff, 0xff,  // our number, theirs, and what is always the same
      1, 2, 3, 4,  // a time
    ]
    let shown = shown(octets)
    #expect(shown.summary == "SLARP keepalive 7 seen 6" && shown.protocols == "chdlc:slarp" && shown.stop == nil)
    #expect(shown.fields == ["ptype=2", "mysequence=7", "yoursequence=6", "reliability=0xffff"])
    #expect(decodeDamaged(octets, .ciscoHDLC, from: 0) > 0)
  }

  @Test func addresses() {
    let octets: [UInt8] = [0x8f, 0, 0x80, 0x35, 0, 0, 0, 1, 192, 0, 2, 1, 255, 255, 255, 0]
    #expect(shown(octets).summary == "SLARP reply 192.0.2.1 mask 255.255.255.0")
    #expect(shown(octets).fields == ["ptype=1", "address=192.0.2.1", "netmask=255.255.255.0"])
    #expect(shown(octets.dropLast()).stop == DecodeError(.slarp, offset: 4, .truncated(needed: 12, available: 11)))
    #expect(shown([0x8f, 0, 0x80, 0x35, 0, 0, 0, 7, 1]).summary == "SLARP type 7 len 1")
  }
}

@Suite struct SNAPTests {
  private func shown(_ body: [UInt8]) -> Shown {
    Shown([2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 0xa] + UInt16(body.count).octets + body)
  }

  @Test func organizations() {
    let snap: [UInt8] = [0xaa, 0xaa, 3]
    #expect(shown(snap + [0, 0, 0, 8, 0] + tunneledDatagram).summary == tunneledLine)
    let bridged = shown(snap + [0, 0x80, 0xc2, 0, 7, 0, 0] + tunneledFrame)
    #expect(bridged.summary == "SNAP bridged | \(tunneledLine)")
    #expect(bridged.protocols == "eth:llc:eth:ethertype:ip:udp:data")
    #expect(bridged.fieldsByLayer[1].suffix(2) == ["oui=32962", "pid=0x0007"])
    let cisco = shown(snap + [0, 0, 0x0c, 0x20, 0, 1, 2])
    #expect(cisco.summary == "SNAP organization 0x00000c type 0x2000 len 2" && cisco.protocols == "eth:llc:data")
    #expect(cisco.fieldsByLayer[1].last == "cisco_pid=0x2000")
    #expect(shown(snap + [0x12, 0x34, 0x56, 0, 7, 1]).summary == "SNAP organization 0x123456 type 0x0007 len 1")
    let whole = snap + [0, 0x80, 0xc2, 0, 7, 0, 0]
    for end in 0...whole.count { #expect(shown(Array(whole.prefix(end))).layerCount >= 1) }
    // The padding before the frame is part of the header.
    #expect(shown(whole.dropLast()).stop == DecodeError(.llc, offset: 14, .truncated(needed: 10, available: 9)))
  }
}
