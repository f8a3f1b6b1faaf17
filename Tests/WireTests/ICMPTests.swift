import Testing

@testable import Wire

/// An ICMP error as raw IP about an empty UDP datagram that is filled up to `quoted` octets.
private func exceeded(words: UInt8, quoted: Int, _ extensions: [UInt8]) -> [UInt8] {
  let about = ipv4(17, 8) + [0, 1, 0, 2, 0, 8, 0, 0]
  let message =
    [11, 0, 0, 0, 0, words, 0, 0] + about + [UInt8](repeating: 0, count: Swift.max(quoted - about.count, 0))
    + extensions
  return ipv4(1, message.count) + message
}

/// Fills in the checksum of extensions.
private func summed(_ extensions: [UInt8]) -> [UInt8] {
  var octets = extensions
  octets.replaceSubrange(2..<4, with: (~withBytes(extensions) { Checksum.fold(Checksum.add($0)) }).octets)
  return octets
}

/// The fields of the ICMP layer.
private func fields(_ octets: [UInt8]) -> [String] {
  withBytes(octets) { bytes in
    let info = FrameInfo(
      timestamp: Timestamp(seconds: 0, nanoseconds: 0), originalLength: UInt32(octets.count), linkType: .raw)
    let layers = LayerStorage()
    var lines = FieldLines()
    Packet(Frame(bytes, info), in: layers).visitFields(ofLayerAt: 1, &lines)
    return lines.lines
  }
}

@Suite struct ICMPTests {
  /// Labels 16001 and 17, the last at the bottom of the stack.
  let labels = summed([0x20, 0, 0, 0, 0, 12, 1, 1, 0x03, 0xe8, 0x10, 0x01, 0x00, 0x01, 0x1b, 0x40])

  @Test func labelStack() {
    let frame = exceeded(words: 32, quoted: 128, labels)
    #expect(
      Shown(frame, linkType: .raw).summary
        .contains("ICMP time exceeded in transit mpls label 16001,17 [bad ICMP checksum] (about "))
    #expect(
      fields(frame).suffix(15) == [
        "ext.version=2", "ext.res=0x000",
        "ext.checksum=0x\(String(labels[2], radix: 16))\(String(labels[3], radix: 16))",
        "ext.checksum.status=1", "ext.length=12", "ext.class=1", "ext.ctype=1", "mpls.label=16001", "mpls.exp=0",
        "mpls.s=0", "mpls.ttl=1", "mpls.label=17", "mpls.exp=5", "mpls.s=1", "mpls.ttl=64",
      ])
    #expect(decodeDamaged(frame) > 0)
  }

  @Test func withoutLength() {
    // Older routers put them behind 128 octets and say nothing: there the checksum decides.
    #expect(Shown(exceeded(words: 0, quoted: 128, labels), linkType: .raw).summary.contains("mpls label 16001,17"))
    var wrong = labels
    wrong[2] ^= 1
    #expect(!Shown(exceeded(words: 0, quoted: 128, wrong), linkType: .raw).summary.contains("mpls"))
    #expect(Shown(exceeded(words: 32, quoted: 128, wrong), linkType: .raw).summary.contains("mpls"))
    #expect(fields(exceeded(words: 32, quoted: 128, wrong)).contains("ext.checksum.status=0"))
  }

  @Test func objectsThatLie() {
    for length: UInt8 in [0, 3, 13, 255] {
      var lying = labels
      lying[5] = length
      #expect(!Shown(exceeded(words: 32, quoted: 128, lying), linkType: .raw).summary.contains("mpls"))
    }
  }

  @Test func nothingQuoted() {
    let bare = ipv4(1, 8) + [3, 3, 0xfc, 0xfc, 0, 0, 0, 0]
    let shown = Shown(bare, linkType: .raw)
    #expect(shown.protocols == "raw:ip:icmp")
    #expect(shown.stop == nil)
  }
}
