/// The options of a TCP header, one after another. Kinds and lengths: the TCP parameters at IANA.
public struct TCPOptions: ~Escapable {
  /// Option kinds that are shown in words.
  enum Kind {
    static let end: UInt8 = 0
    static let noOperation: UInt8 = 1
    static let maximumSegmentSize: UInt8 = 2
    static let windowScale: UInt8 = 3
    static let selectiveAcknowledgmentPermitted: UInt8 = 4
    static let selectiveAcknowledgment: UInt8 = 5
    static let timestamps: UInt8 = 8
    static let multipath: UInt8 = 30
    static let fastOpen: UInt8 = 34
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  /// Calls the body with each option's kind and value; false where an option's length is impossible.
  @discardableResult
  func forEach(_ body: (UInt8, RawSpan) -> Void) -> Bool {
    var offset = 0
    while offset < bytes.byteCount {
      let kind = bytes.uint8(at: offset)
      if kind == Kind.end || kind == Kind.noOperation {
        body(kind, bytes.slice(from: offset, length: 0))
        if kind == Kind.end { return true }
        offset &+= 1
        continue
      }
      guard offset &+ 1 < bytes.byteCount else { return false }
      let length = Int(bytes.uint8(at: offset &+ 1))
      guard length >= 2, offset &+ length <= bytes.byteCount else { return false }
      body(kind, bytes.slice(from: offset &+ 2, length: length &- 2))
      offset &+= length
    }
    return true
  }

  /// Writes them as `<mss 1460,sackOK,nop,wscale 7>`.
  func summarize(into text: inout TextBuffer) {
    text.append("<")
    var first = true
    var offset = 0
    while offset < bytes.byteCount {
      if !first { text.append(",") }
      first = false
      let kind = bytes.uint8(at: offset)
      if kind == Kind.end {
        text.append("eol")
        break
      }
      if kind == Kind.noOperation {
        text.append("nop")
        offset &+= 1
        continue
      }
      let length = offset &+ 1 < bytes.byteCount ? Int(bytes.uint8(at: offset &+ 1)) : 0
      guard length >= 2, offset &+ length <= bytes.byteCount else {
        text.append("bad length", style: .warning)
        break
      }
      Self.summarize(kind, bytes.slice(from: offset &+ 2, length: length &- 2), into: &text)
      offset &+= length
    }
    text.append(">")
  }

  private static func summarize(_ kind: UInt8, _ value: RawSpan, into text: inout TextBuffer) {
    switch (kind, value.byteCount) {
    case (Kind.maximumSegmentSize, 2):
      text.append("mss ")
      text.append(decimal: value.uint16(at: 0))
    case (Kind.windowScale, 1):
      text.append("wscale ")
      text.append(decimal: value.uint8(at: 0))
    case (Kind.selectiveAcknowledgmentPermitted, 0):
      text.append("sackOK")
    case (Kind.timestamps, 8):
      text.append("TS val ")
      text.append(decimal: value.uint32(at: 0))
      text.append(" ecr ")
      text.append(decimal: value.uint32(at: 4))
    default:
      text.append("option ")
      text.append(decimal: kind)
    }
  }

  /// Visits them under Wireshark's names.
  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    var offset = 0
    while offset < bytes.byteCount {
      let kind = bytes.uint8(at: offset)
      if kind == Kind.end { return }
      if kind == Kind.noOperation {
        offset &+= 1
        continue
      }
      let length = offset &+ 1 < bytes.byteCount ? Int(bytes.uint8(at: offset &+ 1)) : 0
      guard length >= 2, offset &+ length <= bytes.byteCount else { return }
      let value = bytes.slice(from: offset &+ 2, length: length &- 2)
      switch (kind, value.byteCount) {
      case (Kind.maximumSegmentSize, 2): visitor.number("mss_val", value.uint16(at: 0))
      default: break
      }
      offset &+= length
    }
  }
}
