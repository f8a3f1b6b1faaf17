/// Questions that wait for their answers, of all flows together: the oldest of those that meet in the table make room.
struct OpenQuestions: ~Copyable {
  /// How many may meet in one place, and how many places there are.
  private static var depth: Int { 8 }
  private static var places: Int { 1 << 13 }

  private struct Entry {
    /// The flow's number and the question's; a time of 0 is nothing.
    var flow: UInt32 = 0
    var identifier: UInt64 = 0
    var time: Int64 = 0
  }

  private var entries: [Entry] = []

  /// Where a question may be. Seeded: who asks must not choose what is forgotten.
  private static func range(_ flow: UInt32, _ identifier: UInt64) -> Range<Int> {
    var hasher = Hasher()
    hasher.combine(flow)
    hasher.combine(identifier)
    let start = (hasher.finalize() & (places &- 1)) &* depth
    return start..<start &+ depth
  }

  /// Takes a question of a flow; false where it waits already, so that the answer is to the first.
  mutating func ask(_ flow: UInt32, _ identifier: UInt64, _ time: Int64) -> Bool {
    if entries.isEmpty { entries = Array(repeating: Entry(), count: Self.places &* Self.depth) }
    let range = Self.range(flow, identifier)
    var oldest = range.lowerBound
    for place in range {
      let entry = entries[place]
      if entry.time != 0, entry.flow == flow, entry.identifier == identifier { return false }
      if entry.time < entries[oldest].time { oldest = place }
    }
    entries[oldest] = Entry(flow: flow, identifier: identifier, time: max(time, 1))
    return true
  }

  /// Takes out the question that an answer is to, and says when it was asked; nil where none waits.
  mutating func answer(_ flow: UInt32, _ identifier: UInt64) -> Int64? {
    guard !entries.isEmpty else { return nil }
    for place in Self.range(flow, identifier) where entries[place].time != 0 {
      guard entries[place].flow == flow, entries[place].identifier == identifier else { continue }
      defer { entries[place] = Entry() }
      return entries[place].time
    }
    return nil
  }
}
