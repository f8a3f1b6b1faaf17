import Capture
import Foundation
import Testing

@testable import Wire

/// The common way through Ethernet, a VLAN tag, IPv4 and IPv6 says what the headers by themselves say, on every frame of every capture,
/// cut at every length and with each octet of the first three headers changed.
@Suite struct CommonWayTests {
  @Test func bothWaysAgree() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("fixtures/captures")
    var compared = 0
    var common = 0
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
      var file = try Savefile(path: folder.appendingPathComponent(name).path)
      try? file.forEachFrame { frame in
        var octets: [UInt8] = []
        for index in 0..<min(frame.bytes.byteCount, 2048) { octets.append(frame.bytes.uint8(at: index)) }
        let info = frame.info
        for position in 0..<min(octets.count, 90) {
          for change in (position < 40 ? [0x01, 0x10, 0x80, 0xff] : [0x11]) as [UInt8] {
            var changed = octets
            changed[position] ^= change
            compared += 1
            if Self.compare(changed, info) { common += 1 }
          }
        }
        for count in 0..<min(octets.count, 100) {
          compared += 1
          if Self.compare(Array(octets.prefix(count)), info) { common += 1 }
        }
        return true
      }
    }
    #expect(compared > 100_000)
    #expect(common > 10_000, "the common way was hardly taken")
  }

  /// Holds the two ways against each other; whether the common one was taken.
  private static func compare(_ octets: [UInt8], _ info: FrameInfo) -> Bool {
    let one = LayerStorage()
    let other = LayerStorage()
    return withBytes(octets) { bytes in
      let fast = Packet(Frame(bytes, info), in: one)
      let slow = Packet(Frame(bytes, info), in: other, takesCommonWay: false)
      #expect(fast.layerCount == slow.layerCount)
      #expect(fast.stop == slow.stop)
      #expect(fast.unfinished == slow.unfinished)
      for index in 0..<slow.layerCount {
        let left = fast.layer(at: index)
        let right = slow.layer(at: index)
        let isSame =
          left.kind == right.kind && left.nesting == right.nesting && left.usesEtherType == right.usesEtherType
          && left.isPartial == right.isPartial && left.depth == right.depth && left.offset == right.offset
          && left.headerLength == right.headerLength && left.capturedLength == right.capturedLength
          && left.wireLength == right.wireLength
        if !isSame { Issue.record("layer \(index) of \(octets.prefix(40)): \(left), \(right)") }
      }
      // And the line: the common way against each header's own phrase.
      let bases = SequenceBases(sequence: 0x1234_5678, acknowledgment: 0x9abc_def0)
      var line = TextBuffer()
      fast.summarize(into: &line, bases, takesCommonWay: true)
      var phrases = TextBuffer()
      slow.summarize(into: &phrases, bases, takesCommonWay: false)
      if !line.bytes.equals(phrases.bytes) {
        Issue.record("line of \(octets.prefix(80)): \(Self.text(line)), \(Self.text(phrases))")
      }
      // And the line of a frame that is decoded only where it must be.
      if info.frameCheckSequenceLength == 0 {
        var whole = TextBuffer()
        let progress = whole.append(lineOf: bytes, info.linkType, info.checksumOffload, sequences: bases)
        if progress == .segment { fast.summarizePayload(into: &whole, sequences: bases) }
        if progress != .whole { whole.append("\n") }
        phrases.append("\n")
        if progress != .none, !whole.bytes.equals(phrases.bytes) {
          Issue.record("line of the frame \(octets.prefix(80)): \(Self.text(whole)), \(Self.text(phrases))")
        }
      }
      // What a connection learns, with and without decoding.
      let segment = TCPSegment(Frame(bytes, info), other)
      let decoded = Packet(Frame(bytes, info), in: other, takesCommonWay: false).segment()
      if !Self.isSame(segment, decoded) { Issue.record("segment of \(octets.prefix(80))") }
      return Packet.decodeCommon(bytes, info.linkType, wireEnd: bytes.byteCount, LayerList(one)) != nil
    }
  }

  private static func isSame(_ left: TCPSegment?, _ right: TCPSegment?) -> Bool {
    guard let left, let right else { return left == nil && right == nil }
    return left.source == right.source && left.destination == right.destination && left.sourcePort == right.sourcePort
      && left.destinationPort == right.destinationPort && left.sequenceNumber == right.sequenceNumber
      && left.acknowledgmentNumber == right.acknowledgmentNumber && left.flags == right.flags
      && left.tunnel == right.tunnel
  }

  private static func text(_ buffer: borrowing TextBuffer) -> String {
    String(decoding: (0..<buffer.count).map { buffer.bytes.uint8(at: $0) }, as: UTF8.self)
  }
}
