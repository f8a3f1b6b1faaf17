/// The fields of an HTTP message that are shown, and how.
extension HTTPMessage {
  private struct FieldName: Sendable {
    /// In lower case.
    let name: StaticString
    /// As Wireshark has it.
    let shown: StaticString
    init(_ name: StaticString, _ shown: StaticString) {
      self.name = name
      self.shown = shown
    }
  }

  private static let fieldNames = [
    FieldName("host", "host"), FieldName("user-agent", "user_agent"), FieldName("server", "server"),
    FieldName("content-type", "content_type"), FieldName("content-length", "content_length_header"),
    FieldName("location", "location"), FieldName("date", "date"), FieldName("connection", "connection"),
    FieldName("accept", "accept"), FieldName("accept-encoding", "accept_encoding"),
    FieldName("accept-language", "accept_language"), FieldName("referer", "referer"),
    FieldName("content-encoding", "content_encoding"), FieldName("transfer-encoding", "transfer_encoding"),
    FieldName("cache-control", "cache_control"), FieldName("last-modified", "last_modified"),
    FieldName("upgrade", "upgrade"), FieldName("authorization", "authorization"),
    FieldName("www-authenticate", "www_authenticate"), FieldName("cookie", "cookie"),
    FieldName("set-cookie", "set_cookie"), FieldName("x-forwarded-for", "x_forwarded_for"),
  ]
  private static let contentLengthIndex = 4

  /// Which of `fieldNames` a line has; nil where it is none of them.
  private func index(of line: FieldLine) -> Int? {
    let name = bytes.slice(from: line.name.lowerBound, length: line.name.count)
    for index in Self.fieldNames.indices {
      let known = Self.fieldNames[index].name
      if known.utf8CodeUnitCount == name.byteCount, name.has(known, ignoringCase: true) { return index }
    }
    return nil
  }

  @_lifetime(copy self)
  private func value(of line: FieldLine) -> RawSpan {
    bytes.slice(from: line.value.lowerBound, length: line.value.count)
  }

  /// The value of the first field of a name in lower case; empty where there is none.
  @_lifetime(copy self)
  func value(of name: StaticString) -> RawSpan {
    var offset = firstField
    for _ in 0..<Self.maximumLines {
      guard let line = field(at: &offset) else { break }
      if line.name.count == name.utf8CodeUnitCount, bytes.has(name, at: line.name.lowerBound, ignoringCase: true) {
        return value(of: line)
      }
    }
    return bytes.slice(from: 0, length: 0)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("HTTP", style: .protocolName)
    text.append(" ")
    guard isResponse else {
      text.appendEscaped(method, for: .terminal)
      text.append(" ")
      text.begin(.highlight)
      text.append(shortened: target)
      text.end()
      text.append(field: " host ", value(of: "host"))
      return
    }
    text.begin(.highlight)
    if statusCode > 0 { text.append(decimal: statusCode) } else { text.append("response") }
    text.end()
    text.append(field: " ", phrase)
    text.append(field: " ", value(of: "content-type"))
    text.append(field: " ", value(of: "content-length"))
    text.append(field: " location ", value(of: "location"))
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    if isResponse {
      visitor.beginGroup("response")
      visitor.text("version", version)
      if statusCode > 0 { visitor.number("code", statusCode) }
      if phrase.byteCount > 0 { visitor.text("phrase", phrase) }
    } else {
      visitor.beginGroup("request")
      visitor.text("method", method)
      visitor.text("uri", target)
      if version.byteCount > 0 { visitor.text("version", version) }
    }
    visitor.endGroup()
    // A name that stands several times is shown where it stands first, with all its values.
    let repeated = repeatedFields
    var seen: UInt32 = 0
    var offset = firstField
    for _ in 0..<Self.maximumLines {
      guard let line = field(at: &offset) else { return }
      guard let index = index(of: line), seen & (1 &<< UInt32(index)) == 0 else { continue }
      seen |= 1 &<< UInt32(index)
      if repeated & (1 &<< UInt32(index)) != 0 {
        visitValues(of: index, from: line, offset, &visitor)
      } else {
        visitor.text(Self.fieldNames[index].shown, value(of: line))
      }
      if index == Self.contentLengthIndex, let length = Self.number(value(of: line)) {
        visitor.number("content_length", length)
      }
    }
  }

  /// The fields of `fieldNames` that stand more than once, a bit for each.
  private var repeatedFields: UInt32 {
    var seen: UInt32 = 0
    var repeated: UInt32 = 0
    var offset = firstField
    for _ in 0..<Self.maximumLines {
      guard let line = field(at: &offset) else { break }
      guard let index = index(of: line) else { continue }
      repeated |= seen & (1 &<< UInt32(index))
      seen |= 1 &<< UInt32(index)
    }
    return repeated
  }

  /// Visits all values of a field, from its first line on.
  private func visitValues<Visitor: FieldVisitor & ~Copyable>(
    of index: Int, from first: FieldLine, _ next: Int, _ visitor: inout Visitor
  ) {
    visitor.beginValues(Self.fieldNames[index].shown)
    visitor.text("", value(of: first))
    var offset = next
    for _ in 0..<Self.maximumLines {
      guard let line = field(at: &offset) else { break }
      if self.index(of: line) == index { visitor.text("", value(of: line)) }
    }
    visitor.endList()
  }

  /// A decimal number; nil where it is none, or too long.
  private static func number(_ digits: RawSpan) -> UInt64? {
    guard (1...18).contains(digits.byteCount) else { return nil }
    var number: UInt64 = 0
    for index in 0..<digits.byteCount {
      let digit = digits.uint8(at: index)
      guard (0x30...0x39).contains(digit) else { return nil }
      number = number &* 10 &+ UInt64(digit & 0xf)
    }
    return number
  }
}

extension TextBuffer {
  /// Writes text from outside on the one-line view, escaped, no more than a line bears.
  fileprivate mutating func append(shortened text: RawSpan) {
    let limit = 256
    appendEscaped(text.slice(from: 0, length: limit), for: .terminal)
    if text.byteCount > limit { append("…") }
  }

  /// Writes a label and a value that is not empty.
  fileprivate mutating func append(field label: StaticString, _ value: RawSpan) {
    guard value.byteCount > 0 else { return }
    append(label)
    append(shortened: value)
  }
}
