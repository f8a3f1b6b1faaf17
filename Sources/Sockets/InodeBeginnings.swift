/// Where in a list that is sorted by inode those begin that have the same first bits: a search then begins among a few, in
/// place of all. The kernel gives inodes one after another, so that a few it mostly is.
struct InodeBeginnings: Sendable {
  private var first: UInt64 = 0
  private var shift: UInt64 = 0
  /// The place of the first inode of each beginning, and behind them how many inodes there are.
  private var starts: [UInt32] = []

  init(_ held: [HeldSocket]) {
    guard let first = held.first?.inode, let last = held.last?.inode, first <= last, held.count < UInt32.max else {
      return
    }
    self.first = first
    // At most two beginnings for each inode.
    while (last &- first) >> shift >= UInt64(held.count) &* 2 { shift &+= 1 }
    let count = Int((last &- first) >> shift) &+ 1
    starts.reserveCapacity(count &+ 1)
    for (place, one) in held.enumerated() {
      let beginning = Int((one.inode &- first) >> shift)
      while starts.count <= beginning { starts.append(UInt32(place)) }
    }
    starts.append(UInt32(held.count))
  }

  /// Where an inode is, if it is there at all.
  func places(of inode: UInt64) -> Range<Int> {
    guard inode >= first, (inode &- first) >> shift < UInt64(max(starts.count &- 1, 0)) else { return 0..<0 }
    let beginning = Int((inode &- first) >> shift)
    return Int(starts[beginning])..<Int(starts[beginning &+ 1])
  }
}
