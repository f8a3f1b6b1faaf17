// GPRS Tunnelling Protocol, user plane, version 1: 3GPP TS 29.281 section 5.
//
//     0       1       2       4          8            10     11
//     +-------+-------+-------+----------+------------+------+------+------------ - -
//     | flags |message| length| endpoint | sequence   | PDU  | next | extensions, payload
//     +-------+-------+-------+----------+------------+------+------+------------ - -
//
// The four octets from the sequence number on are there where any of the flags E, S and PN is set. The length counts what
// is behind the first eight octets. An extension is a length in units of four octets, its content, and the next one's type.

/// The header of GTP-U.
public struct GTPHeader: Header, ~Escapable {
  enum Field {
    static let flags = 0
    static let message = 1
    static let payloadLength = 2
    static let endpoint = 4
    static let length = 8
    static let sequenceNumber = 8
    static let packetNumber = 10
    static let nextExtension = 11
    static let optionalLength = 4
  }

  enum Flag {
    static let version: UInt8 = 0xe0
    /// GTP, and not the protocol for charging that is named after it.
    static let isGTP: UInt8 = 0x10
    static let reserved: UInt8 = 0x08
    static let hasExtension: UInt8 = 0x04
    static let hasSequenceNumber: UInt8 = 0x02
    static let hasPacketNumber: UInt8 = 0x01
    static let optional: UInt8 = 0x07
  }

  enum Message {
    static let echoRequest: UInt8 = 1
    static let echoResponse: UInt8 = 2
    static let errorIndication: UInt8 = 26
    static let supportedExtensions: UInt8 = 31
    static let tunnelStatus: UInt8 = 253
    static let endMarker: UInt8 = 254
    /// A user's packet.
    static let packet: UInt8 = 255
  }

  let bytes: RawSpan
  /// With its extensions.
  let headerLength: Int

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .gtp)
    self.bytes = bytes
    let flags = bytes.uint8(at: Field.flags)
    var end = Field.length
    if flags & Flag.optional != 0 {
      end &+= Field.optionalLength
      try bytes.require(end, .gtp)
      var next = flags & Flag.hasExtension != 0 ? bytes.uint8(at: Field.nextExtension) : 0
      while next != 0 {
        try bytes.require(end &+ GTPExtensions.Field.length, .gtp)
        let length = Int(bytes.uint8(at: end)) &* GTPExtensions.Field.unit
        guard length > 0 else { throw DecodeError(.gtp, offset: end, .invalidLength(value: length)) }
        try bytes.require(end &+ length, .gtp)
        end &+= length
        next = bytes.uint8(at: end &- GTPExtensions.Field.nextFromEnd)
      }
    }
    headerLength = end
    let length = Int(bytes.uint16(at: Field.payloadLength))
    guard end &- Field.length <= length else {
      throw DecodeError(.gtp, offset: Field.payloadLength, .invalidLength(value: length))
    }
  }

  /// Whether the payload of a datagram can be GTP-U: its version, no reserved flag, and a message that it has.
  static func isPlausible(_ payload: RawSpan) -> Bool {
    guard payload.byteCount >= Field.length else { return false }
    guard payload.uint8(at: Field.flags) & ~Flag.optional == 0x20 | Flag.isGTP else { return false }
    return messageName(payload.uint8(at: Field.message)) != nil
  }

  /// The version, 1, and what is there.
  public var flags: UInt8 { bytes.uint8(at: Field.flags) }
  /// What the packet is for; 255 carries a user's packet.
  public var message: UInt8 { bytes.uint8(at: Field.message) }
  /// The length of all behind the first eight octets.
  public var payloadLength: Int { Int(bytes.uint16(at: Field.payloadLength)) }
  /// The tunnel endpoint identifier (TEID), which the receiver gave out.
  public var endpoint: UInt32 { bytes.uint32(at: Field.endpoint) }
  /// The number of the packet; of no meaning where the flag is not set.
  public var sequenceNumber: UInt16 { bytes.uint16(at: Field.sequenceNumber) }
  /// Whether it carries a user's packet.
  var carriesPacket: Bool { message == Message.packet }
  private func has(_ flag: UInt8) -> Bool { flags & flag != 0 }
  /// The extensions.
  var extensions: GTPExtensions {
    @_lifetime(copy self) get {
      let start = Field.length &+ Field.optionalLength
      return GTPExtensions(
        bytes.slice(from: start, length: headerLength &- start),
        first: has(Flag.hasExtension) ? bytes.uint8(at: Field.nextExtension) : 0)
    }
  }

  public var step: Step {
    let rest = payloadLength &- (headerLength &- Field.length)
    guard carriesPacket else { return Step(.none, headerLength: headerLength &+ rest, payloadLength: 0) }
    let packet = bytes.slice(from: headerLength, length: rest)
    let next: LayerKind
    switch packet.byteCount > 0 ? packet.uint8(at: 0) >> 4 : 0 {
    case 4: next = .ipv4
    case 6: next = .ipv6
    default: next = EthernetHeader.isPlausible(packet) ? .ethernet : .data
    }
    return Step(next, headerLength: headerLength, payloadLength: rest, nesting: next == .data ? .same : .inner)
  }

  private static func messageName(_ message: UInt8) -> StaticString? {
    switch message {
    case Message.echoRequest: "echo request"
    case Message.echoResponse: "echo response"
    case Message.errorIndication: "error indication"
    case Message.supportedExtensions: "supported extensions"
    case Message.tunnelStatus: "tunnel status"
    case Message.endMarker: "end marker"
    case Message.packet: "packet"
    default: nil
    }
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("GTP", style: .protocolName)
    if !carriesPacket, let name = Self.messageName(message) {
      text.append(" ")
      text.append(name)
    }
    text.append(" teid ")
    text.append(decimal: endpoint)
    if has(Flag.hasSequenceNumber) {
      text.append(" seq ")
      text.append(decimal: sequenceNumber)
    }
    if let flow = extensions.qualityFlow {
      text.append(" qfi ")
      text.append(decimal: flow)
    }
    guard carriesPacket, step.next == .data else { return }
    text.append(" len ")
    text.append(decimal: step.payloadLength)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.flags("flags", UInt64(flags), digits: 2, Self.flagNames)
    visitor.number("flags.version", flags >> 5)
    visitor.number("flags.payload", has(Flag.isGTP) ? 1 : 0)
    visitor.number("flags.reserved", has(Flag.reserved) ? 1 : 0)
    visitor.boolean("flags.e", has(Flag.hasExtension))
    visitor.boolean("flags.s", has(Flag.hasSequenceNumber))
    visitor.boolean("flags.pn", has(Flag.hasPacketNumber))
    visitor.hexadecimal("message", UInt64(message), digits: 2, Self.messageName(message))
    visitor.number("length", payloadLength)
    visitor.hexadecimal("teid", endpoint, digits: 8)
    if has(Flag.hasSequenceNumber) { visitor.hexadecimal("seq_number", sequenceNumber, digits: 4) }
    if has(Flag.hasPacketNumber) { visitor.hexadecimal("npdu_number", bytes.uint8(at: Field.packetNumber), digits: 2) }
    guard has(Flag.hasExtension) else { return }
    visitor.hexadecimal("ext_hdr.next", bytes.uint8(at: Field.nextExtension), digits: 2)
    extensions.visitFields(&visitor)
  }

  static let flagNames = [
    FlagName(UInt64(Flag.hasExtension), "extension"), FlagName(UInt64(Flag.hasSequenceNumber), "sequence number"),
    FlagName(UInt64(Flag.hasPacketNumber), "N-PDU number"),
  ]
}

/// The extensions of a GTP-U header, whose lengths the header has checked. 3GPP TS 29.281 section 5.2.
struct GTPExtensions: ~Escapable {
  enum Field {
    static let length = 1
    static let content = 1
    static let unit = 4
    /// The type of the next one is the last octet.
    static let nextFromEnd = 1
  }

  enum Kind {
    static let port: UInt8 = 0x40
    static let session: UInt8 = 0x85
    static let packetNumber: UInt8 = 0xc0
  }

  let bytes: RawSpan
  /// The first one's type; 0 where there is none.
  let first: UInt8

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, first: UInt8) {
    self.bytes = bytes
    self.first = first
  }

  /// The extension at an offset, which moves behind it as the type becomes the next one's; nil at the end.
  func next(_ kind: inout UInt8, _ offset: inout Int) -> (kind: UInt8, content: Range<Int>)? {
    guard kind != 0, offset < bytes.byteCount else { return nil }
    let start = offset
    let length = Int(bytes.uint8(at: start)) &* Field.unit
    guard length > 0, start &+ length <= bytes.byteCount else { return nil }
    offset = start &+ length
    let found = kind
    kind = bytes.uint8(at: offset &- Field.nextFromEnd)
    return (found, (start &+ Field.content)..<(offset &- Field.nextFromEnd))
  }

  /// Which flow of a session in 5G it belongs to; nil where nothing tells. 3GPP TS 38.415 section 5.5.2.
  var qualityFlow: UInt8? {
    var (kind, offset) = (first, 0)
    while let (found, content) = next(&kind, &offset) {
      if found == Kind.session { return bytes.uint8(at: content.lowerBound &+ 1) & 0x3f }
    }
    return nil
  }

  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    guard first != 0 else { return }
    visitor.beginList("ext_hdr")
    var (kind, offset) = (first, 0)
    while let (found, content) = next(&kind, &offset) {
      visitor.beginRecord()
      let start = content.lowerBound
      visitor.number("length", (content.count &+ 2) / Field.unit)
      switch found {
      case Kind.session:
        let type = bytes.uint8(at: start) >> 4
        let flow = bytes.uint8(at: start &+ 1)
        visitor.number("pdu_ses_con.pdu_type", UInt64(type), type == 0 ? "downlink" : type == 1 ? "uplink" : nil)
        if type == 0 {
          visitor.boolean("pdu_ses_cont.ppp", flow & 0x80 != 0)
          visitor.boolean("pdu_ses_cont.rqi", flow & 0x40 != 0)
        }
        if type <= 1 { visitor.number("pdu_ses_con.qos_flow_id", flow & 0x3f) }
      case Kind.port where content.count == 2: visitor.number("udp_port", bytes.uint16(at: start))
      case Kind.packetNumber where content.count == 2: visitor.number("pdcp_sn", bytes.uint16(at: start))
      default: break
      }
      visitor.hexadecimal("next", kind, digits: 2)
      visitor.endRecord()
    }
    visitor.endList()
  }
}
