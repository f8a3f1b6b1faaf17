import Wire

/// Which flow the frames with some ends were of a moment ago: a guess, to be held against the flow's own key, that saves
/// most packets the way through the table of flows.
///
/// Whoever chooses ends so that they meet here gains nothing: those packets go through the table, whose hash is secret.
struct RecentFlows {
  private static let fewestBits = 10
  private static let mostBits = 16
  /// So many are noted side by side for ends that meet.
  private static let ways = 4

  /// Where the flow of a frame may be noted, and what tells it from most others there.
  struct Place {
    fileprivate var first: Int
    fileprivate var tag: UInt32
  }

  /// The tag in the high bits, the flow's number, and 1 where the frame came from its upper end; 0 for none. No more than the
  /// flows need, so that most of it stays in the caches.
  private var entries = [UInt32](repeating: 0, count: 1 << Self.fewestBits)
  private var bits = Self.fewestBits

  /// Has room for both directions of so many flows. What was noted is noted anew.
  mutating func makeRoom(for flows: Int) {
    guard bits < Self.mostBits, flows &* 8 > 1 << bits else { return }
    while bits < Self.mostBits, flows &* 8 > 1 << bits { bits &+= 1 }
    entries = [UInt32](repeating: 0, count: 1 << bits)
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
      first: Int(truncatingIfNeeded: mixed >> (64 &- UInt64(bits))) & ~(Self.ways &- 1),
      tag: UInt32(truncatingIfNeeded: mixed >> 16) & Self.tagMask)
  }

  /// Above the number and the direction.
  private static var numberBits: UInt32 { 18 }
  private static var tagMask: UInt32 { ~0 << numberBits }

  /// The flow that is noted at a place, and whether its frame came from the lower end; 0 for none.
  @inline(__always)
  subscript(place: Place) -> (flow: UInt32, sourceIsLower: Bool) {
    var way = 0
    while way < Self.ways {
      let entry = entries[place.first &+ way]
      if entry & Self.tagMask == place.tag, entry != 0 {
        return ((entry & ~Self.tagMask) >> 1, entry & 1 == 0)
      }
      way &+= 1
    }
    return (0, true)
  }

  /// Notes the flow of a frame before the others at its place, of which the last may have to go.
  mutating func note(_ flow: UInt32, sourceIsLower: Bool, at place: Place) {
    var moved = place.tag | flow << 1 | (sourceIsLower ? 0 : 1)
    let isSame = moved
    for way in 0..<Self.ways {
      swap(&moved, &entries[place.first &+ way])
      // One with the same tag would not be found behind the new one.
      if moved == 0 || moved == isSame || moved & Self.tagMask == place.tag { return }
    }
  }
}
