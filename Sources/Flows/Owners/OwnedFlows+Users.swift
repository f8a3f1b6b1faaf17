internal import Linux
internal import Wire

/// Sockets that others use than before: the kernel tells that at once, so that nothing need be looked at as long as it tells nothing.
extension OwnedFlows {
  /// So many flows may be looked at for each tick.
  private static var mostReviewed: Int { 1 << 10 }

  /// How long after another user of a socket the next one is looked for with each packet, in nanoseconds.
  private static var settling: Int64 { 1_000_000_000 }

  /// Looks whether any socket has another user, which is one load; and if so, whether those of flows have.
  @inline(__always)
  mutating func reviewUsers(_ time: Int64) {
    guard let uses, uses.changes != changesSeen else { return }
    reviewUsersNow(UInt32(truncatingIfNeeded: time >> 20))
  }

  /// Whatever comes next comes later than what was looked at.
  mutating func reviewAgain() { if uses != nil { reviewed &-= 1 } }

  @inline(never)
  private mutating func reviewUsersNow(_ now: UInt32) {
    guard let uses else { return }
    // They are not all looked at more than once in a tick of about a millisecond, and of many flows not each time: meanwhile each
    // is looked at for its own packets.
    let ticks = Int(Int32(bitPattern: now &- reviewed).magnitude)
    isBehind = ticks == 0 || ticks < flows.highest / Self.mostReviewed
    guard !isBehind else { return }
    reviewed = now
    changesSeen = uses.changes
    var number: UInt32 = 1
    while Int(number) <= flows.highest {
      reviewUsers(of: number)
      number &+= 1
    }
  }

  /// Looks whether the sockets of a flow have other users.
  @inline(__always)
  mutating func reviewUsers(of number: UInt32) {
    guard let uses, !uses.isCurrent(pasts[number].lower.mark) || !uses.isCurrent(pasts[number].upper.mark) else {
      return
    }
    distrust(number)
  }

  /// Whether another's use of a socket of a flow would show.
  func isMarked(_ number: UInt32) -> Bool { pasts[number].lower.mark != 0 || pasts[number].upper.mark != 0 }

  /// Takes which sockets of a flow several processes had, where the last of them has had it for so short that the next may have it
  /// soon.
  mutating func takeUsers(_ number: UInt32, _ answer: OwnerAnswer) {
    Self.takeUsers(answer.lower, answer.lowerMark, answer.lowerIsUnused, uses, &pasts[number].lower)
    Self.takeUsers(answer.upper, answer.upperMark, answer.upperIsUnused, uses, &pasts[number].upper)
    pasts[number].settles =
      answer.lowerIsUnused || answer.upperIsUnused
      ? .max : max(pasts[number].lower.settles, pasts[number].upper.settles)
  }

  private static func takeUsers(
    _ answer: EndAnswer, _ mark: UInt32, _ isUnused: Bool, _ uses: SocketUses?, _ past: inout Past.End
  ) {
    past.isUnused = isUnused
    past.settles = 0
    guard let uses, mark != 0, !answer.isShared, uses.hadSeveralUsers(answer.end.cookie) else { return }
    past.settles = max(uses.last(ofCookie: answer.end.cookie)?.since ?? 0, past.since) &+ settling
  }

  /// Whether who used a socket of a flow for a packet may not be noted yet, which matters where it was handed on lately.
  mutating func awaitsUse(_ number: UInt32, at time: Int64) -> Bool {
    guard time < pasts[number].settles else { return false }
    let now = BootClock.nanosecondsSinceEpoch
    return awaitsUse(flows[number].lower, pasts[number].lower, time, now)
      || awaitsUse(flows[number].upper, pasts[number].upper, time, now)
  }

  private mutating func awaitsUse(_ answer: EndAnswer, _ past: Past.End, _ time: Int64, _ now: Int64) -> Bool {
    guard time < past.settles, 0..<DelayedQuestions.noting ~= now &- time else { return false }
    return lastUse(answer.end.cookie, now) < time
  }

  /// When a socket was used last, in nanoseconds since the Epoch.
  private mutating func lastUse(_ cookie: UInt64, _ now: Int64) -> Int64 {
    guard let uses else { return 0 }
    if abs(now &- clockRead) > Self.clockLife { (clock, clockRead) = (KernelClock(), now) }
    return clock.time(ofMonotonic: uses.lastUse(ofCookie: cookie))
  }

  private static var clockLife: Int64 { 100_000_000 }

  /// Whether the sockets of a flow were used after a packet by whom they are known to be of, and by nobody else.
  mutating func isConfirmed(_ number: UInt32, at time: Int64) -> Bool {
    guard flows[number].isSettled, flows[number].lower.isLocal || flows[number].upper.isLocal else { return false }
    let now = BootClock.nanosecondsSinceEpoch
    return isConfirmed(flows[number].lower, pasts[number].lower, time, now)
      && isConfirmed(flows[number].upper, pasts[number].upper, time, now)
  }

  private mutating func isConfirmed(_ answer: EndAnswer, _ past: Past.End, _ time: Int64, _ now: Int64) -> Bool {
    guard answer.isLocal else { return true }
    // Who used it is noted before when.
    guard past.mark != 0, !past.isUnused, lastUse(answer.end.cookie, now) >= time, let uses else { return false }
    return uses.isCurrent(past.mark)
  }

  /// One that has a socket and has not used it may have given it back: who used it before uses it again.
  mutating func reviewUnused(_ number: UInt32) {
    guard pasts[number].lower.isUnused || pasts[number].upper.isUnused else { return }
    let now = BootClock.nanosecondsSinceEpoch
    guard
      isUsedAgain(flows[number].lower, pasts[number].lower, now)
        || isUsedAgain(flows[number].upper, pasts[number].upper, now)
    else { return }
    distrust(number)
    (pasts[number].lower.isUnused, pasts[number].upper.isUnused) = (false, false)
  }

  private mutating func isUsedAgain(_ answer: EndAnswer, _ past: Past.End, _ now: Int64) -> Bool {
    past.isUnused && lastUse(answer.end.cookie, now) > past.since &+ SocketUse.clocksApart
  }

  /// Somebody else uses a socket of a flow: the owners are to be asked for.
  mutating func distrust(_ number: UInt32) {
    (pasts[number].lower.mark, pasts[number].upper.mark) = (0, 0)
    pasts[number].answered = 0
    // It may have been seen to be the same one's before the other was noted.
    doubt(number, before: pasts[number].verified &- DelayedQuestions.longest)
  }
}
