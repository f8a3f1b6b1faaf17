import Linux
import Output
import Wire

/// A batch of packets and the thread that writes it as text: two sides that take turns.
///
/// Between `submit` and the end of `waitForText` everything here is the thread's, else the calling thread's: that is
/// what the two semaphores say, and why it may be shared.
final class FormattingLane: @unchecked Sendable {
  /// The text of the batch, for the calling thread to take.
  var text: TextBuffer

  private var batch = FrameBatch()
  private var formatter: PacketFormatter
  private var names: [String] = []
  private var processes: [CapturedProcess] = []
  private var isSubmitted = false
  private var isEnding = false
  private let filled = Semaphore()
  private let written = Semaphore()

  init(_ formatter: consuming PacketFormatter, color: Bool) {
    self.formatter = formatter
    text = TextBuffer(capacity: 1 << 18, color: color)
  }

  /// Takes the next process of the source's table, for the batch that is submitted next.
  func add(_ process: CapturedProcess) { processes.append(process) }

  /// Takes a batch, leaves an empty one for it, and lets the thread work.
  func submit(_ batch: inout FrameBatch, names: [String]) {
    swap(&self.batch, &batch)
    if names != self.names {
      self.names = names
      formatter.setInterfaceNames(names)
    }
    for process in processes { formatter.add(process) }
    processes.removeAll(keepingCapacity: true)
    isSubmitted = true
    filled.signal()
  }

  /// Waits until the thread has written the batch; false where it has none.
  func waitForText() -> Bool {
    guard isSubmitted else { return false }
    written.wait()
    isSubmitted = false
    return true
  }

  /// Lets the thread end, once it has written what it has.
  func end() {
    _ = waitForText()
    isEnding = true
    filled.signal()
  }

  /// What the thread does.
  func run() {
    let layers = LayerStorage()
    while true {
      filled.wait()
      if isEnding { return }
      batch.write(with: &formatter, layers, into: &text)
      batch.removeAll()
      written.signal()
    }
  }
}
