import Wire

/// Writes fields as members of a JSON object.
struct JSONVisitor: FieldVisitor, ~Copyable {
  /// The largest number that every reader of JSON keeps exactly, RFC 8259 section 6: beyond it a number is a string.
  static let largestNumber: UInt64 = 1 << 53

  var text = TextBuffer(capacity: 256)
  /// Whether a comma goes before the next member.
  var needsComma = false

  /// Writes the comma and the member's name; no name where it is an element of a list.
  private mutating func begin(_ name: StaticString) {
    guard name.hasPointerRepresentation, name.utf8CodeUnitCount > 0 else {
      if needsComma { text.append(",") }
      needsComma = true
      return
    }
    text.append(member: name, afterComma: needsComma)
    needsComma = true
  }

  mutating func number(_ name: StaticString, _ value: UInt64, _ meaning: StaticString?) {
    begin(name)
    guard value > Self.largestNumber else { return text.append(digitsOf: value) }
    text.append("\"")
    text.append(digitsOf: value)
    text.append("\"")
  }

  mutating func hexadecimal(_ name: StaticString, _ value: UInt64, digits: Int, _ meaning: StaticString?) {
    begin(name)
    text.append("\"0x")
    text.append(hexadecimal: value, digits: digits)
    text.append("\"")
  }

  mutating func flags(_ name: StaticString, _ value: UInt64, digits: Int, _ names: [FlagName]) {
    hexadecimal(name, value, digits: digits, nil)
  }

  mutating func boolean(_ name: StaticString, _ value: Bool) {
    begin(name)
    text.append(value ? "true" : "false")
  }

  mutating func hardwareAddress(_ name: StaticString, _ value: UInt64) {
    begin(name)
    text.append("\"")
    text.append(hardwareAddress: value)
    text.append("\"")
  }

  mutating func ipv4Address(_ name: StaticString, _ value: UInt32) {
    begin(name)
    text.append("\"")
    text.append(ipv4: value)
    text.append("\"")
  }

  mutating func ipv6Address(_ name: StaticString, _ value: UInt128) {
    begin(name)
    text.append("\"")
    text.append(ipv6: value)
    text.append("\"")
  }

  mutating func text(_ name: StaticString, _ value: RawSpan) {
    begin(name)
    text.append("\"")
    text.appendEscaped(value, for: .json)
    text.append("\"")
  }

  mutating func label(_ name: StaticString, _ value: StaticString) {
    begin(name)
    text.append("\"")
    text.append(value)
    text.append("\"")
  }

  mutating func octets(_ name: StaticString, _ value: RawSpan) {
    begin(name)
    text.append("\"")
    text.append(hexadecimal: value, separator: UInt8(ascii: ":"))
    text.append("\"")
  }

  mutating func time(_ name: StaticString, _ value: Timestamp) {
    begin(name)
    text.append("\"")
    append(value)
    text.append("\"")
  }

  mutating func checksumStatus(_ name: StaticString, _ value: ChecksumStatus) {
    begin(name)
    text.append(digitsOf: value.number)
  }

  /// Writes `seconds.nnnnnnnnn`.
  mutating func append(_ value: Timestamp) {
    text.append(decimal: value.seconds)
    text.append(".")
    text.append(digitsOf: UInt64(value.nanoseconds), minimumDigits: 9)
  }

  mutating func beginGroup(_ name: StaticString) {
    begin(name)
    text.append("{")
    needsComma = false
  }

  mutating func endGroup() {
    text.append("}")
    needsComma = true
  }

  mutating func beginList(_ name: StaticString) {
    begin(name)
    text.append("[")
    needsComma = false
  }

  mutating func endList() {
    text.append("]")
    needsComma = true
  }

  mutating func beginRecord() { beginGroup("") }

  mutating func endRecord() { endGroup() }

  mutating func beginValues(_ name: StaticString) { beginList(name) }
}
