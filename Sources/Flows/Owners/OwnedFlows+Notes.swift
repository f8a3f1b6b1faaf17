internal import Wire

/// What is noted for the frames that come: whose they are, where no more than that has to be looked at.
extension OwnedFlows {
  /// For how long it is noted at most that a flow is of others, in nanoseconds.
  static var longestForeignNote: Int64 { 2_000_000_000 }

  /// Has what is noted for a frame that will come come into the cache.
  @inline(__always)
  func foresee(_ places: FlowNotes.Places) { notes.prefetch(places) }

  /// Where what is noted of frames with these ends, and holds for one of them, is; 0 where nothing is. That is the common way.
  @inline(__always)
  mutating func takeNoted(_ ends: CommonEnds, _ places: FlowNotes.Places, _ time: Int64) -> UInt32 {
    reviewUsers(time)
    let place = notes.take(ends, places, time)
    return place == 0 || !isBehind ? place : takeReviewed(place)
  }

  /// The same where it is not known whether the sockets of its flow have other users.
  @inline(never)
  private mutating func takeReviewed(_ place: UInt32) -> UInt32 {
    let flow = notes[place].flow
    reviewUsers(of: flow)
    return notes.has(flow, at: place) ? place : 0
  }

  /// Notes whose a frame with these ends is, for those that come, where nothing but that will have to be looked at: both answers
  /// are the best that can be had, no socket is closed, and the frame is later than the last change.
  mutating func note(
    _ number: UInt32, of ends: CommonEnds, _ time: Int64, sourceIsLower: Bool, _ owner: FrameOwner,
    _ attribution: FrameAttribution
  ) {
    guard isPlain(number, time) else { return }
    let isForeign = flows[number].isForeign
    // It is looked at now and then, so that the flow is known to be in use.
    let until = isForeign ? min(flows[number].horizon, time &+ Self.longestForeignNote) : flows[number].horizon
    let (place, gone) = notes.note(
      ends, of: number, sourceIsLower: sourceIsLower, isForeign: isForeign, from: time, until: until, owner,
      attribution.own)
    if sourceIsLower { pasts[number].lowerNote = place } else { pasts[number].upperNote = place }
    if gone.flow != 0 { flows[gone.flow].used = gone.lastUse(after: flows[gone.flow].used) }
  }

  /// Has room for the notes of all flows.
  mutating func makeRoomForNotes() {
    guard notes.mustGrow(for: flows.highest) else { return }
    var number: UInt32 = 1
    while Int(number) <= flows.highest {
      noteUse(number)
      number &+= 1
    }
    notes.grow(for: flows.highest)
  }

  /// Keeps when a flow had its last packet, of which only its notes know where they answered for it.
  private mutating func noteUse(_ number: UInt32) {
    for place in [pasts[number].lowerNote, pasts[number].upperNote] where notes.has(number, at: place) {
      flows[number].used = notes[place].lastUse(after: flows[number].used)
    }
  }

  /// Whether what a packet's flow was answered can be noted.
  func isPlain(_ number: UInt32, _ time: Int64) -> Bool {
    let (lower, upper) = (flows[number].lower, flows[number].upper)
    return flows[number].isSettled && !lower.awaits && !upper.awaits && pasts[number].lower.closed == 0
      && pasts[number].upper.closed == 0 && time >= pasts[number].lastChange && time >= pasts[number].settles
      && time <= flows[number].horizon
  }

  /// What was answered is not to be told of frames without a look.
  mutating func forgetNotes(_ number: UInt32) {
    noteUse(number)
    for place in [pasts[number].lowerNote, pasts[number].upperNote] where notes.has(number, at: place) {
      notes.forget(at: place)
    }
  }

  /// Whether a flow had no packet for a while before a time; then its owners are to be doubted.
  mutating func wasSilent(_ number: UInt32, before time: Int64) -> Bool {
    guard time &- flows[number].used > Self.silence else { return false }
    noteUse(number)
    return time &- flows[number].used > Self.silence
  }

  /// What is told of the owners of the frames that are noted, with their sockets.
  ///
  /// It changes nothing: a value of this size that is only read is copied for it.
  mutating func attribution(noted place: UInt32) -> FrameAttribution {
    let note = notes[place]
    let (lower, upper) = (flows[note.flow].lower, flows[note.flow].upper)
    return note.sourceIsLower ? LiveOwners.owner(lower, upper).1 : LiveOwners.owner(upper, lower).1
  }
}
