import Output
import Testing
import Wire

/// Relative numbers by Wireshark's definitions, seen on the lines.
@Suite(.serialized) struct RelativeSequencesTests {
  private func numbers(_ frames: [[UInt8]]) -> [String] {
    formatted(frames).split(separator: "\n").map { line in
      let words = line.split(separator: " ")
      let sequence = words.firstIndex(of: "seq").map { words[$0 + 1] } ?? "-"
      let acknowledgment = words.firstIndex(of: "ack").map { words[$0 + 1] } ?? "-"
      return "\(sequence) \(acknowledgment)"
    }
  }

  @Test func handshake() {
    #expect(
      numbers([
        segment(0x02, 1000), segment(0x12, 70_000, 1001, reversed: true), segment(0x10, 1001, 70_001),
      ]) == ["0 -", "0 1", "1 1"])
  }

  @Test func firstSeenInTheMiddle() {
    #expect(numbers([segment(0x10, 5000, 900), segment(0x10, 910, 5001, reversed: true)]) == ["1 1", "11 2"])
  }

  @Test func numbersWrapAround() {
    #expect(numbers([segment(0x02, 0xffff_ffff), segment(0x10, 0, 9)]) == ["0 -", "1 1"])
  }

  @Test func anotherSynchronizeBeginsAnew() {
    #expect(
      numbers([
        segment(0x02, 1000), segment(0x12, 70_000, 1001, reversed: true), segment(0x02, 1000), segment(0x02, 2000),
        segment(0x12, 90_000, 2001, reversed: true),
      ]) == ["0 -", "0 1", "0 -", "0 -", "0 1"])
  }

  @Test func networksOfATunnelAreApart() {
    var sequences = RelativeSequences()
    var segment = TCPSegment()
    (segment.source, segment.destination, segment.sourcePort, segment.destinationPort) = (1, 2, 3, 4)
    segment.flags = .synchronize
    let tunnels = [
      FlowTunnel(), FlowTunnel(.vxlan, identifier: 1), FlowTunnel(.vxlan, identifier: 2), FlowTunnel(.gre),
    ]
    for round in 0..<2 as Range<UInt32> {
      for (place, tunnel) in tunnels.enumerated() {
        segment.tunnel = tunnel
        segment.sequenceNumber = UInt32(place) * 1000 + round * 5
        if round > 0 { segment.flags = .push }
        #expect(sequences.bases(for: segment).sequence == UInt32(place) * 1000)
      }
    }
    #expect(sequences.count == tunnels.count)
  }

  @Test func halfAMillionConnectionsAreKept() {
    var sequences = RelativeSequences()
    for round in 0..<2 as Range<UInt32> {
      var wrong = 0
      for flow in 0..<500_000 as Range<UInt32> {
        var segment = TCPSegment()
        segment.source = 0x0a00_0000 + UInt128(flow >> 14)
        segment.destination = 0xc000_0201
        segment.sourcePort = UInt16(flow & 0x3fff)
        segment.destinationPort = 443
        // A connection that was forgotten would begin anew, one before its number.
        segment.sequenceNumber = flow &* 77 &+ round &* 2
        segment.flags = round == 0 ? .synchronize : .push
        let bases = sequences.bases(for: segment)
        if bases.sequence != flow &* 77 { wrong += 1 }
      }
      #expect(wrong == 0)
    }
    #expect(sequences.count == 500_000)
  }
}
