// Hypertext Transfer Protocol, version 1, RFC 9112.
//
//     GET /index.html HTTP/1.1 CR LF            HTTP/1.1 200 OK CR LF
//     Host: www.example.com CR LF               Content-Type: text/html CR LF
//     CR LF                                     CR LF
//                                               body
//
// A message may begin or end in any segment; what is shown is what the segment has of its beginning.

/// The beginning of an HTTP/1 message: its first line and the fields that follow.
public struct HTTPMessage: Header, ~Escapable {
  /// How far the lines are followed, in octets and in lines.
  static let maximumLength = 8192
  static let maximumLines = 100

  let bytes: RawSpan
  /// Whether it is a response.
  public let isResponse: Bool
  /// Where the first line ends, without its line end.
  private let lineEnd: Int
  /// Where the second part of the first line begins and ends: the target, or the status code.
  private let middle: Int
  private let middleEnd: Int

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(4, .http)
    self.bytes = bytes
    isResponse = Self.beginsResponse(bytes)
    lineEnd = Self.line(bytes, at: 0).end
    let first = bytes.slice(from: 0, length: lineEnd)
    middle = Self.skipSpaces(first, Self.token(first, at: 0))
    // Whatever stands between the method and the version is the target, spaces too.
    var end = Self.token(first, at: middle)
    if !isResponse {
      let version = Self.version(in: first)
      if version > middle { end = version }
      while end > middle, first.uint8(at: end &- 1) == 0x20 { end &-= 1 }
    }
    middleEnd = end
  }

  /// Whether octets begin an HTTP/1 message: a status line, or a method and a target that a version follows unless
  /// the octets end first.
  static func isPlausible(_ payload: RawSpan) -> Bool {
    guard payload.byteCount >= 4, (0x41...0x5a).contains(payload.uint8(at: 0)) else { return false }
    if beginsResponse(payload) { return true }
    guard beginsRequest(payload) else { return false }
    let line = line(payload, at: 0)
    return !line.isWhole || version(in: payload.slice(from: 0, length: line.end)) > 0
  }

  private static func beginsResponse(_ payload: RawSpan) -> Bool {
    guard payload.byteCount >= 9, payload.has("HTTP/1."), payload.uint8(at: 8) == 0x20 else { return false }
    for position in 9..<Swift.min(12, payload.byteCount) where !(0x30...0x39).contains(payload.uint8(at: position)) {
      return false
    }
    return payload.byteCount <= 12 || payload.uint8(at: 12) <= 0x20
  }

  private static let methods: [StaticString] = [
    "GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "CONNECT ", "PATCH ", "TRACE ", "PROPFIND ",
    "PROPPATCH ", "MKCOL ", "COPY ", "MOVE ", "LOCK ", "UNLOCK ", "REPORT ", "SEARCH ", "NOTIFY ", "SUBSCRIBE ",
    "UNSUBSCRIBE ", "M-SEARCH ",
  ]

  private static func beginsRequest(_ payload: RawSpan) -> Bool {
    for method in methods where payload.has(method) { return true }
    return false
  }

  /// Where the line at an offset ends, without CR and LF, where the next begins, and whether its end is there.
  private static func line(_ bytes: RawSpan, at offset: Int) -> (end: Int, next: Int, isWhole: Bool) {
    let limit = Swift.min(bytes.byteCount, maximumLength)
    var position = offset
    while position < limit, bytes.uint8(at: position) != 0x0a { position &+= 1 }
    let isWhole = position < limit
    var end = Swift.min(position, bytes.byteCount)
    if end > offset, bytes.uint8(at: end &- 1) == 0x0d { end &-= 1 }
    return (end, position &+ 1, isWhole)
  }

  private static func token(_ bytes: RawSpan, at offset: Int) -> Int {
    var position = offset
    while position < bytes.byteCount, bytes.uint8(at: position) != 0x20 { position &+= 1 }
    return position
  }

  private static func skipSpaces(_ bytes: RawSpan, _ offset: Int) -> Int {
    var position = offset
    while position < bytes.byteCount, bytes.uint8(at: position) == 0x20 { position &+= 1 }
    return position
  }

  /// Where the version at the end of a request line begins; 0 where it has none.
  private static func version(in line: RawSpan) -> Int {
    var position = line.byteCount
    while position > 0, line.uint8(at: position &- 1) != 0x20 { position &-= 1 }
    return line.has("HTTP/", at: position) ? position : 0
  }

  /// The method of a request.
  public var method: RawSpan {
    @_lifetime(copy self) get { bytes.slice(from: 0, length: Self.token(bytes.slice(from: 0, length: lineEnd), at: 0)) }
  }
  /// What a request asks for.
  public var target: RawSpan {
    @_lifetime(copy self) get { bytes.slice(from: middle, length: middleEnd &- middle) }
  }
  /// The version; empty where it is not there.
  public var version: RawSpan {
    @_lifetime(copy self) get {
      if isResponse { return bytes.slice(from: 0, length: 8) }
      let first = bytes.slice(from: 0, length: lineEnd)
      let start = Self.version(in: first)
      return first.slice(from: start, length: start > 0 ? .max : 0)
    }
  }
  /// The status code of a response; 0 where it is not there.
  public var statusCode: UInt16 {
    guard isResponse, middleEnd &- middle == 3 else { return 0 }
    var code: UInt16 = 0
    for position in middle..<middleEnd { code = code &* 10 &+ UInt16(bytes.uint8(at: position) & 0xf) }
    return code
  }
  /// The words after the status code.
  public var phrase: RawSpan {
    @_lifetime(copy self) get { bytes.slice(from: middleEnd &+ 1, length: lineEnd &- middleEnd &- 1) }
  }

  public var step: Step { Step(.none, headerLength: bytes.byteCount) }

  /// A field's line, as places in the message.
  struct FieldLine {
    let name: Range<Int>
    let value: Range<Int>
  }

  /// The first line after the first line.
  var firstField: Int { Self.line(bytes, at: 0).next }

  /// The field at an offset, which moves on to the next; nil at the empty line and at the end.
  func field(at offset: inout Int) -> FieldLine? {
    while offset < bytes.byteCount {
      let line = Self.line(bytes, at: offset)
      let start = offset
      offset = line.next
      if line.end == start { return nil }
      var colon = start
      while colon < line.end, bytes.uint8(at: colon) != UInt8(ascii: ":") { colon &+= 1 }
      // A line without a colon, or one that folds, is nothing to show.
      guard colon < line.end, colon > start, bytes.uint8(at: start) > 0x20 else { continue }
      var value = colon &+ 1
      var end = line.end
      while value < end, Self.isBlank(bytes.uint8(at: value)) { value &+= 1 }
      while end > value, Self.isBlank(bytes.uint8(at: end &- 1)) { end &-= 1 }
      return FieldLine(name: start..<colon, value: value..<end)
    }
    return nil
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
