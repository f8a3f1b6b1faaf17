import Testing

@testable import Wire

@Suite struct PPPTests {
  /// Frames of a serial line, or what a tunnel carries of them.
  private func shown(_ octets: [UInt8], _ linkType: LinkType = .ppp) -> Shown { Shown(octets, linkType: linkType) }

  @Test func framed() {
    let octets: [UInt8] = [
      0xff, 0x03,  // every station, unnumbered information
      0x00, 0x21,  // IPv4
    ]
    let shown = shown(octets + tunneledDatagram)
    #expect(shown.summary == tunneledLine)
    #expect(shown.protocols == "ppp:ip:udp:data")
    #expect(shown.fieldsByLayer[0] == ["address=0xff", "control=0x03", "protocol=0x0021"])
    #expect(decodeDamaged(octets + tunneledDatagram, .ppp, from: 0) > 0)
    #expect(Shown(octets + tunneledDatagram, linkType: .pppHDLC).protocols == "ppp:ip:udp:data")
  }

  @Test func compressed() {
    // Without the framing; the number in one octet; both.
    for header: [UInt8] in [[0x00, 0x21], [0xff, 0x03, 0x21], [0x21]] {
      let shown = shown(header + tunneledDatagram)
      #expect(shown.protocols == "ppp:ip:udp:data")
      #expect(shown.fieldsByLayer[0].last == "protocol=0x0021")
    }
  }

  @Test func othersAreNamed() {
    #expect(shown([0xff, 3, 0xc0, 0x21, 9, 7, 0, 8, 0, 0, 0, 0]).summary == "PPP LCP echo request id 7 len 8")
    #expect(shown([0xff, 3, 0x80, 0x21, 77, 7, 0, 4]).summary == "PPP IPCP code 77 id 7 len 4")
    #expect(shown([0xff, 3, 0x80, 0x57, 1, 7]).summary == "PPP IPV6CP len 2")
    #expect(shown([0xff, 3, 0xc0, 0x23, 1, 7, 0, 4]).summary == "PPP PAP len 4")
    #expect(shown([0xff, 3, 0x12, 0x34, 1]).summary == "PPP protocol 0x1234 len 1")
    #expect(shown([0xff, 3, 0xc0, 0x21, 9]).protocols == "ppp:data")
  }

  @Test func tooShort() {
    let needed: [([UInt8], Int)] = [([], 1), ([0], 2), ([0xff], 3), ([0xff, 3], 3), ([0xff, 3, 0], 4)]
    for (octets, length) in needed {
      #expect(shown(octets).stop == DecodeError(.ppp, .truncated(needed: length, available: octets.count)))
      #expect(shown(octets).protocols == "ppp")
    }
  }

  @Test func ciscoHDLC() {
    let octets: [UInt8] = [0x0f, 0, 8, 0] + tunneledDatagram
    let shown = shown(octets)
    #expect(shown.summary == tunneledLine)
    #expect(shown.protocols == "ppp:chdlc:ip:udp:data")
    #expect(shown.fieldsByLayer[0] == [])
    #expect(shown.fieldsByLayer[1] == ["address=0x0f", "control=0x00", "protocol=0x0800"])
    #expect(decodeDamaged(octets, .ppp, from: 0) > 0)
  }

  @Test func withinGRE() {
    let octets: [UInt8] = [
      0x30, 0x81, 0x88, 0x0b,  // key, sequence number and acknowledgment, version 1; PPP
      0, 36, 0, 42,  // 36 octets, call 42
      0, 0, 0, 5, 0, 0, 0, 6,  // sequence number, acknowledgment
      0xff, 3, 0x00, 0x21,
    ]
    let packet = ipv4(47, octets.count + tunneledDatagram.count) + octets + tunneledDatagram
    let shown = Shown(packet, linkType: .raw)
    #expect(shown.summary == "192.0.2.1 > 192.0.2.2 GRE v1 call 42 seq 5 ack 6 | \(tunneledLine)")
    #expect(shown.protocols == "raw:ip:gre:ppp:ip:udp:data")
    #expect(decodeDamaged(packet) > 0)
    // An acknowledgment alone.
    let short: [UInt8] = [0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 42, 0, 0, 0, 6]
    let alone = Shown(ipv4(47, short.count) + short, linkType: .raw)
    #expect(alone.summary == "192.0.2.1 > 192.0.2.2 GRE v1 call 42 ack 6" && alone.stop == nil)
  }
}

@Suite struct PPPoETests {
  private static let ethernet: [UInt8] = [2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 0xa]
  private static let length = UInt8(2 + tunneledDatagram.count)
  private static let session: [UInt8] =
    ethernet + [
      0x88, 0x64,  // a session's packet
      0x11, 0,  // version and type 1, no code
      0, 42, 0, length,  // session, length
      0x00, 0x21,  // IPv4
    ] + tunneledDatagram

  @Test func sessions() {
    let shown = Shown(Self.session + [0, 0, 0])
    #expect(shown.summary == "PPPoE session 42 \(tunneledLine)")
    #expect(shown.protocols == "eth:ethertype:pppoes:ppp:ip:udp:data")
    #expect(
      shown.fieldsByLayer[1] == [
        "version=1", "type=1", "code=0x00", "session_id=0x002a", "payload_length=\(Self.length)",
      ])
    #expect(decodeDamaged(Self.session, .ethernet, from: 0) > 0)
    let link = Array(Self.session.dropFirst(14))
    #expect(Shown(link, linkType: .pppoe).protocols == "pppoes:ppp:ip:udp:data")
    // There is no framing within Ethernet.
    var framed = Self.session
    framed.replaceSubrange(20..<22, with: [0xff, 3, 0x00, 0x21])
    #expect(Shown(framed).protocols == "eth:ethertype:pppoes:ppp:data")
  }

  @Test func lengthsThatLie() {
    var octets = Self.session
    octets[19] += 1
    #expect(
      Shown(octets).stop
        == DecodeError(
          .pppoeSession, offset: 14,
          .truncated(needed: 7 + Int(Self.length), available: 6 + Int(Self.length))))
    octets[19] = 0
    #expect(Shown(octets).stop == DecodeError(.ppp, offset: 20, .truncated(needed: 1, available: 0)))
    #expect(Shown(octets).protocols == "eth:ethertype:pppoes:ppp")
  }

  private func discovery(_ code: UInt8, _ tags: [UInt8], length: Int? = nil) -> Shown {
    Shown(Self.ethernet + [0x88, 0x63, 0x11, code, 0, 0] + UInt16(length ?? tags.count).octets + tags)
  }

  /// The fields of the tags, which stand beside the layer.
  private func tags(_ tags: [UInt8]) -> [String] {
    withBytes(tags) {
      var lines = FieldLines()
      PPPoETags($0).visitFields(&lines)
      return lines.lines
    }
  }

  @Test func discovery() {
    let octets: [UInt8] = [
      1, 1, 0, 0,  // any service
      1, 2, 0, 3, 0x61, 0x63, 0x1b,  // a name with an escape
      1, 3, 0, 2, 1, 2,  // the host's own mark
      1, 4, 0, 1, 9,  // cookie
      1, 5, 0, 4, 0, 0, 0x0d, 0xe9,  // a vendor
      1, 6, 0, 4, 0, 1, 0, 2, 1, 7, 0, 1, 0,  // credits; metrics
      1, 8, 0, 2, 0, 7, 1, 9, 0, 2, 0, 8,  // a number, a scale
      1, 0x10, 0, 1, 5, 1, 0x11, 0, 1, 6, 1, 0x12, 0, 1, 7, 1, 0x20, 0, 2, 5, 0xdc, 1, 0x21, 0, 1, 8,
      2, 1, 0, 1, 0x61, 2, 2, 0, 1, 0x62, 2, 3, 0, 1, 0x63,  // errors
      9, 9, 0, 1, 1,  // of nobody's type
      0, 0, 0, 0, 1, 1, 0, 1, 0x78,  // the end, and what is behind it
    ]
    let shown = discovery(7, octets)
    #expect(shown.summary == #"PPPoE PADO from "ac\x1b" error "a" error "b" error "c""#)
    #expect(shown.protocols == "eth:ethertype:pppoed" && shown.stop == nil)
    #expect(
      tags(octets) == [
        "tags.ac_name=ac\\x1b", "tags.host_uniq=01:02", "tags.ac_cookie=09", "tags.vendor_id=3561",
        "tags.credits.fcn=1", "tags.credits.bcn=2", "tags.seq_num=7", "tags.credit_scale=8",
        "tags.relay_session_id=05", "tags.hurl=06", "tags.motm=07", "tags.max_payload=05:dc",
        "tags.ip_route_add=08", "tags.service_name_error=a", "tags.ac_system_error=b", "tags.generic_error=c",
        "tag=0x0909", "tag_length=1",
      ])
    for end in octets.indices { _ = (tags(Array(octets.prefix(end))), discovery(9, Array(octets.prefix(end)))) }
  }

  @Test func tagsThatLie() {
    #expect(tags([1, 1, 0, 9, 0x61]) == [])
    #expect(tags([1, 1, 0]) == [])
    let beyond = discovery(9, [1, 1, 0, 1, 0x61], length: 400)
    #expect(beyond.summary == #"PPPoE PADI service "a" [pppoed truncated: 11 of 406 octets]"#)
    #expect(discovery(0x42, []).summary == "PPPoE code 0x42")
  }
}
