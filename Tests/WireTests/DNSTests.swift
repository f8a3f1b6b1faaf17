import Testing

@testable import Wire

/// A query for the address of www.example.com, with an OPT record.
let dnsQuery: [UInt8] = [
  0x1a, 0x2b, 0x01, 0x20,  // id, recursion desired, authenticated data understood
  0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,  // one question, one additional record
  3, 0x77, 0x77, 0x77, 7, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 3, 0x63, 0x6f, 0x6d, 0,  // www.example.com
  0x00, 0x01, 0x00, 0x01,  // A, IN
  0, 0x00, 0x29, 0x04, 0xd0, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00,  // OPT, 1232 octets, DO
]

/// The start of a response about www.example.com: id, flags, counts and the question.
func dnsResponse(answers: UInt16, type: UInt16 = 1, code: UInt8 = 0, _ records: [UInt8]) -> [UInt8] {
  [0x1a, 0x2b, 0x81, 0x80 | code, 0, 1] + answers.octets + [0, 0, 0, 0] + dnsQuery[12..<29] + type.octets + [0, 1]
    + records
}

/// A record whose name points to that of the question, at 12; its time to live is 60.
func dnsRecord(_ type: UInt16, _ data: [UInt8], length: UInt16? = nil) -> [UInt8] {
  [0xc0, 0x0c] + type.octets + [0, 1, 0, 0, 0, 60] + (length ?? UInt16(data.count)).octets + data
}

private func show(_ message: [UInt8], port: UInt16 = 53) -> Shown {
  Shown(datagram(message, from: port, to: 40000), linkType: .raw)
}

@Suite struct DNSTests {
  @Test func query() {
    let shown = Shown(datagram(dnsQuery, from: 40000, to: 53), linkType: .raw)
    #expect(shown.summary == "192.0.2.1:40000 > 192.0.2.2:53 DNS query 0x1a2b A www.example.com")
    #expect(shown.protocols == "raw:ip:udp:dns")
    #expect(
      shown.fields == [
        "id=0x1a2b", "flags=0x0120", "flags.response=0", "flags.opcode=0", "flags.truncated=0", "flags.recdesired=1",
        "flags.z=0", "flags.authenticated=1", "flags.checkdisable=0", "count.queries=1", "count.answers=0",
        "count.auth_rr=0", "count.add_rr=1", "qry.name=www.example.com", "qry.type=1", "qry.class=0x0001",
        "resp.name=<Root>", "resp.type=41", "resp.rr.udp_payload_size=1232", "resp.ext_rcode=0x00",
        "resp.edns0_version=0", "resp.z=0x8000", "resp.z.do=1", "resp.z.reserved=0x0000", "resp.len=0",
      ])
  }

  @Test func addresses() {
    let records =
      dnsRecord(5, [4, 0x6d, 0x61, 0x69, 0x6e, 0xc0, 0x10])  // CNAME main.example.com
      + dnsRecord(1, [93, 184, 216, 34])
      + dnsRecord(28, [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1])
    let shown = show(dnsResponse(answers: 3, records))
    #expect(
      shown.summary
        == "192.0.2.1:53 > 192.0.2.2:40000 DNS response 0x1a2b A www.example.com "
        + "CNAME main.example.com, 93.184.216.34, 2001:db8::1")
    #expect(shown.fields.contains("resp.cname=main.example.com"))
    #expect(shown.fields.contains("resp.aaaa=2001:db8::1"))
    #expect(shown.fields.contains("flags.rcode=0"))
  }

  @Test func otherRecords() {
    let root: [UInt8] = [0]
    let serviceBinding: [UInt8] =
      [0, 1] + root + [0, 1, 0, 3, 2, 0x68, 0x32] + [0, 3, 0, 2, 0x20, 0xfb] + [0, 4, 0, 4, 192, 0, 2, 80]
    let certificateAuthority: [UInt8] = [0x80, 5] + Array("issueca.example.net".utf8)
    let records =
      dnsRecord(15, [0, 10, 0xc0, 0x10]) + dnsRecord(2, [0xc0, 0x10])
      + dnsRecord(33, [0, 5, 0, 10, 0x13, 0xc4, 0xc0, 0x0c])
      + dnsRecord(16, [2, 0x68, 0x69, 1, 0x1b]) + dnsRecord(65, serviceBinding) + dnsRecord(257, certificateAuthority)
      + dnsRecord(6, [0xc0, 0x10, 0xc0, 0x0c, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5])
      + dnsRecord(0xff00, [0xab, 0xcd])
    let shown = show(dnsResponse(answers: 8, type: 255, records))
    #expect(
      shown.summary.hasSuffix(
        " ANY www.example.com MX 10 example.com, NS example.com, SRV www.example.com:5060 priority 5 weight 10, "
          + "TXT \"hi\" \"\\x1b\", HTTPS 1 . alpn h2 port 8443 ipv4hint 192.0.2.80, CAA issue \"ca.example.net\", "
          + "SOA example.com, TYPE65280"))
    for field in [
      "resp.mx.preference=10", "resp.mx.mail_exchange=example.com", "resp.ns=example.com", "resp.srv.port=5060",
      "resp.srv.target=www.example.com", "resp.txt=hi", "resp.txt=\\x1b", "resp.svcb.svcpriority=1",
      "resp.svcb.targetname=<Root>", "resp.svcb.svcparam.alpn=h2", "resp.svcb.svcparam.port=8443",
      "resp.svcb.svcparam.ipv4hint.ip=192.0.2.80", "resp.caa.flags=0x80", "resp.caa.flags.issuer_critical=1",
      "resp.caa.tag=issue", "resp.caa.value=ca.example.net", "resp.soa.mname=example.com",
      "resp.soa.rname=www.example.com", "resp.soa.minimum_ttl=5", "resp.data=ab:cd",
    ] {
      #expect(shown.fields.contains(field), "\(field)")
    }
    #expect(decodeDamaged(datagram(dnsResponse(answers: 8, type: 255, records), from: 53, to: 9)) > 0)
  }

  @Test func responseCodes() {
    #expect(show(dnsResponse(answers: 0, code: 3, [])).summary.hasSuffix(" A www.example.com NXDOMAIN"))
    #expect(show(dnsResponse(answers: 0, code: 14, [])).summary.hasSuffix(" rcode 14"))
    // A refusal of a query that was not understood is a header alone.
    #expect(show([0, 1, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0]).summary.hasSuffix("DNS response 0x0001 FORMERR"))
  }

  @Test func multicast() {
    // A response about a printer, with the cache-flush bit in its class.
    let message: [UInt8] =
      [0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0x61, 5] + Array("local".utf8)
      + [0, 0, 1, 0x80, 1, 0, 0, 0, 120, 0, 4, 192, 0, 2, 9]
    let shown = show(message, port: 5353)
    #expect(shown.summary == "192.0.2.1:5353 > 192.0.2.2:40000 mDNS response a.local 192.0.2.9")
    #expect(shown.protocols == "raw:ip:udp:mdns")
    #expect(shown.fields.contains("resp.class=0x0001"))
    #expect(shown.fields.contains("resp.cache_flush=1"))
    // The size of an OPT record's class is a number there too, without the flag.
    #expect(show(dnsQuery, port: 5353).fields.contains("resp.rr.udp_payload_size=1232"))
    #expect(show(dnsQuery, port: 5355).protocols == "raw:ip:udp:llmnr")
    #expect(show(dnsQuery, port: 5355).fields.contains("flags.tentative=1"))
  }

  @Test func overTCP() {
    let prefixed = UInt16(dnsQuery.count).octets + dnsQuery
    let shown = Shown(segment(prefixed + prefixed, from: 40000, to: 53), linkType: .raw)
    #expect(shown.protocols == "raw:ip:tcp:dns")
    #expect(shown.summary.hasSuffix("DNS query 0x1a2b A www.example.com, DNS query 0x1a2b A www.example.com"))
    #expect(shown.fields.first == "length=44")
    // A length below that of a header, and the middle of a message.
    #expect(Shown(segment([0, 11] + dnsQuery, from: 40000, to: 53), linkType: .raw).protocols == "raw:ip:tcp:data")
    #expect(Shown(segment(Array(dnsQuery[20...]), from: 53, to: 9), linkType: .raw).protocols == "raw:ip:tcp:data")
    #expect(decodeDamaged(segment(prefixed + prefixed, from: 40000, to: 53)) > 0)
  }

  @Test func octetsDecide() {
    #expect(show([UInt8](repeating: 0xff, count: 40)).protocols == "raw:ip:udp:data")
    #expect(show(Array(dnsQuery.prefix(11))).protocols == "raw:ip:udp:data")
    #expect(Shown(datagram(dnsQuery, from: 9, to: 10), linkType: .raw).protocols == "raw:ip:udp:data")
    // The reserved bit, an operation that there is not, and a query of nothing.
    #expect(show([0, 1, 0, 0x40] + dnsQuery[4...]).protocols == "raw:ip:udp:data")
    #expect(show([0, 1, 0x78, 0] + dnsQuery[4...]).protocols == "raw:ip:udp:data")
    #expect(show([UInt8](repeating: 0, count: 12)).protocols == "raw:ip:udp:data")
    // A header alone, as probes send it: a query, then an update's answer. Octets after it contradict its counts.
    #expect(show([0, 7, 1] + [UInt8](repeating: 0, count: 9)).summary.hasSuffix("DNS query 0x0007"))
    #expect(show([0, 7, 0xa8] + [UInt8](repeating: 0, count: 9)).summary.hasSuffix("DNS update response 0x0007"))
    #expect(show([0, 7, 1] + [UInt8](repeating: 0, count: 10)).protocols == "raw:ip:udp:data")
  }

  @Test func countsThatLie() {
    let shown = show(dnsResponse(answers: 65535, dnsRecord(1, [192, 0, 2, 1])))
    #expect(shown.summary.hasSuffix("A www.example.com 192.0.2.1 [cut short]"))
    #expect(shown.fields.last == "resp.a=192.0.2.1")
    var questions = dnsQuery
    questions[4] = 0xff
    #expect(show(questions).summary.hasSuffix("[cut short]"))
    // An address record whose data go on beyond the message.
    #expect(show(dnsResponse(answers: 1, dnsRecord(1, [192, 0], length: 400))).summary.hasSuffix("A [cut short]"))
  }
}

@Suite struct DomainNameTests {
  private func name(_ octets: [UInt8], at offset: Int = 0) -> (String, DomainName.Ending, Int) {
    withBytes(octets) { bytes in
      let name = DomainName(bytes, at: offset)
      var text = TextBuffer()
      text.append(name.text)
      return (text.string, name.ending, name.end)
    }
  }

  @Test func compression() {
    // `b.a` and `c.b.a`, the second by a pointer to the first.
    let octets: [UInt8] = [1, 0x62, 1, 0x61, 0, 1, 0x63, 0xc0, 0]
    #expect(name(octets) == ("b.a", .whole, 5))
    #expect(name(octets, at: 5) == ("c.b.a", .whole, 9))
    #expect(name([0]) == ("", .whole, 1))
  }

  @Test func pointersThatLoop() {
    #expect(name([0xc0, 0]).1 == .bad)
    #expect(name([1, 0x61, 0xc0, 0]).1 == .bad)
    #expect(name([0xc0, 2, 0xc0, 0], at: 2).1 == .bad)
    // Forward, and to its own piece.
    #expect(name([0xc0, 3, 0, 1, 0x61, 0]).1 == .bad)
    #expect(name([0, 1, 0x61, 0xc0, 1], at: 1).1 == .bad)
    #expect(name([0xc0]).1 == .cut)
  }

  @Test func lengths() {
    #expect(name([0x40, 0]).1 == .bad)
    #expect(name([0x80, 0]).1 == .bad)
    #expect(name([5, 0x61]).1 == .cut)
    #expect(name([]).1 == .cut)
    #expect(name([0], at: 7).1 == .cut)
    let label = [UInt8(63)] + [UInt8](repeating: 0x2e, count: 63)
    let longest = label + label + label + [61] + [UInt8](repeating: 0x61, count: 61) + [0]
    #expect(longest.count == 255)
    #expect(name(longest).1 == .whole)
    #expect(name(longest).0.count == 3 * 127 + 61)
    #expect(name(label + label + label + [62] + [UInt8](repeating: 0x61, count: 62) + [0]).1 == .bad)
  }

  @Test func hostileOctets() {
    #expect(name([3, 0x61, 0x2e, 0x62, 0]).0 == "a\\.b")
    let shown = Shown(
      datagram(
        [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 6, 0x1b, 0x5d, 0x30, 0x3b, 0x0a, 0x07, 0, 0, 1, 0, 1], from: 9, to: 53),
      linkType: .raw)
    #expect(shown.summary.hasSuffix("A \\x1b]0;\\n\\x07"))
    #expect(shown.fields.contains("qry.name=\\x1b]0;\\n\\x07"))
    // `a.b` and `c\d` as labels: the backslashes of the format stand once.
    let dotted = Shown(
      datagram(
        [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0x61, 0x2e, 0x62, 3, 0x63, 0x5c, 0x64, 0, 0, 1, 0, 1],
        from: 9, to: 53), linkType: .raw)
    #expect(dotted.summary.hasSuffix("A a\\.b.c\\\\d"))
    #expect(dotted.fields.contains("qry.name=a\\.b.c\\\\d"))
  }
}
