import Linux
import Output
import Wire

/// Packets written as text in several threads, in the order in which they came: formatting is most of the work.
///
/// The calling thread collects a batch and hands it to one lane after another; before it hands a lane its next batch it
/// gives out the text of the one before. What depends on earlier packets, which is what sequence numbers count from and
/// what is noteworthy about a segment, is found out while the batch is collected.
struct FormattingLanes: ~Copyable {
  /// Is given text that is ready; false where no more is wanted.
  typealias Sink = (inout TextBuffer) -> Bool

  /// A file smaller than this, in octets, is not worth starting threads for.
  static let worthwhileLength: UInt64 = 4 << 20

  private var lanes: [FormattingLane] = []
  private var threads: [WorkerThread] = []
  private var next = 0
  private var batch = FrameBatch()
  private var names: [String] = []
  private var sequences = RelativeSequences()
  private let showsSequences: Bool
  private var findings: FindingsTable?
  private let layers = LayerStorage()

  /// Lanes with a thread each; nil where there is one processor only, or threads cannot be started.
  init?(style: PacketFormatter.Style, hexadecimal: Bool, color: Bool) {
    showsSequences = style != .json
    findings = style == .line ? nil : FindingsTable()
    let processors = WorkerThread.processors
    guard processors > 1 else { return nil }
    // More than can run at once, so that none of these waits; the calling thread cannot feed more than six.
    for _ in 0..<min(processors + 2, 6) {
      let lane = FormattingLane(PacketFormatter(style: style, hexadecimal: hexadecimal), color: color)
      do {
        threads.append(try WorkerThread { lane.run() })
      } catch {
        break
      }
      lanes.append(lane)
    }
    if lanes.count < 2 {
      stop()
      return nil
    }
  }

  deinit {
    for lane in lanes { lane.end() }
    for thread in threads { thread.join() }
  }

  /// Adds a packet; false where the sink wants no more.
  mutating func append(_ frame: borrowing Frame, _ sink: Sink) -> Bool {
    if showsSequences {
      batch.append(frame, sequences.reference(to: TCPSegment(frame, layers)), learning: &sequences)
    } else {
      batch.append(frame)
    }
    if let update = findings?.update(frame) { batch.note(update) }
    return batch.isFull ? submit(sink) : true
  }

  /// Tells how the source's interfaces are called from here on; false where the sink wants no more.
  mutating func setInterfaceNames(_ names: [String], _ sink: Sink) -> Bool {
    // Packets that came before are shown with the names of then.
    let goesOn = submit(sink)
    self.names = names
    return goesOn
  }

  /// Takes the next process of the source's table.
  mutating func add(_ process: CapturedProcess) {
    for lane in lanes { lane.add(process) }
  }

  /// Gives out all that is still on its way and ends the threads; false where the sink wants no more.
  mutating func finish(_ sink: Sink) -> Bool {
    var goesOn = submit(sink)
    // The next lane is the one that was handed its batch first.
    for _ in lanes {
      goesOn = giveOut(sink) && goesOn
      next = (next + 1) % lanes.count
    }
    stop()
    return goesOn
  }

  /// Hands the batch to the next lane, whose text is given out before.
  private mutating func submit(_ sink: Sink) -> Bool {
    guard !batch.isEmpty, !lanes.isEmpty else { return true }
    let goesOn = giveOut(sink)
    if showsSequences { batch.finishLearning(with: &sequences) }
    lanes[next].submit(&batch, names: names)
    next = (next + 1) % lanes.count
    return goesOn
  }

  private func giveOut(_ sink: Sink) -> Bool {
    guard lanes[next].waitForText() else { return true }
    let goesOn = sink(&lanes[next].text)
    lanes[next].text.removeAll()
    return goesOn
  }

  private mutating func stop() {
    for lane in lanes { lane.end() }
    for thread in threads { thread.join() }
    lanes = []
    threads = []
  }
}
