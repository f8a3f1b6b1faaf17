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
    if value < 10_000 {
      let digits = Digits.ofFour(UInt32(truncatingIfNeeded: value))
      let zeros = digits.trailingZeroBitCount & ~7
      // SAFETY: room was made.
      unsafe UnsafeMutableRawPointer(base + used).storeBytes(
        of: ((digits | 0x3030_3030) &>> UInt32(zeros)).littleEndian, as: UInt32.self)
      used &+= 4 &- zeros / 8
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

  /// Writes a number below 100,000,000 without leading zeros; there is room for eight octets.
  @inline(__always)
  private mutating func store(upToEight value: UInt64) {
    let digits = Digits.ofEight(value)
    // The last digit stays, though it be zero.
    let zeros = (digits | 1 << 56).trailingZeroBitCount & ~7
    // SAFETY: the caller made room for eight octets.
    unsafe UnsafeMutableRawPointer(base + used).storeBytes(
      of: ((digits | Digits.zeros) &>> UInt64(zeros)).littleEndian, as: UInt64.self)
    used &+= 8 &- zeros / 8
  }

  /// Writes a number below 100,000,000 with its leading zeros; there is room for eight octets.
  @inline(__always)
  private mutating func store(eight value: UInt64) {
    // SAFETY: the caller made room for eight octets.
    unsafe UnsafeMutableRawPointer(base + used).storeBytes(
      of: (Digits.ofEight(value) | Digits.zeros).littleEndian, as: UInt64.self)
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
    writeLine(atMost: 16) { $0.append(ipv4: value) }
  }

  /// An IPv6 address in the recommended form, RFC 5952, with the mapped and compatible forms of inet_ntop(3).
  public mutating func append(ipv6 value: UInt128) {
    writeLine(atMost: LineCursor.longestIPv6) { $0.append(ipv6: value) }
  }

  static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    let digit = value & 0xf
    return digit < 10 ? digit &+ 0x30 : digit &+ 0x57
  }
}
