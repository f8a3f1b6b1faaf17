internal import Wire

/// Which flow the later fragments of a datagram are of: only the first has ports. A few hundred datagrams are remembered.
struct OwnerFragments {
  private struct Entry {
    var source: UInt128 = 0
    var destination: UInt128 = 0
    var identifier: UInt32 = 0
    var flow: UInt32 = 0
    var sourceIsLower = true
  }

  private static let places = 256
  private var entries: [Entry] = []

  private static func place(_ ends: FrameEnds) -> Int {
    var hasher = Hasher()
    hasher.combine(ends.source)
    hasher.combine(ends.destination)
    hasher.combine(ends.fragmentIdentifier)
    return hasher.finalize() & (places &- 1)
  }

  /// Keeps the flow of a first fragment.
  mutating func insert(_ ends: FrameEnds, _ flow: UInt32, _ sourceIsLower: Bool) {
    if entries.isEmpty { entries = Array(repeating: Entry(), count: Self.places) }
    entries[Self.place(ends)] = Entry(
      source: ends.source, destination: ends.destination, identifier: ends.fragmentIdentifier, flow: flow,
      sourceIsLower: sourceIsLower)
  }

  /// The flow of a later one; 0 where the first was not seen.
  func find(_ ends: FrameEnds) -> (flow: UInt32, sourceIsLower: Bool) {
    guard !entries.isEmpty else { return (0, true) }
    let entry = entries[Self.place(ends)]
    guard entry.source == ends.source, entry.destination == ends.destination,
      entry.identifier == ends.fragmentIdentifier
    else { return (0, true) }
    return (entry.flow, entry.sourceIsLower)
  }
}
