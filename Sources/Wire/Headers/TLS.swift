// Transport Layer Security, the record layer: RFC 8446 section 5.1, RFC 5246 section 6.2.
//
//     0       1       3       5
//     +-------+-------+-------+------------------ - -
//     | type  |version| length| fragment
//     +-------+-------+-------+------------------ - -
//
// A handshake record has messages, RFC 8446 section 4:
//
//     0       1               4
//     +-------+---------------+------------------ - -
//     | type  |    length     | body
//     +-------+---------------+------------------ - -
//
// Records go on over segments; what is shown is what one segment has of those that begin with it.

/// The TLS records at the beginning of a segment.
public struct TLSRecords: Header, ~Escapable {
  enum Field {
    static let contentType = 0
    static let version = 1
    static let fragmentLength = 3
    static let length = 5
  }

  /// What a record carries.
  enum ContentType {
    static let changeCipherSpec: UInt8 = 20
    static let alert: UInt8 = 21
    static let handshake: UInt8 = 22
    static let applicationData: UInt8 = 23
    static let heartbeat: UInt8 = 24
  }

  /// The longest fragment that there may be, RFC 5246 section 6.2.3.
  static let maximumFragment = 1 << 14 + 2048

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .tls)
    self.bytes = bytes
  }

  /// Whether octets begin with a record: a content type, a version 3.x and a length that there may be.
  static func isPlausible(_ payload: RawSpan) -> Bool {
    guard payload.byteCount >= Field.length else { return false }
    let type = payload.uint8(at: Field.contentType)
    guard (ContentType.changeCipherSpec...ContentType.heartbeat).contains(type) else { return false }
    let length = Int(payload.uint16(at: Field.fragmentLength))
    guard payload.uint8(at: Field.version) == 3, payload.uint8(at: Field.version &+ 1) <= 4 else { return false }
    if type == ContentType.changeCipherSpec { return length == 1 }
    return length <= maximumFragment && (length > 0 || type == ContentType.applicationData)
  }

  public var step: Step { Step(.none, headerLength: bytes.byteCount) }

  /// A record, as places in the segment.
  struct Record {
    let contentType: UInt8
    let version: UInt16
    /// The fragment's length by the record's own word, in octets.
    let length: Int
    /// Where the fragment is, as far as the segment goes.
    let fragment: Range<Int>

    var isCut: Bool { fragment.count < length }
  }

  /// The record at an offset, which moves on to the next; nil at the end, and where there is none.
  func record(at offset: inout Int) -> Record? {
    let rest = bytes.slice(from: offset)
    guard Self.isPlausible(rest) else { return nil }
    let length = Int(rest.uint16(at: Field.fragmentLength))
    let start = offset &+ Field.length
    let end = Swift.min(start &+ length, bytes.byteCount)
    offset = end
    return Record(
      contentType: rest.uint8(at: Field.contentType), version: rest.uint16(at: Field.version), length: length,
      fragment: start..<end)
  }

  /// A handshake message, as places in the segment.
  struct HandshakeMessage {
    let type: UInt8
    /// The body's length by the message's own word, in octets.
    let length: Int
    /// Where the body is, as far as its record and the segment go.
    let body: Range<Int>

    var isCut: Bool { body.count < length }
  }

  /// The handshake message at an offset of a record, which moves on to the next; nil at the end, and where the octets
  /// are none: then they are encrypted.
  func handshake(at offset: inout Int, in record: Record) -> HandshakeMessage? {
    guard offset &+ 4 <= record.fragment.upperBound else { return nil }
    let type = bytes.uint8(at: offset)
    let length = Int(bytes.uint32(at: offset) & 0xff_ffff)
    // No message is longer than 128 KiB but in an attack, or in what is not a message at all.
    guard TLSNumbers.handshakeName(type) != nil, length < 1 << 17 else { return nil }
    let start = offset &+ 4
    let end = Swift.min(start &+ length, record.fragment.upperBound)
    offset = end
    return HandshakeMessage(type: type, length: length, body: start..<end)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.beginList("record")
    var offset = 0
    while let record = record(at: &offset) {
      visitor.beginRecord()
      visitor.number("content_type", UInt64(record.contentType), TLSNumbers.contentTypeName(record.contentType))
      visitor.hexadecimal("version", UInt64(record.version), digits: 4, TLSNumbers.versionName(record.version))
      visitor.number("length", record.length)
      visitor.endRecord()
    }
    visitor.endList()
    visitHandshakes(&visitor)
    visitAlerts(&visitor)
  }

  private func visitHandshakes<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    var isOpen = false
    var offset = 0
    // How much of a message is still to come, in the records after its first.
    var missing = 0
    while let record = record(at: &offset), record.contentType != ContentType.changeCipherSpec {
      guard record.contentType == ContentType.handshake else { continue }
      let continued = Swift.min(missing, record.fragment.count)
      missing &-= continued
      var position = record.fragment.lowerBound &+ continued
      while let message = handshake(at: &position, in: record) {
        if !isOpen { visitor.beginList("handshake") }
        isOpen = true
        visitor.beginRecord()
        visitor.number("type", UInt64(message.type), TLSNumbers.handshakeName(message.type))
        visitor.number("length", message.length)
        hello(message)?.visitFields(&visitor)
        visitor.endRecord()
        missing = message.length &- message.body.count
      }
    }
    if isOpen { visitor.endList() }
  }

  private func visitAlerts<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    var isOpen = false
    var offset = 0
    while let record = record(at: &offset) {
      guard let alert = alert(record) else { continue }
      if !isOpen { visitor.beginList("alert_message") }
      isOpen = true
      visitor.beginRecord()
      visitor.number("level", UInt64(alert.level), alert.level == 2 ? "fatal" : "warning")
      visitor.number("desc", UInt64(alert.description), TLSNumbers.alertName(alert.description))
      visitor.endRecord()
    }
    if isOpen { visitor.endList() }
  }

  /// The alert that a record has in clear; nil where it has none.
  func alert(_ record: Record) -> (level: UInt8, description: UInt8)? {
    guard record.contentType == ContentType.alert, record.length == 2, record.fragment.count == 2 else { return nil }
    let level = bytes.uint8(at: record.fragment.lowerBound)
    guard (1...2).contains(level) else { return nil }
    return (level, bytes.uint8(at: record.fragment.lowerBound &+ 1))
  }

  /// The hello that a handshake message is; nil where it is something else.
  @_lifetime(copy self)
  func hello(_ message: HandshakeMessage) -> TLSHello? {
    guard (1...2).contains(message.type) else { return nil }
    return TLSHello(
      bytes.slice(from: message.body.lowerBound, length: message.body.count), isClient: message.type == 1)
  }
}
