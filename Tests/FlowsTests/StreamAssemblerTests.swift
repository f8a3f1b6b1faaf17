import Flows
import Testing
import Wire

/// What comes out, as text: `>abc` or `<abc`, and `(3)` for a gap.
private struct Transcript: StreamSink {
  var text = ""
  private var isForward: Bool?

  private mutating func turn(_ forward: Bool) {
    if isForward != forward { text += forward ? ">" : "<" }
    isForward = forward
  }

  mutating func data(_ octets: RawSpan, isForward: Bool) {
    turn(isForward)
    for index in 0..<octets.byteCount { text.append(Character(UnicodeScalar(octets.uint8(at: index)))) }
  }

  mutating func gap(_ octets: UInt64, isForward: Bool) {
    turn(isForward)
    text += "(\(octets))"
  }
}

@Suite struct StreamAssemblerTests {
  /// Segments as sequence number and text from the client, or an acknowledgment number from the server.
  private enum Step {
    case sends(UInt32, String)
    case acknowledges(UInt32)
    case answers(String)
  }

  private func transcript(_ steps: [Step], limit: Int = 1 << 20, cut: Int = 0) -> String {
    var assembler = StreamAssembler(limit: limit)
    var sink = Transcript()
    let layers = LayerStorage()
    func take(_ octets: [UInt8], isForward: Bool, cut: Int = 0) {
      let info = FrameInfo(
        timestamp: Timestamp(seconds: 0, nanoseconds: 0), originalLength: UInt32(octets.count), linkType: .ethernet)
      withBytes(Array(octets.dropLast(cut))) { bytes in
        let packet = Packet(Frame(bytes, info), in: layers)
        guard let flow = packet.flowPacket() else { return }
        assembler.take(packet, flow, isForward: isForward, into: &sink)
      }
    }
    take(Frames.tcp(0x02, 100), isForward: true)
    take(Frames.tcp(0x12, 500, 101, reversed: true), isForward: false)
    for step in steps {
      switch step {
      case .sends(let sequence, let text):
        take(Frames.tcp(0x10, sequence, 501, Array(text.utf8)), isForward: true, cut: cut)
      case .acknowledges(let number): take(Frames.tcp(0x10, 501, number, reversed: true), isForward: false)
      case .answers(let text): take(Frames.tcp(0x10, 501, 101, Array(text.utf8), reversed: true), isForward: false)
      }
    }
    assembler.finish(into: &sink)
    return sink.text
  }

  @Test func inOrder() {
    #expect(transcript([.sends(101, "abc"), .sends(104, "def"), .answers("ok")]) == ">abcdef<ok")
  }

  @Test func outOfOrder() {
    #expect(transcript([.sends(104, "def"), .sends(107, "ghi"), .sends(101, "abc")]) == ">abcdefghi")
  }

  @Test func whatWasReadStays() {
    #expect(transcript([.sends(101, "abc"), .sends(101, "XYZd"), .sends(102, "XY")]) == ">abcd")
  }

  @Test func ofTwoThatWaitTheOneThatBeginsEarlierHasTheOverlap() {
    #expect(transcript([.sends(104, "def"), .sends(105, "XYZ"), .sends(101, "abc")]) == ">abcdefZ")
  }

  @Test func oneThatCoversAnotherTakesItsPlace() {
    #expect(transcript([.sends(105, "e"), .sends(104, "XYZ"), .sends(101, "abc")]) == ">abcXYZ")
    #expect(transcript([.sends(104, "def"), .sends(105, "Y"), .sends(101, "abc")]) == ">abcdef")
  }

  @Test func acknowledgedGapsAreMarked() {
    #expect(
      transcript([.sends(101, "abc"), .sends(109, "ijk"), .acknowledges(112), .sends(112, "l")]) == ">abc(5)ijkl")
    #expect(transcript([.sends(101, "abc"), .acknowledges(110), .sends(110, "j")]) == ">abc(6)j")
  }

  @Test func anAcknowledgmentMayStandBeforeWhatItAcknowledges() {
    #expect(transcript([.sends(101, "abc"), .acknowledges(107), .sends(104, "def"), .answers("ok")]) == ">abcdef<ok")
    #expect(transcript([.acknowledges(107), .sends(104, "def"), .sends(101, "abc")]) == ">abcdef")
    // One of what was never sent is taken back by the next one.
    #expect(
      transcript([.sends(101, "abc"), .acknowledges(900_000_101), .acknowledges(104), .sends(104, "def")])
        == ">abcdef")
    // After sixteen more packets it is believed.
    let others = [Step](repeating: .acknowledges(112), count: 17)
    #expect(
      transcript([.sends(101, "abc"), .sends(109, "ijk")] + others + [.answers("ok"), .sends(104, "defgh")])
        == ">abc(5)ijk<ok")
  }

  @Test func unacknowledgedGapsAreMarkedAtTheEnd() {
    #expect(transcript([.sends(101, "abc"), .sends(109, "ijk")]) == ">abc(5)ijk")
  }

  @Test func whatTheCaptureCutIsAGap() {
    #expect(transcript([.sends(101, "abcdef"), .sends(107, "ghijkl")], cut: 4) == ">ab(4)gh(4)")
  }

  @Test func memoryIsBounded() {
    // Ten octets may wait: with twelve, the gap is given up.
    #expect(
      transcript([.sends(105, "eeeeee"), .sends(111, "ffffff"), .sends(101, "abcd")], limit: 10) == ">(4)eeeeeeffffff")
  }
}
