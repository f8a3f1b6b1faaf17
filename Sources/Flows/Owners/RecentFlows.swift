internal import Wire

/// Which flow the frames with some ends were of a moment ago: a guess, to be held against the flow's own key, that saves
/// most packets the way through the table of flows.
///
/// Whoever chooses ends so that they meet here gains nothing: those packets go through the table, whose hash is secret.
struct RecentFlows {
  private static let places = 1 << 15

  /// The flow's number twice, and one more where the frame came from its upper end; 0 for none.
  private var entries = [UInt32](repeating: 0, count: Self.places)

  /// Where the flow of a frame is noted; at the place beside it, where another one has that.
  @inline(__always)
  static func place(_ ends: CommonEnds) -> Int {
    var mixed = UInt64(truncatingIfNeeded: ends.source) &* 0x9e37_79b9_7f4a_7c15
    mixed ^= UInt64(truncatingIfNeeded: ends.destination) &* 0xc2b2_ae3d_27d4_eb4f
    mixed ^= UInt64(ends.ports) &* 0x1656_67b1_9e37_79f9
    if ends.isIPv6 { mixed ^= UInt64(truncatingIfNeeded: (ends.source ^ ends.destination) >> 64) }
    return Int(truncatingIfNeeded: ((mixed ^ mixed >> 32) &* 0xff51_afd7_ed55_8ccd) >> 49) & (places &- 1)
  }

  /// What is noted at a place.
  @inline(__always)
  subscript(place: Int) -> (flow: UInt32, sourceIsLower: Bool) {
    let entry = entries[place & (Self.places &- 1)]
    return (entry >> 1, entry & 1 == 0)
  }

  /// Notes the flow of a frame; what stood at its place moves aside.
  mutating func note(_ flow: UInt32, sourceIsLower: Bool, at place: Int) {
    let entry = flow << 1 | (sourceIsLower ? 0 : 1)
    guard entries[place] != entry, entries[place ^ 1] != entry else { return }
    entries[place ^ 1] = entries[place]
    entries[place] = entry
  }
}
