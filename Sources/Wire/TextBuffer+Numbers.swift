/// Numbers and addresses as text.
extension TextBuffer {
  /// A number in decimal.
  @inlinable @inline(__always)
  public mutating func append(decimal value: some BinaryInteger) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(digitsOf: UInt64(truncatingIfNeeded: value.magnitude))
  }

  /// A number in decimal with leading zeros.
  @inlinable @inline(__always)
  public mutating func append(decimal value: some BinaryInteger, digits: Int) {
    append(digitsOf: UInt64(truncatingIfNeeded: value.magnitude), minimumDigits: digits)
  }

  /// The decimal digits of a number.
  public mutating func append(digitsOf value: UInt64) {
    reserve(24)
    if value < 10 {
      // SAFETY: room was made.
      unsafe base[used] = UInt8(truncatingIfNeeded: 0x30 &+ value)
      used &+= 1
      return
    }
    if value < 100_000_000 { return store(upToEight: value) }
    let high = value / 100_000_000
    if high < 100_000_000 {
      store(upToEight: high)
    } else {
      let highest = high / 100_000_000
      store(upToEight: highest)
      store(eight: high &- highest &* 100_000_000)
    }
    store(eight: value &- high &* 100_000_000)
  }

  /// The decimal digits of a number, with zeros before it up to `minimumDigits`, at most 20.
  public mutating func append(digitsOf value: UInt64, minimumDigits: Int) {
    if minimumDigits == 9, value < 1_000_000_000 {
      // Nanoseconds, which every packet has.
      reserve(9)
      let high = value / 100_000_000
      append(UInt8(truncatingIfNeeded: 0x30 &+ high))
      return store(eight: value &- high &* 100_000_000)
    }
    var limit: UInt64 = 10
    var zeros = Swift.min(minimumDigits, 20) &- 1
    while zeros > 0, value >= limit {
      zeros &-= 1
      let (next, overflow) = limit.multipliedReportingOverflow(by: 10)
      limit = overflow ? .max : next
    }
    append(repeating: 0x30, count: zeros)
    append(digitsOf: value)
  }

  /// Eight digits side by side in one word, the first in the lowest octet, each 0 to 9; `value` is below 100,000,000.
  ///
  /// Halves, quarters and eighths are divided all at once, by multiplication with a reciprocal.
  @inline(__always)
  private static func digits(ofEight value: UInt64) -> UInt64 {
    let high = value / 10_000
    let halves = high | (value &- high &* 10_000) << 32
    let hundreds = (halves &* 10_486) &>> 20 & 0x0000_007f_0000_007f
    let quarters = hundreds | (halves &- hundreds &* 100) << 16
    let tens = (quarters &* 103) &>> 10 & 0x000f_000f_000f_000f
    return tens | (quarters &- tens &* 10) << 8
  }

  /// Writes a number below 100,000,000 without leading zeros; there is room for eight octets.
  @inline(__always)
  private mutating func store(upToEight value: UInt64) {
    let digits = Self.digits(ofEight: value)
    // The last digit stays, though it be zero.
    let zeros = (digits | 1 << 56).trailingZeroBitCount & ~7
    // SAFETY: the caller made room for eight octets.
    unsafe UnsafeMutableRawPointer(base + used).storeBytes(
      of: ((digits | 0x3030_3030_3030_3030) &>> UInt64(zeros)).littleEndian, as: UInt64.self)
    used &+= 8 &- zeros / 8
  }

  /// Writes a number below 100,000,000 with its leading zeros; there is room for eight octets.
  @inline(__always)
  private mutating func store(eight value: UInt64) {
    // SAFETY: the caller made room for eight octets.
    unsafe UnsafeMutableRawPointer(base + used).storeBytes(
      of: (Self.digits(ofEight: value) | 0x3030_3030_3030_3030).littleEndian, as: UInt64.self)
    used &+= 8
  }

  /// Stores an octet's two hexadecimal digits at a position that there is room for.
  @inline(__always)
  private mutating func store(hexadecimal value: UInt8, at position: Int) {
    // SAFETY: the caller made room for two octets, and an octet is within the table.
    unsafe UnsafeMutableRawPointer(base + position).copyMemory(
      from: DigitTables.hexadecimalPairs.utf8Start + Int(value) &* 2, byteCount: 2)
  }

  /// The digits of a number in hexadecimal, lower case, without a prefix.
  public mutating func append(hexadecimal value: UInt64, digits: Int) {
    let length = Swift.min(Swift.max(digits, 1), 16)
    reserve(16)
    var position = used &+ length
    var rest = value
    while position &- used >= 2 {
      position &-= 2
      store(hexadecimal: UInt8(truncatingIfNeeded: rest), at: position)
      rest &>>= 8
    }
    // SAFETY: room was made.
    if position > used { unsafe base[used] = Self.hexadecimalDigit(UInt8(truncatingIfNeeded: rest)) }
    used &+= length
  }

  /// The digits of a number in hexadecimal without leading zeros.
  public mutating func append(shortHexadecimal value: UInt64) {
    append(hexadecimal: value, digits: Swift.max(1, (67 &- value.leadingZeroBitCount) / 4))
  }

  /// Octets in hexadecimal, with an octet between two of them where one is given.
  public mutating func append(hexadecimal octets: RawSpan, separator: UInt8? = nil) {
    reserve(octets.byteCount &* 3)
    for index in 0..<octets.byteCount {
      if index > 0, let separator { append(separator) }
      store(hexadecimal: octets.uint8(at: index), at: used)
      used &+= 2
    }
  }

  /// A hardware address, such as `00:00:5e:00:53:01`.
  public mutating func append(hardwareAddress value: UInt64) {
    reserve(18)
    var shift: UInt64 = 48
    while shift > 0 {
      shift &-= 8
      store(hexadecimal: UInt8(truncatingIfNeeded: value &>> shift), at: used)
      // SAFETY: room was made for the colon behind the last octet too, which is not kept.
      unsafe base[used &+ 2] = UInt8(ascii: ":")
      used &+= 3
    }
    used &-= 1
  }

  /// An IPv4 address in dotted decimal.
  public mutating func append(ipv4 value: UInt32) {
    reserve(16)
    append(octet: UInt8(truncatingIfNeeded: value &>> 24))
    append(octet: UInt8(truncatingIfNeeded: value &>> 16))
    append(octet: UInt8(truncatingIfNeeded: value &>> 8))
    append(octet: UInt8(truncatingIfNeeded: value))
    // Without the last dot.
    used &-= 1
  }

  /// An octet in decimal and a dot behind it, where there is room for four octets.
  @inline(__always)
  private mutating func append(octet value: UInt8) {
    // SAFETY: the caller made room for four octets each, and an octet is within the table.
    unsafe UnsafeMutableRawPointer(base + used).copyMemory(
      from: DigitTables.octets.utf8Start + Int(value) &* 4, byteCount: 4)
    used &+= value < 10 ? 2 : value < 100 ? 3 : 4
  }

  /// An IPv6 address in the recommended form, RFC 5952, with the mapped and compatible forms of inet_ntop(3).
  public mutating func append(ipv6 value: UInt128) {
    let high = UInt64(truncatingIfNeeded: value &>> 64)
    let low = UInt64(truncatingIfNeeded: value)
    if high == 0, low &>> 32 == 0xffff || (low &>> 32 == 0 && low &>> 16 != 0) {
      append(low &>> 32 == 0 ? "::" : "::ffff:")
      return append(ipv4: UInt32(truncatingIfNeeded: low))
    }
    // The longest run of two or more zero groups, the first of equals, becomes `::`.
    let (start, length) = Self.longestZeroRun(high, low)
    reserve(48)
    var index = 0
    while index < 8 {
      if index == start {
        append("::")
        index &+= length
        continue
      }
      if index > 0, index != start &+ length { append(UInt8(ascii: ":")) }
      let half = index < 4 ? high : low
      store(group: UInt16(truncatingIfNeeded: half &>> UInt64((3 &- index & 3) &* 16)))
      index &+= 1
    }
  }

  /// Where the longest run of two or more zero groups begins, and its length; (8, 8) where there is none.
  @inline(__always)
  private static func longestZeroRun(_ high: UInt64, _ low: UInt64) -> (start: Int, length: Int) {
    var best = (start: 8, length: 1)
    var run = 0
    var index = 0
    while index < 8 {
      let half = index < 4 ? high : low
      if half &>> UInt64((3 &- index & 3) &* 16) & 0xffff == 0 {
        run &+= 1
        if run > best.length { best = (index &+ 1 &- run, run) }
      } else {
        run = 0
      }
      index &+= 1
    }
    return best.length > 1 ? best : (8, 8)
  }

  /// Writes a group of an IPv6 address without leading zeros; there is room for it.
  @inline(__always)
  private mutating func store(group: UInt16) {
    let zeros = Swift.min(group.leadingZeroBitCount / 4, 3)
    store(hexadecimal: UInt8(truncatingIfNeeded: group >> 8), at: used)
    store(hexadecimal: UInt8(truncatingIfNeeded: group), at: used &+ 2)
    // SAFETY: the caller made room for four octets, which were just written.
    let word = unsafe UnsafeRawPointer(base + used).loadUnaligned(as: UInt32.self)
    unsafe UnsafeMutableRawPointer(base + used).storeBytes(of: word &>> UInt32(zeros &* 8), as: UInt32.self)
    used &+= 4 &- zeros
  }

  static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    let digit = value & 0xf
    return digit < 10 ? digit &+ 0x30 : digit &+ 0x57
  }
}
