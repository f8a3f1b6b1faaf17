/// Changing what was written already, for octets that are no text.
extension TextBuffer {
  /// Puts the low octets of a number, the highest first, in place of as many that stand at an offset; nothing changes
  /// where there are not so many.
  public mutating func replace(at offset: Int, with value: UInt128, count: Int) {
    guard count >= 0, count <= 16, offset >= 0, offset <= self.count &- count else { return }
    var rest = value
    var place = offset &+ count
    while place > offset {
      place &-= 1
      // SAFETY: the place is below what was written, as was checked.
      unsafe base[place] = UInt8(truncatingIfNeeded: rest)
      rest >>= 8
    }
  }

  /// Puts an octet in place of each in a range, as far as it was written.
  public mutating func replace(_ range: Range<Int>, with octet: UInt8) {
    let start = Swift.max(range.lowerBound, 0)
    let end = Swift.min(range.upperBound, count)
    guard start < end else { return }
    // SAFETY: the range was cut to what was written.
    unsafe (base + start).update(repeating: octet, count: end &- start)
  }
}
