import Wire

/// Reads every value that it is given, so that none is left unread.
struct CountingVisitor: FieldVisitor, ~Copyable {
  var text: TextBuffer
  var depth = 0

  init(text: consuming TextBuffer) { self.text = text }

  mutating func number(_ name: StaticString, _ value: UInt64, _ meaning: StaticString?) {
    text.append(decimal: value)
  }
  mutating func hexadecimal(_ name: StaticString, _ value: UInt64, digits: Int, _ meaning: StaticString?) {
    text.append(hexadecimal: value, digits: digits)
  }
  mutating func flags(_ name: StaticString, _ value: UInt64, digits: Int, _ names: [FlagName]) {
    text.append(hexadecimal: value, digits: digits)
  }
  mutating func boolean(_ name: StaticString, _ value: Bool) { text.append(value ? "true" : "false") }
  mutating func hardwareAddress(_ name: StaticString, _ value: UInt64) { text.append(hardwareAddress: value) }
  mutating func ipv4Address(_ name: StaticString, _ value: UInt32) { text.append(ipv4: value) }
  mutating func ipv6Address(_ name: StaticString, _ value: UInt128) { text.append(ipv6: value) }
  mutating func text(_ name: StaticString, _ value: RawSpan) {
    text.appendEscaped(value, for: .terminal)
    text.appendEscaped(value, for: .json)
  }
  mutating func label(_ name: StaticString, _ value: StaticString) { text.append(value) }
  mutating func octets(_ name: StaticString, _ value: RawSpan) { text.append(hexadecimal: value) }
  mutating func time(_ name: StaticString, _ value: Timestamp) { text.append(decimal: value.seconds) }
  mutating func checksumStatus(_ name: StaticString, _ value: ChecksumStatus) { text.append(value.name) }
  mutating func beginGroup(_ name: StaticString) { depth += 1 }
  mutating func endGroup() { depth -= 1 }
  mutating func beginList(_ name: StaticString) { depth += 1 }
  mutating func endList() { depth -= 1 }
  mutating func beginRecord() { depth += 1 }
  mutating func endRecord() { depth -= 1 }
  mutating func beginValues(_ name: StaticString) { depth += 1 }
}
