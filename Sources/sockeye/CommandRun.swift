import Flows
import Glibc
import Linux
import Wire

/// A command whose packets are captured: it is started when the capture has begun, and the capture ends with it.
struct CommandRun: ~Copyable {
  /// The command's process and all that come from it.
  let family: ProcessFamily
  private let words: [String]
  private var child: ChildProgram?
  private var end: Int64 = 0
  private var frames = 0

  /// How long packets may still come out of the rings after the command's end, in nanoseconds.
  private static let grace: Int64 = 100_000_000
  /// How often it is looked at while frames come without a pause.
  private static let frameInterval = 256

  /// A command that is not started yet.
  init(_ words: [String]) {
    self.words = words
    family = ProcessFamily()
    child = nil
  }

  /// Starts it, as the user who called sudo.
  mutating func start() throws(CommandError) {
    do {
      let child = try ChildProgram(words, as: InvokingUser.current())
      family.add(child.pid)
      self.child = consume child
    } catch {
      switch error.code {
      case ENOENT: throw CommandError(.noInput, "no such command", at: words.first)
      case EACCES, EPERM: throw CommandError(.noPermission, "\(error)", at: words.first)
      default: throw CommandError(.systemError, "\(error)", at: words.first)
      }
    }
  }

  /// Whether the capture is to go on: as long as the command runs, and a moment longer.
  mutating func goesOn() -> Bool {
    guard child != nil, child?.poll() != nil else { return true }
    let now = BootClock.nanosecondsSinceStart
    if end == 0 { end = now &+ Self.grace }
    return now < end
  }

  /// The same, for every frame: it looks now and then.
  mutating func goesOnAtFrame() -> Bool {
    frames &+= 1
    return frames % Self.frameInterval != 0 || goesOn()
  }

  /// Waits for the command's end, and gives the status that it ended with, as a shell would: 128 and the signal's number
  /// for one that was ended by a signal.
  ///
  /// - Parameter signal: what ended the capture, which then ends the command too.
  mutating func wait(after signal: Int32?) -> Int32 {
    if let signal { child?.signal(signal) }
    while child != nil {
      if let ending = child?.poll() {
        switch ending {
        case .exited(let status): return status
        case .signaled(let number): return 128 &+ number
        }
      }
      ProcessClock.sleep(milliseconds: 5)
    }
    return 0
  }
}

/// How much each process sent and received, for the end of a capture of a command.
struct ProcessSummary {
  private struct Sums {
    var name: String
    var packets: UInt64 = 0
    var sent: UInt64 = 0
    var received: UInt64 = 0
  }

  private var sums: [Sums] = []

  /// Takes the next process.
  mutating func add(_ process: CapturedProcess) {
    sums.append(Sums(name: "\(String(decoding: process.name, as: UTF8.self))[\(process.pid)]"))
  }

  /// Counts a packet, at the end of its line.
  mutating func add(_ info: FrameInfo) {
    let (own, peer) = (Int(info.owner.process), Int(info.owner.peer))
    let octets = UInt64(info.originalLength)
    if own < sums.count {
      sums[own].packets &+= 1
      // A packet with two owners here was sent by the first.
      if info.direction == .inbound, info.owner.peer == FrameOwner.unknown {
        sums[own].received &+= octets
      } else {
        sums[own].sent &+= octets
      }
    }
    if peer < sums.count {
      sums[peer].packets &+= 1
      sums[peer].received &+= octets
    }
  }

  /// Writes a line for each process, the busiest first.
  func write() {
    let busy = sums.filter { $0.packets > 0 }.sorted { ($0.sent &+ $0.received) > ($1.sent &+ $1.received) }
    guard !busy.isEmpty else { return }
    let width = max(busy.map(\.name.count).max() ?? 0, "process".count)
    let titles = ["packets", "sent", "received"].map { OwnerReport.right($0, 12) }.joined()
    Console.report(OwnerReport.padded("process", width) + titles)
    for one in busy {
      let numbers = [one.packets, one.sent, one.received].map { OwnerReport.right(String($0), 12) }.joined()
      Console.report(OwnerReport.padded(one.name, width) + numbers)
    }
  }
}
