import Testing

@testable import Wire

/// Everything that can be shown of a frame, so that a test runs all of it: the line, the chain, and every field.
@discardableResult
func showAll(_ octets: [UInt8], linkType: LinkType, originalLength: Int? = nil) -> (
  line: String, chain: String, sum: UInt64
) {
  withBytes(octets) { bytes in
    let info = FrameInfo(
      timestamp: Timestamp(seconds: 0, nanoseconds: 0), originalLength: UInt32(originalLength ?? octets.count),
      linkType: linkType)
    let layers = LayerStorage()
    let packet = Packet(Frame(bytes, info), in: layers)
    var line = TextBuffer()
    packet.summarize(into: &line)
    var chain = TextBuffer()
    packet.writeProtocols(into: &chain)
    var adder = FieldAdder()
    for index in 0..<packet.layerCount { packet.visitFields(ofLayerAt: index, &adder) }
    // Every group and list that was opened was closed.
    #expect(adder.depth == 0)
    return (line.string, chain.string, adder.sum)
  }
}

/// A visitor that reads every value it is given.
struct FieldAdder: FieldVisitor {
  var sum: UInt64 = 0
  var depth = 0
  mutating func number(_ name: StaticString, _ value: UInt64, _ meaning: StaticString?) { sum &+= value }
  mutating func hexadecimal(_ name: StaticString, _ value: UInt64, digits: Int, _ meaning: StaticString?) {
    sum &+= value
  }
  mutating func flags(_ name: StaticString, _ value: UInt64, digits: Int, _ names: [FlagName]) { sum &+= value }
  mutating func boolean(_ name: StaticString, _ value: Bool) { sum &+= value ? 1 : 0 }
  mutating func hardwareAddress(_ name: StaticString, _ value: UInt64) { sum &+= value }
  mutating func ipv4Address(_ name: StaticString, _ value: UInt32) { sum &+= UInt64(value) }
  mutating func ipv6Address(_ name: StaticString, _ value: UInt128) { sum &+= UInt64(truncatingIfNeeded: value) }
  mutating func text(_ name: StaticString, _ value: RawSpan) { add(value) }
  mutating func label(_ name: StaticString, _ value: StaticString) {}
  mutating func octets(_ name: StaticString, _ value: RawSpan) { add(value) }
  mutating func time(_ name: StaticString, _ value: Timestamp) { sum &+= UInt64(value.nanoseconds) }
  mutating func checksumStatus(_ name: StaticString, _ value: ChecksumStatus) { sum &+= value.number }
  mutating func beginGroup(_ name: StaticString) { depth += 1 }
  mutating func endGroup() { depth -= 1 }
  mutating func beginList(_ name: StaticString) { depth += 1 }
  mutating func endList() { depth -= 1 }
  mutating func beginRecord() { depth += 1 }
  mutating func endRecord() { depth -= 1 }
  mutating func beginValues(_ name: StaticString) { depth += 1 }
  private mutating func add(_ value: RawSpan) {
    for index in 0..<value.byteCount { sum &+= UInt64(value.uint8(at: index)) }
  }
}

@Suite struct NetworkLayerTests {
  @Test(arguments: SampleFrame.all.indices) func saysWhatItIs(index: Int) {
    let sample = SampleFrame.all[index]
    let shown = showAll(sample.octets, linkType: LinkType(rawValue: sample.linkType))
    #expect(shown.chain == sample.protocols, "\(sample.name)")
    if let summary = sample.summary { #expect(shown.line == summary, "\(sample.name)") }
  }

  @Test(arguments: SampleFrame.all.indices) func everyTruncationDecodes(index: Int) {
    let sample = SampleFrame.all[index]
    for count in 0..<sample.octets.count {
      let head = Array(sample.octets.prefix(count))
      let linkType = LinkType(rawValue: sample.linkType)
      // Cut by the capture, and by whoever sent it.
      showAll(head, linkType: linkType, originalLength: sample.octets.count)
      showAll(head, linkType: linkType)
    }
  }

  @Test(arguments: SampleFrame.all.indices) func everyChangedOctetDecodes(index: Int) {
    let sample = SampleFrame.all[index]
    for position in sample.octets.indices {
      for value: UInt8 in [0x00, 0x01, 0x04, 0x3a, 0x7f, 0x80, 0xfe, 0xff] {
        var octets = sample.octets
        octets[position] = value
        showAll(octets, linkType: LinkType(rawValue: sample.linkType))
      }
    }
  }
}

@Suite struct ARPTests {
  /// 192.0.2.5 asks for 192.0.2.1, in the form that a test may change.
  static let request: [UInt8] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x08, 0x06,  // to all, from, ARP
    0x00, 0x01, 0x08, 0x00,  // Ethernet addresses for IPv4 addresses
    0x06, 0x04,  // of six and four octets
    0x00, 0x01,  // request
    0x02, 0x00, 0x00, 0x00, 0x00, 0x0a, 0xc0, 0x00, 0x02, 0x05,  // sender
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x02, 0x01,  // target
  ]

  @Test func requestAndItsKinds() {
    #expect(summary(Self.request) == "ARP who has 192.0.2.1 tell 192.0.2.5")
    var probe = Self.request
    probe.replaceSubrange(28..<32, with: [0, 0, 0, 0])
    #expect(summary(probe) == "ARP who has 192.0.2.1 (probe)")
    var announcement = Self.request
    announcement[31] = 1
    #expect(summary(announcement) == "ARP who has 192.0.2.1 (announcement)")
    var reply = Self.request
    reply[21] = 2
    #expect(summary(reply) == "ARP 192.0.2.5 is at 02:00:00:00:00:0a")
  }

  @Test func lyingSizes() {
    var octets = Self.request
    octets[18] = 255
    #expect(summary(octets).contains("[arp truncated: 28 of 526 octets]"))
    octets[18] = 0
    octets[19] = 0
    #expect(summary(octets) == "ARP who has nobody tell nobody")
  }
}

@Suite struct LyingLengthTests {
  /// The SYN of `synchronizeFrame` with octets changed.
  private func changed(_ changes: [Int: UInt8]) -> String {
    var octets = synchronizeFrame
    for (position, value) in changes { octets[position] = value }
    return summary(octets)
  }

  @Test func internetProtocol() {
    #expect(changed([14: 0x44]).contains("[ip has an impossible length: 16]"))
    #expect(changed([17: 19]).contains("[ip has an impossible length: 19]"))
    #expect(changed([16: 0xff]).contains("[ip truncated: 44 of 65324 octets]"))
    // A length of 0 is left to segmentation offload.
    #expect(changed([17: 0]).contains("len 0 <mss 1460>"))
    let segment = synchronizeFrame[34...]
    #expect(Shown(ipv6(6, length: 0) + segment, linkType: .raw).summary.contains("TCP [S]"))
    // What is unknown may be empty, and what follows it padding.
    #expect(Shown(ipv6(253, length: 0) + [0, 0], linkType: .raw).protocols == "raw:ipv6")
  }

  @Test func transport() {
    #expect(changed([46: 0x40]).contains("[tcp has an impossible length: 16]"))
    #expect(changed([46: 0xf0]).contains("[tcp truncated: 24 of 60 octets]"))
    // A length of 0 is a jumbogram's, over IPv6 alone.
    let datagram: [UInt8] = [0x9c, 0x40, 0, 9, 0, 0, 0, 0, 0x68, 0x69]
    let overIPv4 = Shown(ipv4(17, datagram.count) + datagram, linkType: .raw)
    #expect(overIPv4.stop == DecodeError(.udp, offset: 24, .invalidLength(value: 0)))
    #expect(overIPv4.protocols == "raw:ip:udp")
    #expect(Shown(ipv6(17, length: 10) + datagram, linkType: .raw).protocols == "raw:ipv6:udp:data")
    #expect(changed([55: 1]).contains("<option 2 has bad length 1>"))
    #expect(changed([55: 9]).contains("<option 2 has bad length 9>"))
  }
}

@Suite struct TransportChecksumTests {
  private func status(_ octets: [UInt8]) -> ChecksumStatus {
    withBytes(octets) { bytes in
      let info = FrameInfo(
        timestamp: Timestamp(seconds: 0, nanoseconds: 0), originalLength: UInt32(octets.count), linkType: .ethernet)
      let layers = LayerStorage()
      return Packet(Frame(bytes, info), in: layers).checksumStatus(ofLayerAt: 2)
    }
  }

  @Test func vectors() {
    #expect(status(synchronizeFrame) == .good)
    var wrong = synchronizeFrame
    wrong[48] ^= 1
    #expect(status(wrong) == .bad(computed: 0x0bad))
    // What Linux leaves for the card: the folded sum of the pseudo-header, not complemented.
    // c000 + 0201 + c633 + 6402 + 0006 + 0018 = 1ec54, folded ec55.
    var offloaded = synchronizeFrame
    offloaded.replaceSubrange(50..<52, with: [0xec, 0x55])
    #expect(status(offloaded) == .offloaded)
    // The first fragment has not all that was summed up.
    var fragment = synchronizeFrame
    fragment[20] = 0x20
    #expect(status(fragment) == .unverified)
  }
}

/// An IPv6 header with a next header and a payload length, from `::1` to `::1`.
private func ipv6(_ next: UInt8, length: UInt16) -> [UInt8] {
  let address = [UInt8](repeating: 0, count: 15) + [1]
  return [0x60, 0, 0, 0] + length.octets + [next, 64] + address + address
}
