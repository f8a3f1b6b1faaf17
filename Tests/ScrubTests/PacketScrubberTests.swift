import Scrub
import Testing
import Wire

/// What is kept of a packet, and what is not.
@Suite struct PacketScrubberTests {
  private static let ethernet: [UInt8] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]

  private func header(_ type: UInt16) -> [UInt8] { Self.ethernet + Frames.big(type) }

  @Test func nothingIsChangedWhereNothingIsAskedFor() {
    let frame = header(0x0800) + Frames.ipv4(47, [1, 2, 3])
    #expect(Frames.scrub(frame, .ethernet, key: nil).octets == frame)
  }

  /// What nothing here decodes is cut off where it begins; what is known to be no address stays.
  @Test(arguments: [(115, 0), (89, 0), (132, 4), (136, 4), (50, 8), (112, 0)] as [(UInt8, Int)])
  func unknownTransportsAreCutOff(_ number: UInt8, _ kept: Int) {
    let packet = Frames.ipv4(number, Array(1...24))
    let (octets, info, totals) = Frames.scrub(packet)
    #expect(octets.count == 20 + kept)
    #expect(info.originalLength == 44)
    #expect(totals.undecoded == 1)
    #expect(Frames.scrub(packet, snap: .headers, key: nil).octets == Array(packet[0..<(20 + kept)]))
    #expect(Frames.scrub(packet, key: nil).octets == packet)
  }

  @Test func unknownLinksAndTypesAreCutOff() {
    // Link layer discovery holds addresses.
    #expect(Frames.scrub(header(0x88cc) + [2, 7, 4, 2, 0, 0, 0, 0, 1], .ethernet).octets.count == 14)
    // A bridge's message, behind a length.
    let bridge = header(8) + [0x42, 0x42, 3, 2, 0, 0, 0, 1]
    #expect(Frames.scrub(bridge, .ethernet).octets.count == 17)
    #expect(Frames.scrub([1, 2, 3, 4], LinkType(rawValue: 147)).octets.isEmpty)
    #expect(Frames.scrub([1, 2, 3, 4], LinkType(rawValue: 147), snap: .headers, key: nil).octets.isEmpty)
  }

  /// A header that was cut short or lies may still hold an address.
  @Test func damagedHeadersAreCutOff() {
    let packet = header(0x0800) + Frames.ipv4(6, Frames.segment())
    #expect(Frames.scrub(Array(packet[0..<32]), .ethernet, length: 54).octets.count == 14)
    var lying = packet
    lying[14] = 0x41
    #expect(Frames.scrub(lying, .ethernet).octets.count == 14)
    let arp = header(0x0806) + [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 192, 0, 2]
    #expect(Frames.scrub(arp, .ethernet, length: 42).octets.count == 14)
  }

  @Test func whatFillsUpAFrameBecomesZero() {
    let packet = header(0x0800) + Frames.ipv4(6, Frames.segment()) + [192, 0, 2, 1, 9, 9]
    let octets = Frames.scrub(packet, .ethernet).octets
    #expect(octets.count == 60)
    #expect(octets[54...] == [0, 0, 0, 0, 0, 0])
    #expect(Frames.scrub(packet, .ethernet, snap: .headers, key: nil).octets == Array(packet[0..<54]))
    let arp =
      header(0x0806) + [0, 1, 8, 0, 6, 4, 0, 1] + [2, 0, 0, 0, 0, 1, 192, 0, 2, 1] + Array(repeating: 0, count: 6)
    let padded = Frames.scrub(arp + [192, 0, 2, 2] + Array(repeating: 7, count: 18), .ethernet, snap: .headers).octets
    #expect(padded.count == 60)
    #expect(padded[42...] == Array(repeating: 0, count: 18)[0...])
    #expect(padded[32..<38] == [0, 0, 0, 0, 0, 0])
    #expect(padded[28..<31] == padded[38..<41], "two addresses of one network")
  }

  /// It is over the addresses that were: with it, they could be found.
  @Test func frameCheckSequencesAreCutOff() {
    let packet = header(0x0800) + Frames.ipv4(6, Frames.segment())
    let (octets, info, _) = Frames.scrub(packet + [1, 2, 3, 4], .ethernet, sequence: 4)
    #expect(octets == Frames.scrub(packet, .ethernet).octets)
    #expect(info.originalLength == 58)
    #expect(Frames.scrub(packet + [1, 2, 3, 4], .ethernet, key: nil, sequence: 4).octets.count == 58)
  }

  @Test func optionsThatNobodyKnowsBecomeZero() {
    // A client's address, as proxies tell it in an option of their own; then a timestamp, which stays.
    let options: [UInt8] = [254, 8, 0, 80, 192, 0, 2, 77, 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8]
    let segment = Frames.summed(Frames.segment(options: options), at: 16, 6, Frames.addresses4)
    let octets = Frames.scrub(Frames.ipv4(6, segment)).octets
    #expect(Array(octets[40...]) == [254, 8, 0, 80, 0, 0, 0, 0] + options[8...])
    #expect(Frames.sums(octets)[1] == .good)
    // A record of a route, with two of its addresses not there yet; then an option without a name.
    let route: [UInt8] = [7, 11, 8, 192, 0, 2, 9, 0, 0, 0, 0, 99, 5, 1, 2, 3]
    let routed = Frames.scrub(Frames.ipv4(17, Frames.datagram(9, []), options: route)).octets
    #expect(routed[23..<27] != [192, 0, 2, 9])
    #expect(Array(routed[27..<36]) == [0, 0, 0, 0, 99, 5, 0, 0, 0])
    #expect(Frames.sum(Array(routed[0..<36])) == 0)
  }

  @Test func multipathAddressesAreChanged() {
    let options: [UInt8] = [30, 16, 0x30, 2, 192, 0, 2, 1, 1, 2, 3, 4, 5, 6, 7, 8]
    let octets = Frames.scrub(Frames.ipv4(6, Frames.segment(options: options))).octets
    #expect(octets[44..<48] == octets[12..<16], "it is the source's address")
    #expect(octets[48...] == [1, 2, 3, 4, 5, 6, 7, 8])
  }

  /// Parts of a datagram but the first have no header: they are payload.
  @Test func laterFragmentsArePayload() {
    let packet = Frames.ipv4(17, Array(1...16), fragment: 2)
    #expect(Frames.scrub(packet).octets[20...] == packet[20...])
    #expect(Frames.scrub(packet).totals.withPayload == 1)
    #expect(Frames.scrub(packet, snap: .headers).octets.count == 20)
  }

  @Test func innermostHeadersAreKept() {
    let inner = Frames.ipv4(17, Frames.datagram(9, [1, 2, 3]))
    let octets = Frames.scrub(Frames.ipv4(4, inner), snap: .headers).octets
    #expect(octets.count == 48)
    #expect(octets[12..<20] == octets[32..<40])
  }

  @Test func prefixesStayPrefixes() {
    // Router advertisement with a prefix of 64 bits, of which the rest is zero.
    let prefix: UInt128 = 0x2001_0db8_0000_0001 << 64
    var message: [UInt8] = [134, 0, 0, 0, 64, 0, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0]
    message += [3, 4, 64, 0xc0, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 0] + Frames.big(prefix)
    let octets = Frames.scrub(Frames.ipv6(58, message)).octets
    #expect(octets[72..<80] == octets[8..<16], "the source is of that network")
    #expect(octets[80..<88] == Array(repeating: 0, count: 8)[0...])
  }

  @Test func aNumberCutsAnywhere() {
    let packet = header(0x0800) + Frames.ipv4(6, Frames.segment(Array("hello".utf8)))
    for length in 1..<70 {
      let (octets, info, totals) = Frames.scrub(packet, .ethernet, snap: .octets(length), key: nil)
      #expect(octets == Array(packet.prefix(length)))
      #expect(info.originalLength == UInt32(packet.count))
      #expect(totals.snapped == (length < packet.count ? 1 : 0))
    }
  }

  @Test func processesAreTakenOutOfTaps() {
    var tap = [UInt8](repeating: 0, count: 108)
    (tap[0], tap[4], tap[8]) = (108, 1, 1)
    tap.replaceSubrange(12..<16, with: Array("eth0".utf8))
    tap.replaceSubrange(52..<60, with: [1, 2, 0, 0] + Array("curl".utf8))
    let frame = tap + header(0x0800) + Frames.ipv4(6, Frames.segment())
    let octets = Frames.scrub(frame, .pktap, key: nil, hidesMachine: true).octets
    #expect(octets.count == frame.count)
    #expect(octets[12..<36].allSatisfy { $0 == 0 })
    #expect(octets[52..<56] == [255, 255, 255, 255])
    #expect(octets[56..<76].allSatisfy { $0 == 0 })
    #expect(octets[108...] == frame[108...])
    // A header that lies about its length has its names somewhere.
    tap[0] = 107
    #expect(Frames.scrub(tap, .pktap, key: nil, hidesMachine: true).octets.isEmpty)
    #expect(Frames.scrub(Array(tap[0..<80]), .pktap, length: 108, key: nil, hidesMachine: true).octets.isEmpty)
  }

  /// Of some protocols it is known that they tell addresses, though nothing here decodes them.
  @Test(arguments: [547, 4789, 137, 67] as [UInt16])
  func datagramsThatTellAddressesAreCutOff(_ port: UInt16) {
    let packet = Frames.ipv4(17, Frames.datagram(port, [8, 0, 0, 0, 192, 0, 2, 1]))
    let (octets, _, totals) = Frames.scrub(packet)
    #expect(octets.count == 28)
    #expect(totals.undecoded == 1)
    #expect(totals.withPayload == 0)
  }
}
