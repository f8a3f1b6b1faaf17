/// The flows of each class in the order in which they were used, as far as that is kept: the one that was idle for
/// longest stands first.
struct IdleQueues: ~Copyable {
  private var firsts = InlineArray<5, UInt32>(repeating: 0)
  private var lasts = InlineArray<5, UInt32>(repeating: 0)

  /// The first flow of a class; 0 where it has none.
  func first(_ idleClass: IdleClass) -> UInt32 { firsts[Int(idleClass.rawValue)] }

  /// Adds a flow behind all others of its class.
  @inline(__always)
  mutating func append(_ number: UInt32, to flows: inout Slab<FlowRecord>) {
    let queue = Int(flows[number].idleClass.rawValue)
    let last = lasts[queue]
    flows[number].older = last
    flows[number].newer = 0
    if last == 0 { firsts[queue] = number } else { flows[last].newer = number }
    lasts[queue] = number
  }

  /// Takes a flow out of its queue.
  @inline(__always)
  mutating func remove(_ number: UInt32, from flows: inout Slab<FlowRecord>) {
    let queue = Int(flows[number].idleClass.rawValue)
    let (older, newer) = (flows[number].older, flows[number].newer)
    if older == 0 { firsts[queue] = newer } else { flows[older].newer = newer }
    if newer == 0 { lasts[queue] = older } else { flows[newer].older = older }
  }

  /// The flow of all classes that stands longest in its queue; 0 where there is none.
  func oldest(_ flows: borrowing Slab<FlowRecord>) -> UInt32 {
    var oldest: UInt32 = 0
    for queue in 0..<5 where firsts[queue] != 0 {
      if oldest == 0 || flows[firsts[queue]].queued < flows[oldest].queued { oldest = firsts[queue] }
    }
    return oldest
  }
}
