internal import Linux

/// Sockets that others use than before: the kernel tells that at once, so that nothing need be looked at as long as it tells nothing.
extension OwnedFlows {
  /// So many flows may be looked at for each tick.
  private static var mostReviewed: Int { 1 << 10 }

  /// Looks, once in a tick of about a millisecond at most, whether any socket has another user; and whether those of flows have.
  @inline(__always)
  mutating func reviewUsers(_ time: Int64) {
    let now = UInt32(truncatingIfNeeded: time >> 20)
    if now != reviewed { reviewUsersNow(now) }
  }

  /// Whatever comes next comes later than what was looked at.
  mutating func reviewAgain() { if uses != nil { reviewed &-= 1 } }

  @inline(never)
  private mutating func reviewUsersNow(_ now: UInt32) {
    guard let uses else {
      reviewed = now
      return
    }
    let changes = uses.changes
    guard changes != changesSeen else {
      reviewed = now
      return
    }
    // Of many flows they are not all looked at each time.
    guard Int(Int32(bitPattern: now &- reviewed).magnitude) >= flows.highest / Self.mostReviewed else { return }
    reviewed = now
    changesSeen = changes
    var number: UInt32 = 1
    while Int(number) <= flows.highest {
      if !uses.isCurrent(pasts[number].lower.mark) || !uses.isCurrent(pasts[number].upper.mark) { distrust(number) }
      number &+= 1
    }
  }

  /// Somebody else uses a socket of a flow: the owners are to be asked for.
  mutating func distrust(_ number: UInt32) {
    (pasts[number].lower.mark, pasts[number].upper.mark) = (0, 0)
    pasts[number].answered = 0
    doubt(number, before: pasts[number].verified)
  }
}
