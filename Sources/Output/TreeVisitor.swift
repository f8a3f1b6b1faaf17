import Wire

/// Writes fields one a line, indented by the layer, groups and records that they are in.
struct TreeVisitor: FieldVisitor, ~Copyable {
  var text = TextBuffer(capacity: 256)
  /// Spaces before the next field.
  var indentation = 2
  /// Whether the next field is the first of its record, which a dash marks.
  private var beginsRecord = false
  /// How many plain values of a list were written; nil outside of one.
  private var values: Int?

  /// Writes a name without a value; what follows is indented below it.
  mutating func heading(_ name: StaticString, _ title: StaticString?, isDeep: Bool = true) {
    indent()
    text.begin(.protocolName)
    text.append(name)
    text.end()
    if let title {
      text.append("  ")
      text.append(title)
    }
    text.append("\n")
    if isDeep { indentation &+= 2 }
  }

  private mutating func indent() {
    if beginsRecord {
      beginsRecord = false
      text.append(repeating: 0x20, count: indentation &- 2)
      text.append("- ")
    } else {
      text.append(repeating: 0x20, count: indentation)
    }
  }

  /// Writes what stands before a value.
  mutating func begin(_ name: StaticString) {
    if let written = values {
      if written > 0 { text.append(", ") }
      values = written &+ 1
      return
    }
    indent()
    text.begin(.fieldName)
    text.append(name)
    text.end()
    text.append(": ")
  }

  /// Writes what a value means, and ends the line.
  private mutating func finish(_ meaning: StaticString? = nil) {
    if let meaning {
      text.append(" (")
      text.append(meaning)
      text.append(")")
    }
    if values == nil { text.append("\n") }
  }

  mutating func number(_ name: StaticString, _ value: UInt64, _ meaning: StaticString?) {
    begin(name)
    text.append(digitsOf: value)
    finish(meaning)
  }

  mutating func hexadecimal(_ name: StaticString, _ value: UInt64, digits: Int, _ meaning: StaticString?) {
    begin(name)
    text.append("0x")
    text.append(hexadecimal: value, digits: digits)
    finish(meaning)
  }

  mutating func flags(_ name: StaticString, _ value: UInt64, digits: Int, _ names: [FlagName]) {
    begin(name)
    text.append("0x")
    text.append(hexadecimal: value, digits: digits)
    var isFirst = true
    for flag in names where value & flag.mask != 0 {
      text.append(isFirst ? " (" : ", ")
      isFirst = false
      text.append(flag.name, style: .highlight)
    }
    if !isFirst { text.append(")") }
    finish()
  }

  mutating func boolean(_ name: StaticString, _ value: Bool) {
    begin(name)
    text.append(value ? "true" : "false")
    finish()
  }

  mutating func hardwareAddress(_ name: StaticString, _ value: UInt64) {
    begin(name)
    text.append(hardwareAddress: value)
    finish(value == 0xffff_ffff_ffff ? "broadcast" : value >> 40 & 1 != 0 ? "multicast" : nil)
  }

  mutating func ipv4Address(_ name: StaticString, _ value: UInt32) {
    begin(name)
    text.append(ipv4: value)
    finish()
  }

  mutating func ipv6Address(_ name: StaticString, _ value: UInt128) {
    begin(name)
    text.append(ipv6: value)
    finish()
  }

  mutating func text(_ name: StaticString, _ value: RawSpan) {
    write(name, value, .terminal)
  }

  mutating func domainName(_ name: StaticString, _ value: RawSpan) {
    write(name, value, .terminalKeepingBackslashes)
  }

  private mutating func write(_ name: StaticString, _ value: RawSpan, _ target: TextBuffer.EscapeTarget) {
    begin(name)
    if value.byteCount == 0, values == nil { text.removeTrailingSpace() }
    text.appendEscaped(value, for: target)
    finish()
  }

  mutating func label(_ name: StaticString, _ value: StaticString) {
    begin(name)
    text.append(value)
    finish()
  }

  mutating func octets(_ name: StaticString, _ value: RawSpan) {
    begin(name)
    if value.byteCount == 0, values == nil { text.removeTrailingSpace() }
    text.append(hexadecimal: value, separator: UInt8(ascii: ":"))
    finish()
  }

  mutating func time(_ name: StaticString, _ value: Timestamp) {
    begin(name)
    text.append(decimal: value.seconds)
    text.append(".")
    text.append(digitsOf: UInt64(value.nanoseconds), minimumDigits: 9)
    finish()
  }

  mutating func checksumStatus(_ name: StaticString, _ value: ChecksumStatus) {
    begin(name)
    text.append(digitsOf: value.number)
    text.append(" (")
    if case .bad(let computed) = value {
      text.begin(.warning)
      text.append("bad, should be 0x")
      text.append(hexadecimal: UInt64(computed), digits: 4)
      text.end()
    } else {
      text.append(value.name)
    }
    text.append(")")
    finish()
  }

  mutating func beginGroup(_ name: StaticString) { heading(name, nil) }

  mutating func endGroup() { indentation &-= 2 }

  mutating func beginList(_ name: StaticString) { heading(name, nil) }

  mutating func endList() {
    if let written = values {
      if written == 0 { text.removeTrailingSpace() }
      values = nil
      text.append("\n")
    } else {
      indentation &-= 2
    }
  }

  mutating func beginRecord() {
    indentation &+= 2
    beginsRecord = true
  }

  mutating func endRecord() {
    beginsRecord = false
    indentation &-= 2
  }

  mutating func beginValues(_ name: StaticString) {
    begin(name)
    values = 0
  }
}
