import Linux
import Output
import Synchronization
import Wire

/// A batch of packets on its way to being text.
///
/// Between `submit` and the end of `waitForText` everything here is that thread's which writes it, else the calling
/// thread's: that is what the queue and the semaphore say, and why it may be shared.
final class FormattingLane: @unchecked Sendable {
  /// The text of the batch, for the calling thread to take.
  var text: TextBuffer

  private var batch = FrameBatch()
  private var formatter: PacketFormatter
  private var names: [String] = []
  private var processes: [CapturedProcess] = []
  private var isSubmitted = false
  private let written = Semaphore()

  init(_ formatter: consuming PacketFormatter, color: Bool) {
    self.formatter = formatter
    text = TextBuffer(capacity: 1 << 16, color: color)
  }

  /// Takes the next process of the source's table, for the batch that is submitted next.
  func add(_ process: CapturedProcess) { processes.append(process) }

  /// Takes a batch, and leaves an empty one for it; it is then to be written.
  func submit(_ batch: inout FrameBatch, names: [String]) {
    swap(&self.batch, &batch)
    if names != self.names {
      self.names = names
      formatter.setInterfaceNames(names)
    }
    for process in processes { formatter.add(process) }
    processes.removeAll(keepingCapacity: true)
    isSubmitted = true
  }

  /// Writes the batch as text, in whichever thread.
  func write(_ layers: borrowing LayerStorage) {
    batch.write(with: &formatter, layers, into: &text)
    batch.removeAll()
    written.signal()
  }

  /// Waits until the batch has been written; false where there is none.
  func waitForText() -> Bool {
    guard isSubmitted else { return false }
    written.wait()
    isSubmitted = false
    return true
  }
}

/// The batches that wait for a thread to write them.
final class FormattingQueue: Sendable {
  private let lanes: [FormattingLane]
  private let filled = Semaphore()
  private let places = Mutex<[Int]>([])

  init(_ lanes: [FormattingLane]) { self.lanes = lanes }

  /// How many batches no thread has begun with.
  var waiting: Int { places.withLock { $0.count } }

  /// Tells that the lane at a place has a batch to be written.
  func put(_ place: Int) {
    places.withLock { $0.append(place) }
    filled.signal()
  }

  /// Lets one of the threads end, once no batch waits.
  func end() { filled.signal() }

  /// What a thread does.
  func run() {
    let layers = LayerStorage()
    while true {
      filled.wait()
      let place = places.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      guard let place else { return }
      lanes[place].write(layers)
    }
  }
}
