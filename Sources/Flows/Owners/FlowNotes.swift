import Wire

/// Whose the frames with some ends are, noted when the last such frame was looked at: what most frames need, in one cache line.
///
/// A note is found by its ends as they are in the frame, so that each direction of a flow has its own. Whoever chooses ends so
/// that their notes put each other out gains nothing: those frames go through the table of flows, whose hash is secret.
struct FlowNotes: ~Copyable {
  /// What is noted of frames with the same ends.
  struct Note: BitwiseCopyable {
    fileprivate var ends = CommonEnds()
    /// Until when it holds, and when it was used last, in ticks.
    fileprivate var until: UInt32 = 0
    fileprivate var last: UInt32 = 0
    /// Whose the frames are.
    fileprivate(set) var owner = FrameOwner()
    /// The flow's number, and in the highest bits whether the frames come from its lower end, and whether it is of others.
    private var place: UInt32 = 0
    private var ownMethod = AttributionMethod.none
    private var ownReason = UnattributedReason.none

    init() {}

    fileprivate init(
      _ ends: CommonEnds, of flow: UInt32, sourceIsLower: Bool, isForeign: Bool, until: UInt32, at now: UInt32,
      _ owner: FrameOwner, _ own: FrameAttribution.End
    ) {
      self.ends = ends
      self.until = until
      last = now
      self.owner = owner
      place = flow | (sourceIsLower ? Self.fromLower : 0) | (isForeign ? Self.foreign : 0)
      (ownMethod, ownReason) = (own.method, own.reason)
    }

    private static var fromLower: UInt32 { 1 << 30 }
    @inline(__always) private static var foreign: UInt32 { 1 << 31 }

    /// The number of the flow; 0 for none.
    var flow: UInt32 { place & (Self.fromLower &- 1) }
    /// Whether the frames come from the flow's lower end.
    var sourceIsLower: Bool { place & Self.fromLower != 0 }
    /// Whether neither end is of this machine.
    @inline(__always) var isForeign: Bool { place & Self.foreign != 0 }

    /// Whether it holds at a time, in ticks.
    @inline(__always)
    fileprivate func holds(at now: UInt32) -> Bool { Int32(bitPattern: until &- now) > 0 }

    /// Uses it for a frame at a time, if it holds then.
    @inline(__always)
    fileprivate mutating func use(at now: UInt32) -> Bool {
      guard holds(at: now), now &- last <= (isForeign ? FlowNotes.foreignSilence : FlowNotes.silence) else {
        return false
      }
      last = now
      return true
    }

    /// When it was used last, in nanoseconds since the Epoch, by a time that is not long before; that time, if it was not used
    /// since.
    func lastUse(after time: Int64) -> Int64 {
      let ahead = Int32(bitPattern: last &- FlowNotes.ticks(time))
      return ahead > 0 ? time &+ Int64(ahead) << 20 : time
    }

    /// How the first owner was found, or why not.
    @inline(__always)
    var own: FrameAttribution.End { FrameAttribution.End(ownMethod, ownReason) }
  }

  private static let fewestBits = 8
  private static let mostBits = 16
  /// How many places there are for each flow, so that few notes have to go.
  private static let share = 32

  /// Where frames with some ends may be noted: at one of two places side by side, or of two others.
  struct Places: BitwiseCopyable {
    private let mixed: UInt64

    /// Those of no frame.
    init() { mixed = 0 }

    /// The places for ends, of which as many bits count as there are places.
    @inline(__always)
    init(_ ends: CommonEnds) { mixed = ends.mixed }

    @inline(__always) fileprivate var first: UInt32 { UInt32(truncatingIfNeeded: mixed >> 40) }
    fileprivate var second: UInt32 { UInt32(truncatingIfNeeded: mixed >> 20) }
  }

  private var notes = FixedTable(Note(), bits: Self.fewestBits)
  private var bits = Self.fewestBits

  init() {}

  /// Whether it has to grow, to have room for the notes of so many flows.
  func mustGrow(for flows: Int) -> Bool { bits < Self.mostBits && flows &* Self.share > 1 << bits }

  /// Has room for the notes of so many flows, and forgets those that there are.
  mutating func grow(for flows: Int) {
    while bits < Self.mostBits, flows &* Self.share > 1 << bits { bits &+= 1 }
    notes = FixedTable(Note(), bits: bits)
  }

  /// A time in ticks of 2^20 nanoseconds, about a millisecond, of which only the difference to others counts.
  @inline(__always)
  fileprivate static func ticks(_ time: Int64) -> UInt32 { UInt32(truncatingIfNeeded: time >> 20) }

  /// After how many ticks without a frame a note holds no more; and one of a flow of others, for which silence says nothing: ticks
  /// are the same again after weeks.
  @inline(__always) fileprivate static var silence: UInt32 { UInt32(truncatingIfNeeded: OwnedFlows.silence >> 20) }
  @inline(__always) fileprivate static var foreignSilence: UInt32 {
    UInt32(truncatingIfNeeded: OwnedFlows.longestForeignNote >> 20) &+ 1
  }

  /// Has what may be noted of frames come into the cache.
  @inline(__always)
  func prefetch(_ places: Places) { notes.prefetch(places.first) }

  /// Where what is noted of frames with these ends, and holds at a time, is; 0 where nothing is.
  @inline(__always)
  mutating func take(_ ends: CommonEnds, _ places: Places, _ time: Int64) -> UInt32 {
    let now = Self.ticks(time)
    let place = places.first
    if notes[place].ends == ends { return notes[place].use(at: now) ? number(of: place) : 0 }
    return takeElsewhere(ends, places, now)
  }

  /// The same at the other places.
  @inline(never)
  private mutating func takeElsewhere(_ ends: CommonEnds, _ places: Places, _ now: UInt32) -> UInt32 {
    var place = places.first ^ 1
    if notes[place].ends != ends {
      place = places.second
      if notes[place].ends != ends {
        place ^= 1
        guard notes[place].ends == ends else { return 0 }
      }
    }
    return notes[place].use(at: now) ? number(of: place) : 0
  }

  /// What stands for a place: one more than the place, so that 0 stands for none.
  @inline(__always)
  private func number(of place: UInt32) -> UInt32 { (place & notes.mask) &+ 1 }

  /// What is noted at a place.
  subscript(place: UInt32) -> Note {
    @inline(__always)
    _read { yield notes[place &- 1] }
  }

  /// Notes whose the frames with some ends are from a time to another one, both in nanoseconds since the Epoch; tells where, and
  /// the note that had to go for it.
  mutating func note(
    _ ends: CommonEnds, of flow: UInt32, sourceIsLower: Bool, isForeign: Bool, from time: Int64, until: Int64,
    _ owner: FrameOwner, _ own: FrameAttribution.End
  ) -> (place: UInt32, gone: Note) {
    let now = Self.ticks(time)
    let places = Places(ends)
    let all = [places.first, places.first ^ 1, places.second, places.second ^ 1]
    // Where it was, else the first that is free or over, else that which was used least lately.
    let place =
      all.first { notes[$0].ends == ends } ?? all.first { !notes[$0].holds(at: now) }
      ?? all.max { now &- notes[$0].last < now &- notes[$1].last } ?? places.first
    let gone = notes[place]
    notes[place] = Note(
      ends, of: flow, sourceIsLower: sourceIsLower, isForeign: isForeign, until: Self.ticks(until), at: now, owner,
      own)
    return (number(of: place), gone)
  }

  /// Whether what was noted of a flow at a place is there still.
  func has(_ flow: UInt32, at place: UInt32) -> Bool { place != 0 && notes[place &- 1].flow == flow }

  /// Forgets what is noted at a place.
  mutating func forget(at place: UInt32) { notes[place &- 1] = Note() }
}
