/// The lines of a file of /proc/net: text in columns that are parted by blanks. See proc_pid_net(5).
struct ProcNetLines: Sequence, IteratorProtocol {
  private let octets: [UInt8]
  private var place = 0

  /// The lines behind the heading.
  init(_ octets: [UInt8]) {
    self.octets = octets
    _ = next()
  }

  mutating func next() -> ProcNetLine? {
    guard place < octets.count else { return nil }
    let start = place
    let end = octets[start...].firstIndex(of: UInt8(ascii: "\n")) ?? octets.count
    place = end &+ 1
    return ProcNetLine(octets, start..<end)
  }
}

/// A line, read from its beginning. Every reading is nil where the line is not as it should be.
struct ProcNetLine {
  private let octets: [UInt8]
  private var range: Range<Int>

  init(_ octets: [UInt8], _ range: Range<Int>) {
    self.octets = octets
    self.range = range.clamped(to: 0..<octets.count)
  }

  /// What has not been read yet.
  var rest: ArraySlice<UInt8> { octets[range] }

  /// The next column, without the blanks around it.
  mutating func field() -> ArraySlice<UInt8>? {
    let start = octets[range].firstIndex { !Self.isBlank($0) } ?? range.upperBound
    guard start < range.upperBound else { return nil }
    let end = octets[start..<range.upperBound].firstIndex(where: Self.isBlank) ?? range.upperBound
    range = end..<range.upperBound
    return octets[start..<end]
  }

  /// Skips columns; false where there are not so many.
  mutating func skip(_ count: Int) -> Bool {
    for _ in 0..<count where field() == nil { return false }
    return true
  }

  /// The next column as a number without a sign; too large a one is nil.
  mutating func decimal<Number: FixedWidthInteger>(as: Number.Type = Number.self) -> Number? {
    field().flatMap { Self.number($0, base: 10) }
  }

  /// The next column as a hexadecimal number.
  mutating func hexadecimal<Number: FixedWidthInteger>(as: Number.Type = Number.self) -> Number? {
    field().flatMap { Self.number($0, base: 16) }
  }

  /// The next column as two hexadecimal numbers with a colon between them.
  mutating func hexadecimalPair<Number: FixedWidthInteger>(as: Number.Type = Number.self) -> (Number, Number)? {
    guard let field = field(), let colon = field.firstIndex(of: UInt8(ascii: ":")),
      let first: Number = Self.number(field[..<colon], base: 16),
      let second: Number = Self.number(field[(colon &+ 1)...], base: 16)
    else { return nil }
    return (first, second)
  }

  /// A number that is nothing but digits of a base.
  static func number<Number: FixedWidthInteger>(_ digits: some Collection<UInt8>, base: Number) -> Number? {
    guard !digits.isEmpty else { return nil }
    var value: Number = 0
    for octet in digits {
      guard let digit = digitValue(octet), let digit = Number(exactly: digit), digit < base else { return nil }
      let (product, overflowed) = value.multipliedReportingOverflow(by: base)
      let (sum, overflowedToo) = product.addingReportingOverflow(digit)
      guard !overflowed, !overflowedToo else { return nil }
      value = sum
    }
    return value
  }

  private static func digitValue(_ octet: UInt8) -> UInt8? {
    switch octet {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): octet &- UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): octet &- UInt8(ascii: "a") &+ 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): octet &- UInt8(ascii: "A") &+ 10
    default: nil
    }
  }

  private static func isBlank(_ octet: UInt8) -> Bool { octet == UInt8(ascii: " ") || octet == UInt8(ascii: "\t") }
}
