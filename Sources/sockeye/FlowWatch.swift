import Capture
import Flows
import Glibc
import Linux
import Output
import Wire

/// What a live capture of flows does from time to time: sweeps, shows, and ends when its time is over.
struct FlowWatch: ~Copyable {
  /// What is shown while packets come.
  enum Kind {
    /// A table on the terminal.
    case screen
    /// Objects of what had traffic.
    case updates
    /// Nothing before the end.
    case nothing
  }

  private let kind: Kind
  /// Times are in nanoseconds since the system's start.
  private let interval: Int64
  private let start: Int64
  private let end: Int64
  private var nextLook: Int64
  private var lastLook: Int64
  private var keyboard: Keyboard?
  private var size = (rows: 0, columns: 0)
  private var header = FlowHeader()
  /// What happened to interfaces while the screen was taken.
  private var events: [CaptureEvent] = []

  /// How often the keyboard and the terminal's size are looked at.
  private static let glance: Int64 = 100_000_000
  /// A look may take one part of so many of the time.
  private static let share: Int64 = 10

  /// A watch that begins now; intervals are in seconds.
  init(_ kind: Kind, interval: Double, duration: Double?, _ interfaces: [String], _ filter: String) {
    self.kind = kind
    self.interval = Int64(interval * 1e9)
    start = BootClock.nanosecondsSinceStart
    end = duration.map { Int64($0 * 1e9) &+ BootClock.nanosecondsSinceStart } ?? .max
    (nextLook, lastLook) = (start, start)
    header.interfaces = interfaces
    header.filter = filter
  }

  /// Takes the screen, where there is one to take.
  mutating func begin(_ pipeline: inout FlowPipeline) {
    guard kind == .screen else { return }
    keyboard = Keyboard(STDIN_FILENO)
    // The other screen, without a cursor, without lines that go on in the next row. See console_codes(4).
    pipeline.output.text.append("\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l")
    pipeline.flush()
  }

  /// Gives the screen back, and tells what happened meanwhile.
  mutating func finish(_ pipeline: inout FlowPipeline) {
    guard kind == .screen else { return }
    pipeline.output.text.append("\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l")
    pipeline.flush()
    keyboard = nil
    for event in events { CaptureReport.event(event) }
  }

  /// Does what is due; answers after how many milliseconds to come again, 0 where the capture is to end.
  mutating func tick(_ pipeline: inout FlowPipeline, _ counts: CaptureStatistics) -> Int32? {
    let now = BootClock.nanosecondsSinceStart
    if now >= end || isToQuit || pipeline.failure != nil { return 0 }
    if now >= nextLook {
      look(&pipeline, counts, now)
      let cost = BootClock.nanosecondsSinceStart &- now
      nextLook = max(nextLook &+ interval, now &+ cost &* Self.share)
    } else if kind == .screen, size != Self.size {
      paint(&pipeline)
    }
    var next = min(nextLook, end)
    if kind == .screen { next = min(next, now &+ Self.glance) }
    return Int32(clamping: max(1, (next &- BootClock.nanosecondsSinceStart &+ 999_999) / 1_000_000))
  }

  /// Takes note of what became of an interface.
  mutating func note(_ event: CaptureEvent) {
    guard kind == .screen else { return CaptureReport.event(event) }
    // A link that flaps for days is no reason to keep all of it.
    if events.count < 100 { events.append(event) }
    header.note = CaptureReport.words(event)
  }

  private var isToQuit: Bool {
    while let key = keyboard?.key() {
      if key == UInt8(ascii: "q") || key == UInt8(ascii: "Q") { return true }
    }
    return false
  }

  private mutating func look(_ pipeline: inout FlowPipeline, _ counts: CaptureStatistics, _ now: Int64) {
    let time = BootClock.nanosecondsSinceEpoch
    pipeline.advance(
      to: Timestamp(seconds: time / 1_000_000_000, nanoseconds: UInt32(truncatingIfNeeded: time % 1_000_000_000)))
    guard kind != .nothing else { return }
    pipeline.look()
    header.interval = UInt64(max(now &- lastLook, 1))
    lastLook = now
    if kind == .updates {
      pipeline.writeUpdates(header.interval)
    } else {
      header.before = header.totals
      header.totals = pipeline.table.totals
      header.flows = pipeline.table.count
      header.active = pipeline.rates.active
      header.dropped = counts.dropped
      header.elapsed = UInt64(max(now &- start, 0))
      paint(&pipeline)
    }
  }

  private mutating func paint(_ pipeline: inout FlowPipeline) {
    size = Self.size
    pipeline.paint(header, header.interval, rows: size.rows, columns: size.columns)
  }

  /// How many lines the table at the end may have, so that what is below it is still on the screen.
  var linesAtEnd: Int { kind == .screen ? max(Self.size.rows - 8, 10) : .max }

  private static var size: (rows: Int, columns: Int) {
    guard let size = Terminal.size(of: STDOUT_FILENO), size.rows > 0 else { return (24, 80) }
    return size
  }
}
