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
    if value < 10 { return append(UInt8(truncatingIfNeeded: 0x30 &+ value)) }
    if value < 100 {
      reserve(2)
      store(pair: value, at: used)
      used &+= 2
      return
    }
    appendLong(value, digits: Self.digitCount(of: value))
  }

  /// The decimal digits of a number, with zeros before it up to `minimumDigits`, at most 20.
  public mutating func append(digitsOf value: UInt64, minimumDigits: Int) {
    appendLong(value, digits: Swift.max(Self.digitCount(of: value), Swift.min(minimumDigits, 20)))
  }

  /// How many decimal digits a number has: 1 to 20.
  @inline(__always)
  static func digitCount(of value: UInt64) -> Int {
    if value < 10_000 { return value < 100 ? (value < 10 ? 1 : 2) : (value < 1_000 ? 3 : 4) }
    if value < 100_000_000 {
      return value < 1_000_000 ? (value < 100_000 ? 5 : 6) : (value < 10_000_000 ? 7 : 8)
    }
    var digits = 9
    var rest = value / 1_000_000_000
    while rest != 0 {
      digits &+= 1
      rest /= 10
    }
    return digits
  }

  /// Writes digits two at a time from the last to the first; what is left of the number's place becomes zeros.
  private mutating func appendLong(_ value: UInt64, digits: Int) {
    reserve(20)
    var position = used &+ digits
    let first = used
    var rest = value
    while position &- first >= 2 {
      let quotient = rest / 100
      position &-= 2
      store(pair: rest &- quotient &* 100, at: position)
      rest = quotient
    }
    if position > first {
      // SAFETY: room for 20 was made, and `position` is `first`.
      unsafe base[first] = UInt8(truncatingIfNeeded: 0x30 &+ rest % 10)
    }
    used &+= digits
  }

  /// Stores two digits at a position that there is room for; `value` is below 100.
  @inline(__always)
  private mutating func store(pair value: UInt64, at position: Int) {
    // SAFETY: the caller made room for two octets, and the remainder of 100 is within the table.
    unsafe UnsafeMutableRawPointer(base + position).copyMemory(
      from: DigitTables.decimalPairs.utf8Start + Int(truncatingIfNeeded: value % 100) &* 2, byteCount: 2)
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
    var bestStart = 8
    var bestLength = 1
    var start = 0
    while start < 8 {
      var length = 0
      while start &+ length < 8, Self.group(high, low, start &+ length) == 0 { length &+= 1 }
      if length > bestLength { (bestStart, bestLength) = (start, length) }
      start &+= Swift.max(length, 1)
    }
    reserve(48)
    var index = 0
    while index < 8 {
      if index == bestStart {
        append("::")
        index &+= bestLength
        continue
      }
      if index > 0, index != bestStart &+ bestLength || bestStart == 8 { append(UInt8(ascii: ":")) }
      append(shortHexadecimal: Self.group(high, low, index))
      index &+= 1
    }
  }

  @inline(__always)
  private static func group(_ high: UInt64, _ low: UInt64, _ index: Int) -> UInt64 {
    let half = index < 4 ? high : low
    return half &>> UInt64(truncatingIfNeeded: (3 &- (index & 3)) &* 16) & 0xffff
  }

  static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    let digit = value & 0xf
    return digit < 10 ? digit &+ 0x30 : digit &+ 0x57
  }
}
