import Testing

@testable import Wire

/// A server's answer: stratum 1, reference GPS.
let ntpAnswer: [UInt8] = [
  0x24, 1, 0, 0xec,  // no warning, version 4, server; stratum, poll, precision 2^-20
  0, 0, 0, 0, 0, 0, 0, 66,  // root delay, root dispersion
  0x47, 0x50, 0x53, 0,  // GPS
  0xee, 0xac, 0x43, 0x5b, 0x80, 0, 0, 0,  // reference: half a second
  0, 0, 0, 0, 0, 0, 0, 0,  // origin: none
  0xee, 0xac, 0x43, 0x6b, 0, 0, 0, 0,  // receive
  0x00, 0x00, 0x00, 0x01, 0, 0, 0, 0,  // transmit: a second into the era of 2036
]

@Suite struct NTPTests {
  @Test func server() {
    let shown = Shown(datagram(ntpAnswer, from: 123, to: 40000), linkType: .raw)
    #expect(shown.summary == "192.0.2.1:123 > 192.0.2.2:40000 NTP v4 server stratum 1 refid GPS")
    #expect(shown.protocols == "raw:ip:udp:ntp")
    #expect(
      shown.fields == [
        "flags=0x24", "flags.li=0", "flags.vn=4", "flags.mode=4", "stratum=1", "ppoll=0", "precision=236",
        "rootdelay=0", "rootdispersion=66", "refid=47:50:53:00", "reftime=1795278043.500000000",
        "rec=1795278059.000000000", "xmt=2085978497.000000000",
      ])
  }

  @Test func client() {
    let query: [UInt8] = [0xe3] + [UInt8](repeating: 0, count: 47)
    #expect(
      Shown(datagram(query, from: 40000, to: 123), linkType: .raw).summary
        == "192.0.2.1:40000 > 192.0.2.2:123 NTP v4 client")
  }

  @Test func octetsDecide() {
    #expect(
      Shown(datagram(Array(ntpAnswer.prefix(47)), from: 123, to: 9), linkType: .raw).protocols == "raw:ip:udp:data")
    #expect(Shown(datagram(ntpAnswer, from: 9, to: 9), linkType: .raw).protocols == "raw:ip:udp:data")
    for first: UInt8 in [0x04, 0x2c, 0x20] {
      let damaged = [first] + ntpAnswer.dropFirst()
      #expect(Shown(datagram(damaged, from: 123, to: 9), linkType: .raw).protocols == "raw:ip:udp:data")
    }
  }

  @Test func privateMode() {
    let query: [UInt8] = [0x17, 0, 3, 42, 0, 0, 0, 0]
    let shown = Shown(datagram(query, from: 40000, to: 123), linkType: .raw)
    #expect(shown.summary == "192.0.2.1:40000 > 192.0.2.2:123 NTP v2 private request code 42 monlist")
    #expect(shown.protocols == "raw:ip:udp:ntp")
    #expect(
      shown.fields == [
        "flags=0x17", "flags.vn=2", "flags.mode=7", "priv.flags.r=0", "priv.flags.more=0", "priv.auth=0", "priv.seq=0",
        "priv.impl=3", "priv.reqcode=42", "priv.err=0x00", "priv.numitems=0", "priv.itemsize=0",
      ])
    let answer: [UInt8] = [0xd7, 0, 3, 42, 0x10, 6, 0, 72] + [UInt8](repeating: 0, count: 432)
    #expect(
      Shown(datagram(answer, from: 123, to: 9), linkType: .raw).summary
        .hasSuffix("NTP v2 private response code 42 monlist items 6 error 1"))
    // An implementation that there is not.
    #expect(
      Shown(datagram([0x17, 0, 1, 42, 0, 0, 0, 0], from: 9, to: 123), linkType: .raw).protocols == "raw:ip:udp:data")
    #expect(decodeDamaged(datagram(answer, from: 123, to: 9)) > 0)
  }

  @Test func controlMode() {
    let answer: [UInt8] = [0x16, 0xc2, 0, 7, 6, 0x15, 0, 0, 0, 0, 0, 0]
    let shown = Shown(datagram(answer, from: 123, to: 9), linkType: .raw)
    #expect(shown.summary == "192.0.2.1:123 > 192.0.2.2:9 NTP v2 control response read variables error")
    #expect(
      shown.fields == [
        "flags=0x16", "flags.li=0", "flags.vn=2", "flags.mode=6", "ctrl.flags2=0xc2", "ctrl.flags2.r=1",
        "ctrl.flags2.error=1", "ctrl.flags2.more=0", "ctrl.flags2.opcode=2", "ctrl.sequence=7", "ctrl.status=0x0615",
        "ctrl.associd=0", "ctrl.offset=0", "ctrl.count=0",
      ])
    #expect(
      Shown(datagram(Array(answer.prefix(11)), from: 123, to: 9), linkType: .raw).protocols == "raw:ip:udp:data")
    #expect(decodeDamaged(datagram(answer, from: 123, to: 9)) > 0)
  }

  @Test func damaged() {
    #expect(decodeDamaged(datagram(ntpAnswer, from: 123, to: 9)) > 0)
    var hostile = ntpAnswer
    hostile[12] = 0x1b
    #expect(Shown(datagram(hostile, from: 123, to: 9), linkType: .raw).summary.hasSuffix("refid \\x1bPS"))
  }
}
