import Capture
import Flows
import Linux
import Wire

/// A live capture whose packets come with their owners, where those are looked for; and only those of wanted owners.
struct OwnedCapture: ~Copyable {
  /// The capture itself.
  private(set) var capture: LiveCapture
  /// Packets that came in and are of other owners than those wanted.
  private(set) var others: UInt64 = 0
  /// How many packets and flows were attributed; nil where owners were not looked for.
  private(set) var counts: OwnerCounts?
  /// Frames that waited for their owners when no more were wanted.
  private(set) var abandoned = 0

  private var owners: LiveOwners?
  private var filter: FileOwnerFilter

  init(_ capture: consuming LiveCapture, _ owners: consuming LiveOwners?, _ filter: FileOwnerFilter) {
    self.capture = capture
    self.owners = owners
    self.filter = filter
  }

  /// Hands out frames until a receiver wants no more, a signal comes, or every interface is gone.
  ///
  /// `idleMilliseconds`: how often `onIdle` is called at least; nil: only when something happened.
  mutating func run(
    idleMilliseconds: Int32? = nil, _ onProcess: (CapturedProcess) -> Void, onFrame: LiveOwners.Receiver,
    onIdle: () -> Bool, onTick: (CaptureStatistics) -> Int32? = { _ in nil }, onEvent: (CaptureEvent) -> Void
  ) throws(CaptureError) {
    guard var owners = owners.take() else {
      return try capture.run(
        idleMilliseconds: idleMilliseconds, onFrame: { onFrame(&$0, FrameAttribution()) }, onIdle: onIdle,
        onTick: onTick, onEvent: onEvent)
    }
    for line in owners.shortcomings { Console.report("sockeye: \(line)") }
    var (filter, others) = (filter, UInt64(0))
    func tell(_ processes: [CapturedProcess]) {
      filter.add(processes[...])
      for process in processes { onProcess(process) }
    }
    // Where all are wanted, each frame saves the way through the filter.
    let failure =
      filter.isEmpty
      ? run(&owners, idleMilliseconds, tell, onFrame, onIdle, onTick, onEvent)
      : run(
        &owners, idleMilliseconds, tell,
        { frame, attribution in
          if filter.keeps(frame.info.owner) { return onFrame(&frame, attribution) }
          others += 1
          return true
        }, onIdle, onTick, onEvent)
    counts = owners.counts
    abandoned = owners.abandoned
    self.others = others
    if let failure { throw failure }
  }

  /// The same with those who look for owners.
  private mutating func run(
    _ owners: inout LiveOwners, _ idleMilliseconds: Int32?, _ tell: ([CapturedProcess]) -> Void,
    _ receive: LiveOwners.Receiver, _ onIdle: () -> Bool, _ onTick: (CaptureStatistics) -> Int32?,
    _ onEvent: (CaptureEvent) -> Void
  ) -> CaptureError? {
    var failure: CaptureError?
    do throws(CaptureError) {
      try capture.run(
        idleMilliseconds: Self.shorter(owners.patience, idleMilliseconds),
        onFrame: { owners.take(&$0, onProcesses: tell, receive) },
        onIdle: { owners.release(onProcesses: tell, receive) && onIdle() }, onNext: { owners.foresee($0, $1) },
        onTick: onTick, onEvent: onEvent)
    } catch {
      failure = error
    }
    // What was captured before the end is shown with its owner, too.
    owners.finish(onProcesses: tell, receive)
    return failure
  }

  private static func shorter(_ one: Int32?, _ other: Int32?) -> Int32? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
  }
}
