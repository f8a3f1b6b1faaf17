import Scrub
import Testing
import Wire

/// Checksums after addresses have changed: what was right stays right, what was wrong wrong by as much.
@Suite struct ChecksumTests {
  private static let tcp = Frames.summed(Frames.segment(Array("hello".utf8)), at: 16, 6, Frames.addresses4)

  private func word(_ octets: [UInt8], at offset: Int) -> UInt16 {
    UInt16(octets[offset]) << 8 | UInt16(octets[offset + 1])
  }

  /// Adds as one's complement does: how far a checksum is from another.
  private func difference(_ first: UInt16, _ second: UInt16) -> UInt16 {
    let sum = UInt32(first) + UInt32(~second)
    return UInt16(truncatingIfNeeded: sum & 0xffff + sum >> 16)
  }

  @Test func rightOnesStayRight() {
    let packet = Frames.ipv4(6, Self.tcp)
    let (octets, info, totals) = Frames.scrub(packet)
    #expect(octets.count == packet.count)
    #expect(octets[12..<20] != packet[12..<20])
    #expect(octets[20...].dropFirst(18) == packet[20...].dropFirst(18))
    #expect(Frames.sum(Array(octets[0..<20])) == 0)
    #expect(Frames.sums(octets)[1] == .good)
    #expect(info.originalLength == UInt32(packet.count))
    #expect(totals.addresses == 2)
    #expect(totals.withPayload == 1)
  }

  /// The difference between what stands there and what would be right is the same before and after.
  @Test(arguments: [1, 0x1234, 0xfffe] as [UInt16])
  func wrongOnesStayWrongByAsMuch(_ error: UInt16) {
    var packet = Frames.ipv4(6, Self.tcp)
    let right = Frames.scrub(packet).octets
    for offset in [10, 36] {
      let wrong = UInt16(truncatingIfNeeded: (UInt32(word(packet, at: offset)) + UInt32(error)) % 0xffff)
      packet.replaceSubrange(offset..<(offset + 2), with: Frames.big(wrong))
    }
    let before = Frames.ipv4(6, Self.tcp)
    let after = Frames.scrub(packet).octets
    for offset in [10, 36] {
      #expect(
        difference(word(after, at: offset), word(right, at: offset))
          == difference(word(packet, at: offset), word(before, at: offset)))
      #expect(word(after, at: offset) != word(right, at: offset))
    }
  }

  /// A capture that has the headers only says what the whole packet would have said.
  @Test(arguments: [40, 44, 38])
  func cutPacketsHaveTheSumOfTheWhole(_ length: Int) {
    let packet = Frames.ipv4(6, Self.tcp)
    let whole = Frames.scrub(packet).octets
    let cut = Frames.scrub(Array(packet[0..<length]), length: packet.count).octets
    #expect(cut == Array(whole[0..<length]))
  }

  @Test func snappingKeepsTheSumOfTheWhole() {
    // An answer with an address, which changes too before it is cut off.
    var answer: [UInt8] = [0x12, 0x34, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0]
    answer += [1, 0x61, 0, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 80]
    let udp = Frames.summed(Frames.datagram(53, answer), at: 6, 17, Frames.addresses4)
    let packet = Frames.ipv4(17, udp)
    let whole = Frames.scrub(packet)
    #expect(whole.totals.addresses == 3)
    #expect(Frames.sums(whole.octets)[1] == .good)
    let (octets, info, totals) = Frames.scrub(packet, snap: .headers)
    #expect(octets == Array(whole.octets[0..<28]))
    #expect(info.originalLength == UInt32(packet.count))
    #expect(totals.snapped == 1)
    #expect(totals.withPayload == 0)
  }

  /// Where the card was to fill it in, the field has the sum of the pseudo-header, not its complement.
  @Test func sumsLeftToTheCardStayThose() {
    var segment = Frames.segment(Array("hello".utf8))
    let pseudo = Frames.addresses4 + Frames.big(UInt32(segment.count)) + [0, 0, 0, 6]
    segment.replaceSubrange(16..<18, with: Frames.big(~Frames.sum(pseudo)))
    let packet = Frames.ipv4(6, segment)
    #expect(Frames.sums(packet)[1] == .offloaded)
    let octets = Frames.scrub(packet).octets
    #expect(Frames.sums(octets)[1] == .offloaded)
    let cut = Frames.scrub(Array(packet[0..<40]), length: packet.count).octets
    #expect(cut == Array(octets[0..<40]))
  }

  /// What a card was to fill in wholly: were the change added to 0, it could be read there.
  @Test func zeroStaysZeroWhereItIsNotRight() {
    var packet = Frames.ipv4(6, Frames.segment())
    packet.replaceSubrange(10..<12, with: [0, 0])
    let octets = Frames.scrub(packet).octets
    #expect(octets[10..<12] == [0, 0])
    #expect(octets[36..<38] == [0, 0])
    // An identification with which 0 is right.
    var right = packet
    right.replaceSubrange(4..<6, with: [0, 0])
    right.replaceSubrange(4..<6, with: Frames.big(Frames.sum(Array(right[0..<20]))))
    #expect(Frames.sum(Array(right[0..<20])) == 0)
    #expect(Frames.sum(Array(Frames.scrub(right).octets[0..<20])) == 0)
  }

  @Test func noUDPChecksumStaysNone() {
    let packet = Frames.ipv4(17, Frames.datagram(9, [1, 2, 3]))
    let octets = Frames.scrub(packet).octets
    #expect(octets[26..<28] == [0, 0])
    #expect(octets[12..<20] != packet[12..<20])
  }

  /// One that comes out as 0 is written as 65535: RFC 768.
  @Test func aUDPChecksumNeverBecomesNone() {
    func scrubbed(_ payload: UInt16) -> UInt16 {
      let udp = Frames.summed(Frames.datagram(9, Frames.big(payload)), at: 6, 17, Frames.addresses4)
      return word(Frames.scrub(Frames.ipv4(17, udp)).octets, at: 26)
    }
    // What is missing to a sum of all ones.
    #expect(scrubbed(scrubbed(0)) == 0xffff)
  }

  /// The quoted packet's own sums change, and the message's with them.
  @Test func quotedPacketsAreSummedTwice() {
    let quoted = Frames.ipv4(6, Self.tcp)
    var message: [UInt8] = [3, 1, 0, 0, 0, 0, 0, 0] + quoted
    message.replaceSubrange(2..<4, with: Frames.big(Frames.sum(message)))
    let packet = Frames.ipv4(1, message, from: 0xc633_6402, to: 0xc000_0201)
    let octets = Frames.scrub(packet).octets
    #expect(Frames.sum(Array(octets[20...])) == 0)
    // The quoted packet is what it would be by itself.
    #expect(Array(octets[28...]) == Frames.scrub(quoted).octets)
    #expect(octets[12..<16] == octets[44..<48], "source and quoted destination are the same address")
    // Of which the headers are kept.
    #expect(Frames.scrub(packet, snap: .headers).octets == Array(octets[0..<68]))
  }

  /// The last address of a source route is the one that counts.
  @Test func sourceRoutesAreInThePseudoHeader() {
    let final = Frames.big(0xcb00_7109 as UInt32)
    // Loose source route: kind, length, pointer, two addresses, of which none was visited.
    let options: [UInt8] = [131, 11, 4, 10, 0, 0, 1] + final + [0]
    let udp = Frames.summed(Frames.datagram(9, [1]), at: 6, 17, Frames.big(0xc000_0201 as UInt32) + final)
    let octets = Frames.scrub(Frames.ipv4(17, udp, options: options)).octets
    #expect(Frames.sum(Array(octets[0..<32])) == 0)
    let addresses = Array(octets[12..<16]) + Array(octets[27..<31])
    #expect(octets[27..<31] != final[0...])
    #expect(Array(octets[32...]) == Frames.summed(Frames.datagram(9, [1]), at: 6, 17, addresses))
  }

  @Test func routingHeadersAndHomeAddressesAreInThePseudoHeader() {
    let (final, home) = (Frames.big(Frames.server6 + 9), Frames.big(Frames.client6 + 7))
    // A type 2 routing header has the one address that counts; a home address stands for the source.
    let routing: [UInt8] = [60, 2, 2, 1, 0, 0, 0, 0] + final
    let options: [UInt8] = [17, 2, 1, 2, 0, 0, 0xc9, 16] + home
    let udp = Frames.summed(Frames.datagram(9, [1]), at: 6, 17, home + final)
    let octets = Frames.scrub(Frames.ipv6(43, routing + options + udp)).octets
    let addresses = Array(octets[(40 + 24 + 8)..<(40 + 24 + 24)]) + Array(octets[48..<64])
    #expect(addresses != home + final)
    #expect(Array(octets[88...]) == Frames.summed(Frames.datagram(9, [1]), at: 6, 17, addresses))
  }

  @Test func neighborDiscoveryIsSummed() {
    // Neighbor solicitation with its target, and the source's hardware address.
    var message: [UInt8] = [135, 0, 0, 0, 0, 0, 0, 0] + Frames.big(Frames.server6) + [1, 1, 2, 0, 0, 0, 0, 10]
    message = Frames.summed(message, at: 2, 58, Frames.big(Frames.client6) + Frames.big(Frames.server6))
    let (octets, _, totals) = Frames.scrub(Frames.ipv6(58, message))
    #expect(Frames.sums(octets)[1] == .good)
    #expect(totals.addresses == 4)
    #expect(octets[24..<40] == octets[48..<64], "the destination and the target are the same address")
    #expect(Frames.scrub(Frames.ipv6(58, message), snap: .headers).octets == octets)
  }

  @Test func groupMembershipIsSummed() {
    // A report of version 3: one record of one group with one source.
    var message: [UInt8] = [0x22, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 239, 1, 2, 3, 192, 0, 2, 9]
    message.replaceSubrange(2..<4, with: Frames.big(Frames.sum(message)))
    let octets = Frames.scrub(Frames.ipv4(2, message, to: 0xe000_0016)).octets
    #expect(Frames.sum(Array(octets[20...])) == 0)
    #expect(octets[16..<20] == [224, 0, 0, 22])
    #expect(octets[32..<36] != [239, 1, 2, 3])
    #expect(octets[32] == 239)
    #expect(octets[36..<40] != [192, 0, 2, 9])
  }
}
