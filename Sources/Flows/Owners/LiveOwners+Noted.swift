internal import Linux
internal import Sockets
internal import Wire

/// What needs no question: the kernel noted it, or it can be seen here.
extension LiveOwners {
  enum NotedLook { case found, early, unsure }

  /// Looks for the owners of a packet's flow in what the kernel noted of its sockets.
  mutating func findNoted(
    _ flow: UInt32, _ ends: FrameEnds, _ time: Int64, sourceIsLower: Bool, interface: Int32, isLast: Bool = false
  ) -> NotedLook {
    guard ends.protocolNumber == .tcp, ends.kind == .ports, connections != nil, let addresses else { return .unsure }
    let now = BootClock.nanosecondsSinceEpoch
    var beginning = ConnectionBeginning(time: flows[past: flow].began)
    var found: (lower: NotedEnd?, upper: NotedEnd?) = (nil, nil)
    var isLocal = false
    for place in 0..<2 {
      let isSource = place == 0
      let end = OwnedEnd(ends: ends, isSource: isSource)
      guard addresses.contains(end.address) else { continue }
      isLocal = true
      let isLower = isSource == sourceIsLower
      beginning.isAccepted = isLower == flows[past: flow].isAcceptedBelow
      switch connections?.end(end, at: time, beginning, interface: interface, now: now) {
      case .owner(let noted): if isLower { found.lower = noted } else { found.upper = noted }
      case .none?:
        guard !isLast, 0..<delayed.delay ~= now &- time else { return .unsure }
        delay(flow, ends, time)
        return .early
      case .unsure, nil: return .unsure
      }
    }
    guard isLocal else { return .unsure }
    flows.take(found.lower, found.upper, of: flow, now: now)
    return .found
  }

  /// Asks about a flow later, unless it is known by then.
  mutating func delay(_ flow: UInt32, _ ends: FrameEnds, _ time: Int64) {
    guard !flows[past: flow].isDelayed || ends.begins else { return }
    flows[past: flow].isDelayed = true
    delayed.add(
      DelayedQuestions.Entry(
        flow: flow, serial: flows[flow].serial, ends: ends, time: time, interface: interface,
        isAfterSilence: isAfterSilence, due: BootClock.nanosecondsSinceStart &+ delayed.delay))
  }

  /// Whether the first packet after a silence is so new that whoever sent it may not be noted yet: then it is looked at later.
  mutating func isTooNew(_ flow: UInt32, _ ends: FrameEnds, _ time: Int64) -> Bool {
    guard flows.isMarked(flow), ends.kind == .ports,
      0..<DelayedQuestions.noting ~= BootClock.nanosecondsSinceEpoch &- time, !flows.isConfirmed(flow, at: time)
    else { return false }
    return waitForUse(flow, ends, time)
  }

  /// Waits a little for that to be noted; false where packets are not to wait that long.
  mutating func waitForUse(_ flow: UInt32, _ ends: FrameEnds, _ time: Int64) -> Bool {
    guard young.delay >= DelayedQuestions.notingStep else { return false }
    guard !flows[past: flow].isYoung else { return true }
    flows[past: flow].isYoung = true
    young.add(
      DelayedQuestions.Entry(
        flow: flow, serial: flows[flow].serial, ends: ends, time: time, interface: interface,
        isAfterSilence: isAfterSilence, due: BootClock.nanosecondsSinceStart &+ young.delay))
    return true
  }

  /// Whether the owners of a flow are still what they were, if that can be seen here.
  mutating func isHeld(_ flow: UInt32, at time: Int64) -> Bool {
    guard flows.isHeld(flow, at: time, watch) else { return false }
    flows.noteHeld(flow, at: max(time, BootClock.nanosecondsSinceEpoch))
    return true
  }

  /// Whether something is to be asked about later.
  var hasDelayed: Bool { !delayed.isEmpty || !young.isEmpty }

  /// Asks about flows of which nothing has been noted for long enough; tells whether one was noted.
  @discardableResult
  mutating func askDelayed() -> Bool {
    var isNoted = false
    let now = BootClock.nanosecondsSinceStart
    while let entry = delayed.takeFirst(at: now) {
      guard flows.isCurrent(entry.flow, entry.serial) else { continue }
      flows[past: entry.flow].isDelayed = false
      if askIfUnknown(entry) { isNoted = true }
    }
    while var entry = young.takeFirst(at: now) {
      guard flows.isCurrent(entry.flow, entry.serial) else { continue }
      flows[past: entry.flow].isYoung = false
      let time = BootClock.nanosecondsSinceEpoch
      flows.reviewUsers(time)
      flows.reviewUsers(of: entry.flow)
      let isWaiting =
        entry.isAfterSilence
        ? 0..<DelayedQuestions.noting ~= time &- entry.time && !flows.isConfirmed(entry.flow, at: entry.time)
          && flows.isMarked(entry.flow)
        : flows.awaitsUse(entry.flow, at: entry.time)
      if isWaiting {
        flows[past: entry.flow].isYoung = true
        entry.due = now &+ young.delay
        young.add(entry)
        continue
      }
      if askIfUnknown(entry) { isNoted = true }
      // Those behind it may wait for another use.
      let awaited = flows[past: entry.flow].awaited
      if awaited > entry.time, flows.awaitsUse(entry.flow, at: awaited) {
        (entry.time, entry.isAfterSilence, entry.due) = (awaited, false, now &+ young.delay)
        flows[past: entry.flow].isYoung = true
        young.add(entry)
      }
    }
    return isNoted
  }

  /// Asks about a flow that nobody was asked about yet, unless it is known by now: true then.
  private mutating func askIfUnknown(_ entry: DelayedQuestions.Entry) -> Bool {
    if flows[entry.flow].isSettled, entry.time <= flows[past: entry.flow].limit {
      // It may have been known before others came that wait, too.
      if let left = flows.questionLeft(entry.flow) {
        ask(entry.flow, left.ends, left.time, interface: entry.interface, isUrgent: true)
      }
      return true
    }
    if !entry.ends.begins, isHeld(entry.flow, at: entry.time) { return true }
    var sourceIsLower = true
    _ = FlowKey(entry.ends, sourceIsLower: &sourceIsLower)
    let found = findNoted(
      entry.flow, entry.ends, entry.time, sourceIsLower: sourceIsLower, interface: entry.interface, isLast: true)
    if case .found = found { return true }
    isAfterSilence = entry.isAfterSilence
    ask(entry.flow, entry.ends, entry.time, interface: entry.interface, isUrgent: true)
    isAfterSilence = false
    return false
  }
}
