/// The data of an SVCB or HTTPS record, RFC 9460 section 2.2: priority, target name, parameters.
struct DNSServiceBinding: ~Escapable {
  /// Parameter keys that are shown in words.
  enum Key {
    static let alpn: UInt16 = 1
    static let port: UInt16 = 3
    static let ipv4Hint: UInt16 = 4
    static let ipv6Hint: UInt16 = 6
  }

  /// The message up to the end of the record's data.
  let message: RawSpan
  let start: Int

  @_lifetime(copy message)
  init(_ message: RawSpan, _ start: Int) {
    self.message = message
    self.start = start
  }

  var data: RawSpan { @_lifetime(copy self) get { message.slice(from: start) } }
  var parameters: RawSpan {
    @_lifetime(copy self) get { message.slice(from: DomainName.check(message, at: start &+ 2).end) }
  }

  /// Writes it as ` 1 . alpn h2,h3 port 8443 ipv4hint 192.0.2.80`.
  func summarize(into text: inout TextBuffer) {
    guard data.byteCount >= 3 else { return }
    text.append(" ")
    text.append(decimal: data.uint16(at: 0))
    text.append(" ")
    text.append(domainName: message, at: start &+ 2)
    var reader = OctetReader(parameters)
    while reader.remaining >= 4 {
      let key = reader.uint16()
      let value = reader.octets(Int(reader.uint16()))
      text.append(" ")
      if let name = DNSNumbers.serviceParameterName(key) {
        text.append(name)
      } else {
        text.append("key")
        text.append(decimal: key)
      }
      Self.summarize(key, value, into: &text)
    }
  }

  private static func summarize(_ key: UInt16, _ value: RawSpan, into text: inout TextBuffer) {
    var reader = OctetReader(value)
    var separator: StaticString = " "
    switch key {
    case Key.alpn:
      while reader.remaining > 0 {
        text.append(separator)
        separator = ","
        text.appendEscaped(reader.octets(Int(reader.uint8())), for: .terminal)
      }
    case Key.port where value.byteCount == 2:
      text.append(" ")
      text.append(decimal: value.uint16(at: 0))
    case Key.ipv4Hint:
      while reader.remaining >= 4 {
        text.append(separator)
        separator = ","
        text.append(ipv4: reader.octets(4).uint32(at: 0))
      }
    case Key.ipv6Hint:
      while reader.remaining >= 16 {
        text.append(separator)
        separator = ","
        text.append(ipv6: reader.octets(16).uint128(at: 0))
      }
    default: break
    }
  }

  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    guard data.byteCount >= 3 else { return }
    visitor.beginGroup("svcb")
    visitor.number("svcpriority", data.uint16(at: 0))
    visitor.domainName("targetname", message, at: start &+ 2)
    var reader = OctetReader(parameters)
    if reader.remaining >= 4 {
      visitor.beginList("svcparam")
      while reader.remaining >= 4 {
        visitor.beginRecord()
        let key = reader.uint16()
        let length = Int(reader.uint16())
        visitor.number("key", UInt64(key), DNSNumbers.serviceParameterName(key))
        visitor.number("value.length", length)
        Self.visit(key, reader.octets(length), &visitor)
        visitor.endRecord()
      }
      visitor.endList()
    }
    visitor.endGroup()
  }

  private static func visit<Visitor: FieldVisitor & ~Copyable>(
    _ key: UInt16, _ value: RawSpan, _ visitor: inout Visitor
  ) {
    var reader = OctetReader(value)
    switch key {
    case Key.alpn:
      visitor.beginValues("alpn")
      while reader.remaining > 0 { visitor.text("", reader.octets(Int(reader.uint8()))) }
      visitor.endList()
    case Key.port where value.byteCount == 2: visitor.number("port", value.uint16(at: 0))
    case Key.ipv4Hint:
      visitor.beginGroup("ipv4hint")
      visitor.beginValues("ip")
      while reader.remaining >= 4 { visitor.ipv4Address("", reader.octets(4).uint32(at: 0)) }
      visitor.endList()
      visitor.endGroup()
    case Key.ipv6Hint:
      visitor.beginGroup("ipv6hint")
      visitor.beginValues("ip")
      while reader.remaining >= 16 { visitor.ipv6Address("", reader.octets(16).uint128(at: 0)) }
      visitor.endList()
      visitor.endGroup()
    default: if value.byteCount > 0 { visitor.octets("value", value) }
    }
  }
}
