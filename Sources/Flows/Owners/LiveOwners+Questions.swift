internal import Linux
internal import Wire

/// When more has to be known of a flow than is, and how that is asked.
extension LiveOwners {
  /// Whether nothing better is to be known of a flow's owners soon; asks where nothing is known, or not since long.
  @inline(never)
  mutating func isReady(_ flow: UInt32, _ ends: FrameEnds, _ time: Int64, sourceIsLower: Bool) -> Bool {
    // After a silence the socket may have been handed to another process.
    isAfterSilence = flows.wasSilent(flow, before: time) && !flows[flow].isForeign
    if isAfterSilence {
      flows.doubt(flow, before: flows[past: flow].verified)
    }
    flows[flow].used = time
    // The use is looked at before who did it: that is noted before. What was used before a connection begins says nothing of it.
    if !ends.begins, flows.awaitsUse(flow, at: time), waitForUse(flow, ends, time) { return false }
    if ends.begins { flows.begin(flow, at: time, sourceIsLower: sourceIsLower) }
    flows.reviewUsers(time)
    if flows.isBehind { flows.reviewUsers(of: flow) }
    flows.reviewUnused(flow)
    if isAfterSilence || flows[past: flow].isYoung, !ends.begins, isTooNew(flow, ends, time) { return false }
    if time <= flows[flow].horizon, flows[flow].isSettled { return true }
    return isReadyLater(flow, ends, time, sourceIsLower: sourceIsLower)
  }

  /// The same for a packet that is later than what was answered holds for.
  private mutating func isReadyLater(
    _ flow: UInt32, _ ends: FrameEnds, _ time: Int64, sourceIsLower: Bool
  ) -> Bool {
    // What only passes by need not be asked about.
    if let addresses, flows.mayBeForeign(flow), addresses.areForeign(ends) {
      flows.noteForeign(flow, time)
      return true
    }
    if !ends.begins, isHeld(flow, at: time) { return true }
    switch findNoted(flow, ends, time, sourceIsLower: sourceIsLower, interface: interface) {
    case .found: return true
    case .early: return false
    case .unsure: break
    }
    // It is asked about before anybody has to wait for it, as long as packets keep coming.
    let left = flows[past: flow].limit &- time
    let mayGoOn = flows[flow].isSettled && left >= 0 && !ends.begins
    let asked = flows[past: flow].asked
    let isAsked = asked > flows[past: flow].verified && time &- asked < OwnedFlows.repetition && !ends.begins
    if !isAsked {
      ask(flow, ends, time, interface: interface, isUrgent: !mayGoOn || left < Self.hurry)
    } else if !mayGoOn, uncalled == 0 {
      // It may have been asked when nobody waited.
      uncalled = 1
    }
    if mayGoOn { flows.goOn(flow, time) }
    return mayGoOn || options.wait == 0
  }

  mutating func ask(_ flow: UInt32, _ ends: FrameEnds, _ time: Int64, interface: Int32, isUrgent: Bool) {
    flows[past: flow].asked = time
    var question = OwnerQuestion(ends: ends, time: time, interface: interface)
    question.isUrgent = isUrgent
    question.isAfterSilence = isAfterSilence
    question.noted = flows.takeNoted(flow)
    (question.began, question.isAcceptedBelow) = (flows[past: flow].began, flows[past: flow].isAcceptedBelow)
    switch mailbox.ask(question) {
    case .taken: return
    case .takenUrgently:
      // Where no packet will wait for the answer, and the ring is never empty, nothing else would call the resolver.
      if !isUrgent || options.wait == 0 { mailbox.call() } else if uncalled == 0 { uncalled = 1 }
      return
    case .refused:
      // What is noted stays what is known.
      if question.noted != nil { flows[past: flow].isNoted = true }
      if flows[flow].isAnswered { return }
    }
    flows.noteFlood(flow, time)
  }
}
