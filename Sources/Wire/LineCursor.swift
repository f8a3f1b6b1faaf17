/// Where the next octets of a line go, while many are written in a row.
///
/// A `TextBuffer` looks at its memory anew for every piece, since each octet that is stored could have changed it. A
/// cursor is a local value that stays in registers: room for all that it will be given is made once, before, by
/// `TextBuffer.writeLine`. Debug and fuzz builds check each store against it.
@safe
struct LineCursor {
  /// Behind the octets that were written.
  fileprivate var end: UnsafeMutablePointer<UInt8>
  fileprivate let limit: UnsafeMutablePointer<UInt8>

  /// How many octets behind its own each store may touch: they are stored in words.
  static let slack = 16

  @inline(__always)
  private func check(_ count: Int) {
    // SAFETY: only compared; `limit` is the end of the memory that `end` points into.
    assert(unsafe end + count <= limit, "a line that is longer than was said")
  }

  /// Writes a text of our own.
  @inline(__always)
  mutating func append(_ text: StaticString) {
    let count = text.utf8CodeUnitCount
    check(count)
    // SAFETY: `writeLine` made room, and a literal's octets live for ever. Texts of one scalar are not given here.
    unsafe UnsafeMutableRawPointer(end).copyMemory(from: text.utf8Start, byteCount: count)
    unsafe end += count
  }

  /// Writes one octet.
  @inline(__always)
  mutating func append(_ octet: UInt8) {
    check(1)
    // SAFETY: `writeLine` made room.
    unsafe end.pointee = octet
    unsafe end += 1
  }

  /// Writes the low octets of a word, the lowest first, at most eight.
  @inline(__always)
  mutating func append(packed word: UInt64, count: Int) {
    check(8)
    // SAFETY: `writeLine` made room, with what is stored behind `count`.
    unsafe UnsafeMutableRawPointer(end).storeBytes(of: word.littleEndian, as: UInt64.self)
    unsafe end += count
  }

  /// A number in decimal: at most ten digits.
  @inline(__always)
  mutating func append(decimal value: UInt32) {
    if value < 10 { return append(UInt8(truncatingIfNeeded: 0x30 &+ value)) }
    var rest = UInt64(value)
    if value >= 100_000_000 {
      let high = rest / 100_000_000
      rest = rest &- high &* 100_000_000
      // One digit or two, and nobody can foretell which.
      let tens = (high &* 103) &>> 10
      let pair = 0x3030 | tens | (high &- tens &* 10) << 8
      append(packed: tens == 0 ? pair >> 8 : pair, count: tens == 0 ? 1 : 2)
      return append(packed: Digits.ofEight(rest) | Digits.zeros, count: 8)
    }
    let digits = Digits.ofEight(rest)
    let zeros = digits.trailingZeroBitCount & ~7
    append(packed: (digits | Digits.zeros) &>> UInt64(zeros), count: 8 &- zeros / 8)
  }

  /// A number in decimal: at most five digits, however many without a branch, since ports come in all lengths.
  @inline(__always)
  mutating func append(decimal value: UInt16) {
    let value = UInt32(value)
    let highest = value / 10_000
    let digits = UInt64(highest) | UInt64(Digits.ofFour(value &- highest &* 10_000)) << 8
    // The last digit stays, though it be zero.
    let zeros = (digits | 1 << 32).trailingZeroBitCount & ~7
    append(packed: (digits | 0x30_3030_3030) &>> UInt64(zeros), count: 5 &- zeros / 8)
  }

  /// A number in decimal that is seldom above 9,999.
  @inline(__always)
  mutating func append(short value: UInt32) {
    guard value <= 0xffff else { return append(decimal: value) }
    append(decimal: UInt16(truncatingIfNeeded: value))
  }

  /// A number in decimal: at most twenty digits.
  @inline(__always)
  mutating func append(decimal value: UInt64) {
    if value <= UInt64(UInt32.max) { return append(decimal: UInt32(truncatingIfNeeded: value)) }
    append(long: value)
  }

  @inline(never)
  private mutating func append(long value: UInt64) {
    let high = value / 100_000_000
    if high <= UInt64(UInt32.max) { append(decimal: UInt32(truncatingIfNeeded: high)) } else { append(long: high) }
    append(packed: Digits.ofEight(value &- high &* 100_000_000) | Digits.zeros, count: 8)
  }

  /// Writes the first octets of a text that was prepared, at most 32; all of them are stored.
  @inline(__always)
  mutating func append(prepared text: SIMD32<UInt8>, count: Int) {
    check(32)
    // SAFETY: `writeLine` made room, with what is stored behind `count`.
    unsafe UnsafeMutableRawPointer(end).storeBytes(of: text, as: SIMD32<UInt8>.self)
    unsafe end += count
  }

  /// A port in decimal behind a colon.
  @inline(__always)
  mutating func append(port: UInt16) {
    append(UInt8(ascii: ":"))
    append(decimal: port)
  }

  /// Nine digits with leading zeros, of a number below 1,000,000,000.
  @inline(__always)
  mutating func append(nanoseconds value: UInt32) {
    let high = value / 100_000_000
    append(UInt8(truncatingIfNeeded: 0x30 &+ high))
    append(packed: Digits.ofEight(UInt64(value &- high &* 100_000_000)) | Digits.zeros, count: 8)
  }

  /// An IPv4 address in dotted decimal: at most fifteen octets.
  @inline(__always)
  mutating func append(ipv4 value: UInt32) {
    append(octet: UInt8(truncatingIfNeeded: value &>> 24))
    append(octet: UInt8(truncatingIfNeeded: value &>> 16))
    append(octet: UInt8(truncatingIfNeeded: value &>> 8))
    append(octet: UInt8(truncatingIfNeeded: value))
    // SAFETY: without the last dot, which was just written.
    unsafe end -= 1
  }

  /// An octet in decimal and a dot behind it.
  @inline(__always)
  private mutating func append(octet value: UInt8) {
    check(4)
    // SAFETY: `writeLine` made room, and an octet is within the table.
    unsafe UnsafeMutableRawPointer(end).copyMemory(
      from: DigitTables.octets.utf8Start + Int(value) &* 4, byteCount: 4)
    unsafe end += 2 &+ (value > 9 ? 1 : 0) &+ (value > 99 ? 1 : 0)
  }
}

/// IPv6 addresses.
extension LineCursor {
  /// The longest text of an address: eight groups of four digits, seven colons.
  static let longestIPv6 = 40

  /// An address in the recommended form, RFC 5952, with the mapped and compatible forms of inet_ntop(3).
  @inline(never)
  mutating func append(ipv6 value: UInt128) {
    let high = UInt64(truncatingIfNeeded: value &>> 64)
    let low = UInt64(truncatingIfNeeded: value)
    if high == 0, low &>> 32 == 0xffff || (low &>> 32 == 0 && low &>> 16 != 0) {
      if low &>> 32 == 0 { append("::") } else { append("::ffff:") }
      return append(ipv4: UInt32(truncatingIfNeeded: low))
    }
    // The longest run of two or more zero groups, the first of equals, becomes `::`.
    let (start, length) = Self.hasZeroGroup(high) || Self.hasZeroGroup(low) ? Self.longestZeroRun(high, low) : (8, 8)
    if start == 8 {
      append(groups: high)
      append(groups: low)
      // SAFETY: without the last colon, which was just written.
      unsafe end -= 1
      return
    }
    for index in 0..<start {
      if index > 0 { append(UInt8(ascii: ":")) }
      append(group: Self.group(index, high, low))
    }
    append("::")
    for index in (start &+ length)..<8 {
      if index > start &+ length { append(UInt8(ascii: ":")) }
      append(group: Self.group(index, high, low))
    }
  }

  /// One of the eight groups.
  @inline(__always)
  private static func group(_ index: Int, _ high: UInt64, _ low: UInt64) -> UInt16 {
    UInt16(truncatingIfNeeded: (index < 4 ? high : low) &>> UInt64((3 &- index & 3) &* 16))
  }

  /// Four groups, a colon behind each.
  @inline(__always)
  private mutating func append(groups half: UInt64) {
    append(group: UInt16(truncatingIfNeeded: half &>> 48))
    append(UInt8(ascii: ":"))
    append(group: UInt16(truncatingIfNeeded: half &>> 32))
    append(UInt8(ascii: ":"))
    append(group: UInt16(truncatingIfNeeded: half &>> 16))
    append(UInt8(ascii: ":"))
    append(group: UInt16(truncatingIfNeeded: half))
    append(UInt8(ascii: ":"))
  }

  /// Whether one of the four groups of a half is zero: then, and only then, a borrow runs into its highest bit.
  @inline(__always)
  private static func hasZeroGroup(_ half: UInt64) -> Bool {
    (half &- 0x0001_0001_0001_0001) & ~half & 0x8000_8000_8000_8000 != 0
  }

  /// Where the longest run of two or more zero groups begins, and its length; (8, 8) where there is none.
  @inline(__always)
  private static func longestZeroRun(_ high: UInt64, _ low: UInt64) -> (start: Int, length: Int) {
    // A bit for each group that is zero, the first group's highest.
    let zeros = zeroGroups(high) << 4 | zeroGroups(low)
    if zeros & zeros >> 1 == 0 { return (8, 8) }
    var runs = zeros
    var length = 1
    // Each turn leaves the starts of the runs that are longer by one.
    while runs & runs << 1 & 0xff != 0 {
      runs = runs & runs << 1
      length &+= 1
    }
    return (8 &- (Int.bitWidth &- (runs & 0xff).leadingZeroBitCount), length)
  }

  /// Four bits for the groups of a half that are zero, the first group's highest.
  @inline(__always)
  private static func zeroGroups(_ half: UInt64) -> Int {
    var bits = 0
    var shift: UInt64 = 64
    while shift > 0 {
      shift &-= 16
      bits = bits << 1 | (half &>> shift & 0xffff == 0 ? 1 : 0)
    }
    return bits
  }

  /// A group of four hexadecimal digits without leading zeros.
  @inline(__always)
  private mutating func append(group: UInt16) {
    // A digit to each octet, the first in the lowest.
    let pairs = UInt32(group >> 8) | UInt32(group & 0xff) << 16
    let digits = pairs >> 4 & 0x000f_000f | (pairs & 0x000f_000f) << 8
    // What is above nine goes on at `a`.
    let letters = (digits &+ 0x0606_0606) >> 4 & 0x0101_0101
    let text = digits &+ 0x3030_3030 &+ letters &* 0x27
    let zeros = Swift.min(group.leadingZeroBitCount / 4, 3)
    append(packed: UInt64(text) &>> UInt64(zeros &* 8), count: 4 &- zeros)
  }
}

extension TextBuffer {
  /// Writes at most `length` octets through a cursor.
  @inline(__always)
  mutating func writeLine(atMost length: Int, _ body: (inout LineCursor) -> Void) {
    reserve(length &+ LineCursor.slack)
    // SAFETY: room for that many octets was made; the cursor does not leave the closure, and `base` stays.
    var cursor = unsafe LineCursor(end: base + used, limit: base + used + length + LineCursor.slack)
    body(&cursor)
    used = unsafe cursor.end - base
  }

  /// Writes the time of day of a line: the eight octets of `HH:MM:SS`, the first one lowest, then nanoseconds, below
  /// 1,000,000,000, and a space.
  public mutating func append(clock digits: UInt64, nanoseconds: UInt32) {
    writeLine(atMost: 24) { line in
      line.append(packed: digits, count: 8)
      line.append(UInt8(ascii: "."))
      line.append(nanoseconds: nanoseconds)
      line.append(UInt8(ascii: " "))
    }
  }
}
