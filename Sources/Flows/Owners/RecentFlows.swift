import Wire

/// Which flow the frames with some ends were of a moment ago: a guess, to be held against the flow's own key, that saves
/// most packets the way through the table of flows.
///
/// Whoever chooses ends so that they meet here gains nothing: those packets go through the table, whose hash is secret.
struct RecentFlows: ~Copyable {
  private static let fewestBits = 8
  private static let mostBits = 14

  /// Where the flow of a frame may be noted, and what tells it from most others there.
  struct Place {
    /// Which four, from 1.
    fileprivate var group: UInt32
    fileprivate var tag: UInt32
  }

  /// Four are noted side by side for ends that meet, the last one first: the tag in the high bits, the flow's number, and 1
  /// where the frame came from its upper end; 0 for none.
  private typealias Group = SIMD4<UInt32>

  /// No more than the flows need, so that most of it stays in the caches.
  private var groups: Slab<Group>
  private var bits = Self.fewestBits

  init() { groups = Self.groups(bits: Self.fewestBits) }

  private static func groups(bits: Int) -> Slab<Group> {
    var groups = Slab(Group(), limit: 1 << bits)
    while groups.allocate() != 0 {}
    return groups
  }

  /// Has room for both directions of so many flows; true where it has grown: then all is noted anew, and places are others.
  mutating func makeRoom(for flows: Int) -> Bool {
    guard bits < Self.mostBits, flows &* 2 > 1 << bits else { return false }
    while bits < Self.mostBits, flows &* 2 > 1 << bits { bits &+= 1 }
    groups = Self.groups(bits: bits)
    return true
  }

  /// Where the flow of a frame may be noted.
  @inline(__always)
  func place(_ ends: CommonEnds) -> Place {
    var mixed = UInt64(truncatingIfNeeded: ends.source) &* 0x9e37_79b9_7f4a_7c15
    mixed ^= UInt64(truncatingIfNeeded: ends.destination) &* 0xc2b2_ae3d_27d4_eb4f
    mixed ^= UInt64(ends.ports) &* 0x1656_67b1_9e37_79f9
    if ends.isIPv6 { mixed ^= UInt64(truncatingIfNeeded: (ends.source ^ ends.destination) >> 64) }
    mixed = (mixed ^ mixed >> 32) &* 0xff51_afd7_ed55_8ccd
    return Place(
      group: UInt32(truncatingIfNeeded: mixed >> (64 &- UInt64(bits))) &+ 1,
      tag: UInt32(truncatingIfNeeded: mixed >> 16) & Self.tagMask)
  }

  /// Has a place come into the cache.
  @inline(__always)
  func prefetch(_ place: Place) { groups.prefetch(place.group) }

  /// Above the number and the direction.
  private static var tagMask: UInt32 { ~0 << 18 }

  /// The flow that is noted at a place, 0 for none, and 1 where its frame came from the upper end.
  @inline(__always)
  subscript(place: Place) -> (flow: UInt32, reversed: UInt32) {
    let group = groups[place.group]
    var way = 0
    while way < 4 {
      let entry = group[way]
      if entry & Self.tagMask == place.tag, entry != 0 { return ((entry & ~Self.tagMask) >> 1, entry & 1) }
      way &+= 1
    }
    return (0, 0)
  }

  /// Notes the flow of a frame before the others at its place, of which the last may have to go.
  mutating func note(_ flow: UInt32, sourceIsLower: Bool, at place: Place) {
    var group = groups[place.group]
    var moved = place.tag | flow << 1 | (sourceIsLower ? 0 : 1)
    for way in 0..<4 {
      (moved, group[way]) = (group[way], moved)
      // One with the same tag would not be found behind the new one.
      if moved == 0 || moved & Self.tagMask == place.tag { break }
    }
    groups[place.group] = group
  }
}
