import Glibc
import Linux
public import Wire

extension LiveCapture {
  /// Is shown the octets of a frame that will come behind the next one, as they are in the ring, and their link type; what it
  /// answers comes with the frame (`FrameInfo.foreseen`).
  public typealias Foresight = (RawSpan, LinkType) -> UInt32

  /// How often an interface that is down is looked at, in milliseconds.
  private static let lookMilliseconds: Int32 = 100

  /// Hands out frames until `onFrame` or `onIdle` returns false, a signal comes, or every interface is gone; then no
  /// more come in, and what the rings still hold is handed out too (unless `onFrame` ended it) and counted.
  ///
  /// `onIdle` is called whenever no frame is ready, before waiting, which then lasts at most `idleMilliseconds` if that
  /// gives any. `onTick` is called at the beginning and again after as many milliseconds as it answers with, however
  /// many frames come, with the counts up to then; it answers with nil to have no more calls, and with 0 to end the
  /// capture.
  public mutating func run(
    idleMilliseconds: @autoclosure () -> Int32? = nil, onFrame: (inout Frame) -> Bool, onIdle: () -> Bool,
    onNext: Foresight = { _, _ in 0 }, onTick: (CaptureStatistics) -> Int32? = { _ in nil },
    onEvent: (CaptureEvent) -> Void
  ) throws(CaptureError) {
    var wantsMore = true
    nextTick = BootClock.nanosecondsSinceStart
    receiving: while true {
      if isTickDue, try !tick(onTick) { break receiving }
      switch deliver(isDraining: false, onFrame, onNext) {
      case .tick:
        continue
      case .stopped:
        wantsMore = false
        break receiving
      case .signal:
        break receiving
      case .waiting(let hold):
        guard onIdle(), areAnyLeft else { break receiving }
        try wait(hold: hold, idleMilliseconds(), onEvent)
        if takeSignal() { break receiving }
      }
    }
    do throws(SystemError) {
      try drain(wantsMore: wantsMore, onFrame, onNext)
    } catch {
      throw .system(error, interface: "")
    }
  }

  private var isTickDue: Bool {
    guard let nextTick else { return false }
    return BootClock.nanosecondsSinceStart >= nextTick
  }

  /// Tells of the counts, and asks when to do so again; false where the capture is to end.
  private mutating func tick(_ onTick: (CaptureStatistics) -> Int32?) throws(CaptureError) -> Bool {
    for index in 0..<channels.count {
      do throws(SystemError) {
        try channels[index].updateCounts()
      } catch {
        throw .system(error, interface: channels[index].interface.name)
      }
    }
    let answer = onTick(statistics)
    nextTick = answer.map { BootClock.nanosecondsSinceStart &+ Int64($0) &* 1_000_000 }
    return answer != 0
  }

  /// How a round of handing out ended.
  enum Round {
    /// The receiver wants no more.
    case stopped
    /// A signal came.
    case signal
    /// It is time for a tick.
    case tick
    /// No frame may be handed out now; one may be in that many nanoseconds, if any is held back.
    case waiting(Int64?)
  }

  /// Hands out what is ready, block by block, the oldest first.
  mutating func deliver(
    isDraining: Bool, _ onFrame: (inout Frame) -> Bool, _ onNext: Foresight
  ) -> Round {
    let isAlone = channels.count == 1
    while true {
      // The time comes first: what is older than that and not visible in the next lines is not on its way either,
      // but for the time that the kernel takes to hand a block over.
      let now = isAlone ? 0 : Self.now()
      var first = -1
      var firstTime = Int64.max
      var bound = Int64.max
      var mayShowOlder = false
      for index in 0..<channels.count {
        if let time = channels[index].ring.headTime() {
          if time < firstTime {
            bound = firstTime
            firstTime = time
            first = index
          } else {
            bound = min(bound, time)
          }
        } else if !isAlone, channels[index].expectsFrames(isDraining: isDraining) {
          mayShowOlder = true
        }
      }
      guard first >= 0 else { return .waiting(nil) }
      if mayShowOlder {
        let settled = now &- holdTime
        // A time far ahead of the clock means that the clock was set: then there is nothing to wait for.
        if firstTime > settled, firstTime < now &+ 1_000_000_000 { return .waiting(firstTime &- settled) }
        bound = min(bound, max(settled, firstTime))
      }
      if var block = channels[first].ring.nextBlock() {
        switch block.deliver(through: bound, number: &number, onFrame, onNext) {
        case .stopped: return .stopped
        case .later: continue
        case .finished: break
        }
      }
      // Once a block, since asking is a system call.
      if !isDraining, takeSignal() { return .signal }
      if !isDraining, isTickDue { return .tick }
    }
  }

  /// Lets nothing more in, then hands out what is left, or only counts it.
  private mutating func drain(
    wantsMore: Bool, _ onFrame: (inout Frame) -> Bool, _ onNext: Foresight
  ) throws(SystemError) {
    for index in 0..<channels.count {
      try channels[index].socket.silence()
      try channels[index].updateCounts()
    }
    guard wantsMore else { return }
    // A block is handed over within two periods; after many of them without a frame, none will come.
    var patience = 50
    while patience > 0 {
      let before = number
      if case .stopped = deliver(isDraining: true, onFrame, onNext) { return }
      guard (0..<channels.count).contains(where: { channels[$0].outstanding > 0 }) else { return }
      patience = number == before ? patience &- 1 : 50
      for index in 0..<channels.count { poll.setActive(channels[index].ring.headTime() == nil, at: index) }
      if signals != nil { poll.setActive(false, at: channels.count) }
      try poll.wait(milliseconds: Int32(clamping: holdTime / 4_000_000 &+ 1))
    }
  }

  /// Sleeps until a frame, a signal, an interface's change, or the time for a frame that is held back.
  private mutating func wait(
    hold: Int64?, _ idleMilliseconds: Int32?, _ onEvent: (CaptureEvent) -> Void
  ) throws(CaptureError) {
    var timeout: Int32 = -1
    func shorten(_ milliseconds: Int32) { timeout = timeout < 0 ? milliseconds : min(timeout, milliseconds) }
    if let idleMilliseconds { shorten(max(0, idleMilliseconds)) }
    if let hold { shorten(Int32(clamping: hold / 1_000_000 &+ 1)) }
    if let nextTick {
      shorten(Int32(clamping: max(nextTick &- BootClock.nanosecondsSinceStart, 0) / 1_000_000 &+ 1))
    }
    for index in 0..<channels.count {
      let state = channels[index].state
      if state == .falling || state == .down { shorten(Self.lookMilliseconds) }
      // A ring whose block is held back is readable all the time: it is not waited for.
      let canCome = state != .gone || channels[index].outstanding > 0
      let isReady = channels[index].ring.headTime() != nil
      // Where nothing is held back, the block came in since the last look: there is nothing to sleep for.
      if isReady, hold == nil { shorten(0) }
      poll.setActive(canCome && !isReady, at: index)
    }
    do {
      try poll.wait(milliseconds: timeout)
    } catch {
      throw .system(error, interface: "")
    }
    for index in 0..<channels.count { try look(at: index, onEvent) }
  }

  /// Follows what has become of an interface.
  private mutating func look(at index: Int, _ onEvent: (CaptureEvent) -> Void) throws(CaptureError) {
    let before = channels[index].state
    let hasError = !poll.events(at: index).isDisjoint(with: .error)
    guard hasError || before == .falling || before == .down else { return }
    let interface = channels[index].interface
    do throws(SystemError) {
      if hasError {
        let code = try channels[index].socket.pendingError()
        guard [0, ENETDOWN, ENXIO, ENODEV].contains(code) else {
          throw SystemError(call: "poll(AF_PACKET)", code: code)
        }
        if code == 0, before == .up { return }
      }
      let current = try channels[index].currentState()
      try channels[index].updateCounts()
      switch (before, current) {
      case (.gone, _):
        break
      case (_, .gone):
        channels[index].state = .gone
        onEvent(.interfaceGone(interface))
      case (.up, _):
        // A deletion shows as going down first: look again in a moment before saying so.
        channels[index].state = .falling
      case (.falling, .up):
        channels[index].state = .up
        onEvent(.interfaceDown(interface))
        onEvent(.interfaceUp(interface))
      case (.falling, _):
        channels[index].state = .down
        onEvent(.interfaceDown(interface))
      case (.down, .up):
        channels[index].state = .up
        onEvent(.interfaceUp(interface))
      case (.down, _):
        break
      }
    } catch {
      throw .system(error, interface: interface.name)
    }
  }

  private var areAnyLeft: Bool {
    (0..<channels.count).contains { channels[$0].state != .gone }
  }

  private mutating func takeSignal() -> Bool {
    guard let signal = signals?.next() else { return false }
    stopSignal = signal
    return true
  }

  /// The clock that the kernel stamps frames with, in nanoseconds.
  private static func now() -> Int64 {
    var time = timespec()
    // SAFETY: the structure is on the stack for the call, which cannot fail for this clock.
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}
