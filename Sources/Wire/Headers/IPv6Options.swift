/// The options of a hop-by-hop or destination options header, RFC 8200 section 4.2: a kind, a length and a value; the
/// length counts the value alone, and kind 0 is one octet of padding.
struct IPv6Options: ~Escapable {
  enum Kind {
    static let padding: UInt8 = 0
    static let longPadding: UInt8 = 1
    static let tunnelLimit: UInt8 = 0x04
    static let routerAlert: UInt8 = 0x05
    static let jumbo: UInt8 = 0xc2
    static let homeAddress: UInt8 = 0xc9
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  /// The option at an offset: its kind, and the length of kind, length octet and value; nil at the end, or where its
  /// length octet is missing or points past the end.
  func element(at offset: Int) -> (kind: UInt8, length: Int)? {
    guard offset < bytes.byteCount else { return nil }
    let kind = bytes.uint8(at: offset)
    if kind == Kind.padding { return (kind, 1) }
    guard offset &+ 1 < bytes.byteCount else { return nil }
    let length = Int(bytes.uint8(at: offset &+ 1)) &+ 2
    return length <= bytes.byteCount &- offset ? (kind, length) : nil
  }

  /// Whether one of them tells another source address.
  var hasHomeAddress: Bool {
    var offset = 0
    while let (kind, length) = element(at: offset) {
      if kind == Kind.homeAddress { return true }
      offset &+= length
    }
    return false
  }

  func summarize(into text: inout TextBuffer) {
    var offset = 0
    var isFirst = true
    while offset < bytes.byteCount {
      guard let (kind, length) = element(at: offset) else {
        text.append(isFirst ? "<" : ",")
        text.append("bad option length", style: .warning)
        isFirst = false
        break
      }
      if kind != Kind.padding, kind != Kind.longPadding {
        text.append(isFirst ? "<" : ",")
        isFirst = false
        Self.summarize(kind, bytes.slice(from: offset &+ 2, length: length &- 2), into: &text)
      }
      offset &+= length
    }
    if !isFirst { text.append(">") }
  }

  private static func summarize(_ kind: UInt8, _ value: RawSpan, into text: inout TextBuffer) {
    switch (kind, value.byteCount) {
    case (Kind.routerAlert, 2):
      text.append("router alert ")
      text.append(decimal: value.uint16(at: 0))
    case (Kind.jumbo, 4):
      text.append("jumbo ")
      text.append(decimal: value.uint32(at: 0))
    case (Kind.tunnelLimit, 1):
      text.append("tunnel limit ")
      text.append(decimal: value.uint8(at: 0))
    case (Kind.homeAddress, 16):
      text.append("home ")
      text.append(ipv6: value.uint128(at: 0))
    default:
      text.append("option ")
      text.append(decimal: kind)
    }
  }

  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    var offset = 0
    while let (kind, length) = element(at: offset) {
      let value = bytes.slice(from: offset &+ 2, length: length &- 2)
      offset &+= length
      visitor.beginRecord()
      visitor.hexadecimal("type", kind, digits: 2)
      if kind != Kind.padding { visitor.number("length", value.byteCount) }
      switch (kind, value.byteCount) {
      case (Kind.routerAlert, 2): visitor.number("router_alert", value.uint16(at: 0))
      case (Kind.jumbo, 4): visitor.number("jumbo", value.uint32(at: 0))
      case (Kind.tunnelLimit, 1): visitor.number("tel", value.uint8(at: 0))
      case (Kind.homeAddress, 16):
        visitor.beginGroup("mipv6")
        visitor.ipv6Address("home_address", value.uint128(at: 0))
        visitor.endGroup()
      default: break
      }
      visitor.endRecord()
    }
  }
}
