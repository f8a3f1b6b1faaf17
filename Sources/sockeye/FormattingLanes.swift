import Capture
import Linux
import Output
import Wire

/// Packets written as text in several threads, in the order in which they came: formatting is most of the work.
///
/// The calling thread collects the frames of a piece of the file as a batch, for one lane after another; before a lane
/// gets its next batch the text of the one before is given out. What depends on earlier packets, which is what sequence
/// numbers count from and what is noteworthy about a segment, is found out while the batch is collected. A batch waits
/// for a thread, or where enough of them wait the calling thread writes it itself: no thread ever waits for work while
/// there is some, and there are no more threads than processors.
struct FormattingLanes: ~Copyable {
  /// Is given text that is ready; false where no more is wanted.
  typealias Sink = (inout TextBuffer) -> Bool

  /// A file smaller than this, in octets, is not worth starting threads for.
  static let worthwhileLength: UInt64 = 4 << 20
  /// The calling thread cannot feed more threads than this.
  private static let maximumThreads = 4

  private let lanes: [FormattingLane]
  private let queue: FormattingQueue
  private var threads: [WorkerThread] = []
  private var next = 0
  private var batch = FrameBatch()
  private var names: [String] = []
  private var sequences = RelativeSequences()
  private let showsSequences: Bool
  private let showsFindings: Bool
  private var findings: FindingsTable?
  private let layers = LayerStorage()

  /// Lanes and threads for them; nil where there is one processor only, or threads cannot be started.
  init?(style: PacketFormatter.Style, hexadecimal: Bool, color: Bool) {
    showsSequences = style != .json
    showsFindings = style != .line
    findings = showsFindings ? FindingsTable() : nil
    let wanted = min(WorkerThread.processors &- 1, Self.maximumThreads)
    // For each thread one that it writes and two that wait, one that the calling thread writes, and some that are done
    // before an earlier one.
    let lanes = (0..<max(3 &* wanted &+ 3, 0)).map { _ in
      FormattingLane(PacketFormatter(style: style, hexadecimal: hexadecimal), color: color)
    }
    self.lanes = lanes
    let queue = FormattingQueue(lanes)
    self.queue = queue
    for _ in 0..<max(wanted, 0) {
      guard let thread = try? WorkerThread({ queue.run() }) else { break }
      threads.append(thread)
    }
    guard !threads.isEmpty else { return nil }
  }

  deinit { Self.end(threads, queue) }

  /// Adds a packet.
  mutating func append(_ frame: borrowing Frame) {
    if showsSequences {
      batch.append(frame, sequences.reference(to: TCPSegment(frame, layers)))
    } else {
      batch.append(frame)
    }
    if showsFindings, let update = findings?.update(frame) { batch.note(update) }
  }

  /// Takes the piece that the packets lie in which were added, and has them written; false where the sink wants no more.
  mutating func endPiece(_ exchange: Savefile.PieceExchange, _ sink: Sink) -> Bool {
    guard !batch.isEmpty else { return true }
    batch.take(exchange)
    if showsSequences { batch.learn(from: &sequences) }
    let goesOn = giveOut(sink)
    lanes[next].submit(&batch, names: names)
    if queue.waiting >= 2 &* threads.count { lanes[next].write(layers) } else { queue.put(next) }
    next = (next &+ 1) % lanes.count
    return goesOn
  }

  /// Tells how the source's interfaces are called from here on, between two pieces.
  mutating func setInterfaceNames(_ names: [String]) { self.names = names }

  /// Takes the next process of the source's table.
  mutating func add(_ process: CapturedProcess) {
    for lane in lanes { lane.add(process) }
  }

  /// Gives out all that is still on its way and ends the threads; false where the sink wants no more.
  mutating func finish(_ sink: Sink) -> Bool {
    var goesOn = true
    // The next lane is the one that was handed its batch first.
    for _ in lanes {
      goesOn = giveOut(sink) && goesOn
      next = (next &+ 1) % lanes.count
    }
    Self.end(threads, queue)
    threads = []
    return goesOn
  }

  private func giveOut(_ sink: Sink) -> Bool {
    guard lanes[next].waitForText() else { return true }
    let goesOn = sink(&lanes[next].text)
    lanes[next].text.removeAll()
    return goesOn
  }

  private static func end(_ threads: [WorkerThread], _ queue: FormattingQueue) {
    for _ in threads { queue.end() }
    for thread in threads { thread.join() }
  }
}
