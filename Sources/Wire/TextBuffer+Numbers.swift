/// Numbers and addresses as text.
extension TextBuffer {
  /// A number in decimal.
  public mutating func append(decimal value: some BinaryInteger) {
    if value < 0 { append(UInt8(ascii: "-")) }
    appendDigits(UInt64(truncatingIfNeeded: value.magnitude))
  }

  /// A number in decimal with leading zeros.
  public mutating func append(decimal value: some BinaryInteger, digits: Int) {
    appendDigits(UInt64(truncatingIfNeeded: value.magnitude), minimumDigits: digits)
  }

  /// The digits of a number in hexadecimal, lower case, without a prefix.
  public mutating func append(hexadecimal value: UInt64, digits: Int) {
    var shift = (Swift.min(Swift.max(digits, 1), 16) &- 1) &* 4
    while shift >= 0 {
      append(Self.hexadecimalDigit(UInt8(truncatingIfNeeded: value &>> UInt64(shift))))
      shift &-= 4
    }
  }

  /// The digits of a number in hexadecimal without leading zeros.
  public mutating func append(shortHexadecimal value: UInt64) {
    append(hexadecimal: value, digits: Swift.max(1, (67 &- value.leadingZeroBitCount) / 4))
  }

  /// Octets in hexadecimal, with an octet between two of them where one is given.
  public mutating func append(hexadecimal octets: RawSpan, separator: UInt8? = nil) {
    for index in 0..<octets.byteCount {
      if index > 0, let separator { append(separator) }
      append(hexadecimal: UInt64(octets.uint8(at: index)), digits: 2)
    }
  }

  /// A hardware address, such as `00:00:5e:00:53:01`.
  public mutating func append(hardwareAddress value: UInt64) {
    var shift: UInt64 = 40
    while true {
      append(hexadecimal: value &>> shift & 0xff, digits: 2)
      if shift == 0 { break }
      shift &-= 8
      append(UInt8(ascii: ":"))
    }
  }

  /// An IPv4 address in dotted decimal.
  public mutating func append(ipv4 value: UInt32) {
    appendDigits(UInt64(value &>> 24))
    append(UInt8(ascii: "."))
    appendDigits(UInt64(value &>> 16 & 0xff))
    append(UInt8(ascii: "."))
    appendDigits(UInt64(value &>> 8 & 0xff))
    append(UInt8(ascii: "."))
    appendDigits(UInt64(value & 0xff))
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
      while start &+ length < 8, Self.group(value, start &+ length) == 0 { length &+= 1 }
      if length > bestLength { (bestStart, bestLength) = (start, length) }
      start &+= Swift.max(length, 1)
    }
    var index = 0
    while index < 8 {
      if index == bestStart {
        append("::")
        index &+= bestLength
        continue
      }
      if index > 0, index != bestStart &+ bestLength || bestStart == 8 { append(UInt8(ascii: ":")) }
      append(shortHexadecimal: Self.group(value, index))
      index &+= 1
    }
  }

  private static func group(_ value: UInt128, _ index: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: value &>> UInt128((7 &- index) &* 16)) & 0xffff
  }

  static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    let digit = value & 0xf
    return digit < 10 ? digit &+ 0x30 : digit &+ 0x57
  }
}
