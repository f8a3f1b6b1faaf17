import Flows
import Testing
import Wire

/// One finding after another, by Wireshark's definitions; `Tests/flows` holds them against tshark.
@Suite struct TCPFindingsTests {
  /// A connection that is open, with 100 ms since.
  private func opened(windowScale: [UInt8] = [3, 3, 0, 1]) -> Feed {
    var feed = Feed()
    feed.put(Frames.tcp(0x02, 100, options: windowScale), at: 0)
    feed.put(Frames.tcp(0x12, 500, 101, options: windowScale, reversed: true), at: 1000)
    feed.put(Frames.tcp(0x10, 101, 501), at: 2000)
    return feed
  }

  private let ten = [UInt8](repeating: 0x61, count: 10)

  @Test func nothingInAPlainConnection() {
    var feed = opened()
    #expect(feed.put(Frames.tcp(0x18, 101, 501, ten), at: 100_000).findings.isEmpty)
    #expect(feed.put(Frames.tcp(0x10, 501, 111, reversed: true), at: 101_000).findings.isEmpty)
  }

  @Test func dataAgainIsARetransmission() {
    var feed = opened()
    feed.put(Frames.tcp(0x18, 101, 501, ten), at: 100_000)
    #expect(feed.put(Frames.tcp(0x18, 101, 501, ten), at: 400_000).findings == .retransmission)
    // Acknowledged data again is a spurious one, which Wireshark counts as a retransmission too.
    feed.put(Frames.tcp(0x10, 501, 111, reversed: true), at: 401_000)
    #expect(feed.put(Frames.tcp(0x18, 101, 501, ten), at: 500_000).findings == .spuriousRetransmission)
    #expect(feed.flows.first?.tcp?.counts.forward(0) == 2)
    #expect(feed.flows.first?.tcp?.counts.forward(2) == 1)
  }

  @Test func aGapAndWhatFillsIt() {
    var feed = opened()
    // 101 to 110 does not come.
    #expect(feed.put(Frames.tcp(0x18, 111, 501, ten), at: 100_000).findings == .lostSegment)
    // It repeats what the SYN+ACK of frame 2 acknowledged.
    let duplicate = feed.put(Frames.tcp(0x10, 501, 101, reversed: true), at: 100_100)
    #expect(duplicate.findings == .duplicateAck && duplicate.duplicates == 1 && duplicate.duplicateOf == 2)
    #expect(feed.put(Frames.tcp(0x10, 501, 101, reversed: true), at: 100_200).duplicates == 2)
    #expect(feed.put(Frames.tcp(0x18, 101, 501, ten), at: 110_000).findings == .fastRetransmission)
  }

  @Test func overtakenDataIsOutOfOrder() {
    var feed = opened()
    feed.put(Frames.tcp(0x18, 111, 501, ten), at: 100_000)
    // The handshake took 2 ms: within that it was only overtaken.
    #expect(feed.put(Frames.tcp(0x18, 101, 501, ten), at: 101_000).findings == .outOfOrder)
  }

  @Test func acknowledgedButNotCaptured() {
    var feed = opened()
    #expect(feed.put(Frames.tcp(0x10, 501, 900, reversed: true), at: 100_000).findings == .ackLostSegment)
  }

  @Test func closedAndFullWindows() {
    var feed = opened()
    feed.put(Frames.tcp(0x10, 501, 101, window: 10, reversed: true), at: 100_000)
    #expect(feed.put(Frames.tcp(0x18, 101, 501, ten), at: 100_100).findings == .windowFull)
    #expect(feed.put(Frames.tcp(0x10, 501, 111, window: 0, reversed: true), at: 100_200).findings == .zeroWindow)
    #expect(feed.put(Frames.tcp(0x10, 111, 501, [0x62]), at: 300_000).findings == .zeroWindowProbe)
    let answer = feed.put(Frames.tcp(0x10, 501, 111, window: 0, reversed: true), at: 300_100)
    #expect(answer.findings == [.zeroWindow, .zeroWindowProbeAck])
    #expect(feed.put(Frames.tcp(0x10, 501, 111, window: 500, reversed: true), at: 400_000).findings == .windowUpdate)
  }

  @Test func keepAlives() {
    var feed = opened()
    feed.put(Frames.tcp(0x18, 101, 501, ten), at: 100_000)
    feed.put(Frames.tcp(0x10, 501, 111, reversed: true), at: 101_000)
    #expect(feed.put(Frames.tcp(0x10, 110, 501), at: 9_000_000).findings == .keepAlive)
    #expect(feed.put(Frames.tcp(0x10, 501, 111, reversed: true), at: 9_001_000).findings == .keepAliveAck)
  }

  @Test func aResetIsCounted() {
    var feed = opened()
    #expect(feed.put(Frames.tcp(0x14, 101, 501, window: 0), at: 100_000).findings == .reset)
    #expect(feed.flows.first?.ending == .reset)
  }

  @Test func numbersWrapAround() {
    var feed = Feed()
    feed.put(Frames.tcp(0x10, 0xffff_fffb, 1, ten), at: 0)
    #expect(feed.put(Frames.tcp(0x10, 5, 1, ten), at: 100_000).findings.isEmpty)
    #expect(feed.put(Frames.tcp(0x10, 0xffff_fffb, 1, ten), at: 200_000).findings == .retransmission)
  }

  @Test func aRetransmittedSegmentTellsNoTime() {
    var feed = opened()
    feed.put(Frames.tcp(0x18, 101, 501, ten), at: 100_000)
    feed.put(Frames.tcp(0x18, 101, 501, ten), at: 400_000)
    feed.put(Frames.tcp(0x10, 501, 111, reversed: true), at: 401_000)
    // Only the SYN did.
    #expect(feed.flows.first?.tcp?.forward?.count == 1)
  }
}
