// PPP over Ethernet, RFC 2516 section 4.
//
//     0              1      2         4        6
//     +-------+------+------+---------+--------+----------- - -
//     |version| type | code | session | length | PPP, or tags
//     +-------+------+------+---------+--------+----------- - -
//
// Packets of discovery carry tags: type, length and value each. The length is that of what follows the header.

/// The PPPoE header: of a session's packet, or of discovery.
public struct PPPoEHeader: Header, ~Escapable {
  enum Field {
    static let versionAndType = 0
    static let code = 1
    static let session = 2
    static let payloadLength = 4
    static let length = 6
  }

  let bytes: RawSpan
  /// `.pppoeSession` or `.pppoeDiscovery`.
  let kind: LayerKind

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try self.init(bytes, .pppoeSession)
  }

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, _ kind: LayerKind) throws(DecodeError) {
    try bytes.require(Field.length, kind)
    self.bytes = bytes
    self.kind = kind
  }

  /// The version, 1.
  public var version: UInt8 { bytes.uint8(at: Field.versionAndType) >> 4 }
  /// The type, 1.
  public var type: UInt8 { bytes.uint8(at: Field.versionAndType) & 0x0f }
  /// What the packet is for; 0 in a session.
  public var code: UInt8 { bytes.uint8(at: Field.code) }
  /// The session; 0 before there is one.
  public var session: UInt16 { bytes.uint16(at: Field.session) }
  /// The length of what follows, in octets.
  public var payloadLength: Int { Int(bytes.uint16(at: Field.payloadLength)) }
  private var isDiscovery: Bool { kind == .pppoeDiscovery }
  /// The tags of discovery, as captured.
  var tags: PPPoETags {
    @_lifetime(copy self) get { PPPoETags(bytes.slice(from: Field.length, length: payloadLength)) }
  }

  public var step: Step {
    // Behind the tags an Ethernet frame is filled up: that is no part of them.
    isDiscovery
      ? Step(.none, headerLength: Field.length &+ payloadLength, payloadLength: 0)
      : Step(.ppp, headerLength: Field.length, payloadLength: payloadLength)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("PPPoE", style: .protocolName)
    if isDiscovery {
      text.append(" ")
      if let name = codeName { text.append(name) } else { append(codeTo: &text) }
      if session != 0 {
        text.append(" session ")
        text.append(decimal: session)
      }
      return tags.summarize(into: &text)
    }
    text.append(" session ")
    text.append(decimal: session)
    if code != 0 {
      text.append(" ")
      append(codeTo: &text)
    }
  }

  private func append(codeTo text: inout TextBuffer) {
    text.append("code 0x")
    text.append(hexadecimal: UInt64(code), digits: 2)
  }

  private var codeName: StaticString? {
    switch code {
    case 0x09: "PADI"
    case 0x07: "PADO"
    case 0x19: "PADR"
    case 0x65: "PADS"
    case 0xa7: "PADT"
    case 0xd3: "PADM"
    case 0xd4: "PADN"
    default: nil
    }
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("version", version)
    visitor.number("type", type)
    visitor.hexadecimal("code", UInt64(code), digits: 2, isDiscovery ? codeName : code == 0 ? "session data" : nil)
    visitor.hexadecimal("session_id", session, digits: 4)
    visitor.number("payload_length", payloadLength)
  }
}

/// The tags of PPPoE discovery. RFC 2516 section 5 and appendix A, RFC 4638, RFC 4937, RFC 5578.
struct PPPoETags: ~Escapable {
  enum Field {
    static let type = 0
    static let valueLength = 2
    static let value = 4
    /// Of a vendor's tag.
    static let vendor = 4
  }

  enum TagType {
    static let endOfList: UInt16 = 0x0000
    static let serviceName: UInt16 = 0x0101
    static let concentratorName: UInt16 = 0x0102
    static let hostUnique: UInt16 = 0x0103
    static let cookie: UInt16 = 0x0104
    static let vendor: UInt16 = 0x0105
    static let credits: UInt16 = 0x0106
    static let metrics: UInt16 = 0x0107
    static let sequenceNumber: UInt16 = 0x0108
    static let creditScale: UInt16 = 0x0109
    static let relaySession: UInt16 = 0x0110
    static let addressOfService: UInt16 = 0x0111
    static let message: UInt16 = 0x0112
    static let maximumPayload: UInt16 = 0x0120
    static let route: UInt16 = 0x0121
    static let serviceNameError: UInt16 = 0x0201
    static let systemError: UInt16 = 0x0202
    static let genericError: UInt16 = 0x0203
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) { self.bytes = bytes }

  /// The tag at an offset, which moves behind it; nil at the end of the list, and where a length goes beyond it.
  func next(_ offset: inout Int) -> (type: UInt16, value: Range<Int>)? {
    guard offset &+ Field.value <= bytes.byteCount else { return nil }
    let type = bytes.uint16(at: offset &+ Field.type)
    let start = offset &+ Field.value
    let end = start &+ Int(bytes.uint16(at: offset &+ Field.valueLength))
    guard type != TagType.endOfList, end <= bytes.byteCount else { return nil }
    offset = end
    return (type, start..<end)
  }

  /// Writes the names of what is looked for and who answers, and what went wrong.
  func summarize(into text: inout TextBuffer) {
    var offset = 0
    while let (type, value) = next(&offset) {
      guard !value.isEmpty else { continue }
      switch type {
      case TagType.serviceName: text.append(" service ")
      case TagType.concentratorName: text.append(" from ")
      case TagType.serviceNameError, TagType.systemError, TagType.genericError: text.append(" error ")
      default: continue
      }
      text.append("\"")
      text.appendEscaped(bytes.slice(from: value.lowerBound, length: value.count), for: .terminal)
      text.append("\"")
    }
  }

  /// Visits the tags that have a value, each as a record.
  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    var offset = 0
    while let (type, range) = next(&offset) {
      let value = bytes.slice(from: range.lowerBound, length: range.count)
      guard value.byteCount > 0, type != TagType.metrics else { continue }
      visitor.beginRecord()
      switch type {
      case TagType.serviceName: visitor.text("tags.service_name", value)
      case TagType.concentratorName: visitor.text("tags.ac_name", value)
      case TagType.hostUnique: visitor.octets("tags.host_uniq", value)
      case TagType.cookie: visitor.octets("tags.ac_cookie", value)
      case TagType.vendor where value.byteCount >= Field.vendor:
        visitor.number("tags.vendor_id", value.uint32(at: 0))
      case TagType.credits where value.byteCount == 4:
        visitor.number("tags.credits.fcn", value.uint16(at: 0))
        visitor.number("tags.credits.bcn", value.uint16(at: 2))
      case TagType.sequenceNumber where value.byteCount == 2: visitor.number("tags.seq_num", value.uint16(at: 0))
      case TagType.creditScale where value.byteCount == 2: visitor.number("tags.credit_scale", value.uint16(at: 0))
      case TagType.addressOfService: visitor.octets("tags.hurl", value)
      case TagType.message: visitor.octets("tags.motm", value)
      case TagType.route: visitor.octets("tags.ip_route_add", value)
      case TagType.relaySession: visitor.octets("tags.relay_session_id", value)
      case TagType.maximumPayload: visitor.octets("tags.max_payload", value)
      case TagType.serviceNameError: visitor.text("tags.service_name_error", value)
      case TagType.systemError: visitor.text("tags.ac_system_error", value)
      case TagType.genericError: visitor.text("tags.generic_error", value)
      default:
        visitor.hexadecimal("tag", type, digits: 4)
        visitor.number("tag_length", value.byteCount)
      }
      visitor.endRecord()
    }
  }
}
