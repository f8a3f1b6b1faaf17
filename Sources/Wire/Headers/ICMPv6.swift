// Internet Control Message Protocol version 6, RFC 4443; neighbor discovery, RFC 4861; multicast listeners, RFC 2710
// and RFC 3810.
//
//     0       1       2               4                               8
//     +-------+-------+---------------+-------------------------------+------------- - -
//     | type  | code  |   checksum    | what the type says            | quoted packet, data
//     +-------+-------+---------------+-------------------------------+------------- - -

/// An ICMPv6 message.
public struct ICMPv6Header: Header, ~Escapable {
  enum Field {
    static let type = 0
    static let code = 1
    static let checksum = 2
    static let quotedLength = 4
    static let mtu = 4
    static let pointer = 4
    static let identifier = 4
    static let sequence = 6
    static let rest = 8
    static let length = 8
    /// The type, code and checksum, which every message has.
    static let shortest = 4
  }

  /// Types that are decoded further. IANA: ICMPv6 parameters.
  enum MessageType {
    static let unreachable: UInt8 = 1
    static let packetTooBig: UInt8 = 2
    static let timeExceeded: UInt8 = 3
    static let parameterProblem: UInt8 = 4
    static let echoRequest: UInt8 = 128
    static let echoReply: UInt8 = 129
    static let listenerQuery: UInt8 = 130
    static let listenerReport: UInt8 = 131
    static let listenerDone: UInt8 = 132
    static let routerSolicitation: UInt8 = 133
    static let routerAdvertisement: UInt8 = 134
    static let neighborSolicitation: UInt8 = 135
    static let neighborAdvertisement: UInt8 = 136
    static let redirect: UInt8 = 137
    static let listenerReport2: UInt8 = 143
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .icmpv6)
    self.bytes = bytes
    try bytes.require(Self.fixedLength(ofType: type), .icmpv6)
  }

  /// What it is.
  public var type: UInt8 { bytes.uint8(at: Field.type) }
  /// What it is more closely.
  public var code: UInt8 { bytes.uint8(at: Field.code) }
  /// The checksum over a pseudo-header and the message.
  public var checksum: UInt16 { bytes.uint16(at: Field.checksum) }
  /// What a question and its answer share.
  public var identifier: UInt16 { bytes.uint16(at: Field.identifier) }
  /// The number of a question.
  public var sequence: UInt16 { bytes.uint16(at: Field.sequence) }
  /// How long a packet may be to pass.
  public var mtu: UInt32 { bytes.uint32(at: Field.mtu) }

  /// Whether it quotes the packet that it is about: types below 128, RFC 4443 section 2.1.
  var isError: Bool { type >= MessageType.unreachable && type <= MessageType.parameterProblem }
  /// Whether it is an echo request or reply.
  var isEcho: Bool { type == MessageType.echoRequest || type == MessageType.echoReply }

  /// The length of the part that every message of a type has, in octets.
  static func fixedLength(ofType type: UInt8) -> Int {
    switch type {
    case MessageType.listenerQuery, MessageType.listenerReport, MessageType.listenerDone: 24
    case MessageType.routerAdvertisement: 16
    case MessageType.neighborSolicitation, MessageType.neighborAdvertisement: 24
    case MessageType.redirect: 40
    default: Field.length
    }
  }

  /// The length of the quoted packet by the message's word (RFC 4884), in octets; 0 where it says nothing, nil where it
  /// may not.
  private var statedLength: Int? {
    guard type == MessageType.unreachable || type == MessageType.timeExceeded else { return nil }
    return Int(bytes.uint8(at: Field.quotedLength)) &* 8
  }

  public var step: Step {
    if isError {
      return Step(
        .ipv6, headerLength: Field.length, payloadLength: statedLength == 0 ? nil : statedLength, nesting: .quoted)
    }
    if isEcho { return Step(.data, headerLength: Field.length) }
    return Step(.none, headerLength: bytes.byteCount)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("ICMPv6", style: .protocolName)
    text.append(" ")
    if let name = Self.name(type, code) {
      text.append(name)
    } else {
      text.append("type ")
      text.append(decimal: type)
      text.append(" code ")
      text.append(decimal: code)
    }
    switch type {
    case MessageType.packetTooBig:
      text.append(" mtu ")
      text.append(decimal: mtu)
    case MessageType.parameterProblem:
      text.append(" at octet ")
      text.append(decimal: bytes.uint32(at: Field.pointer))
    case MessageType.echoRequest, MessageType.echoReply:
      text.append(" id ")
      text.append(decimal: identifier)
      text.append(" seq ")
      text.append(decimal: sequence)
      text.append(" len ")
      text.append(decimal: context.wireLength)
    case MessageType.routerSolicitation...MessageType.redirect:
      NeighborDiscovery(bytes).summarize(into: &text)
    case MessageType.listenerQuery...MessageType.listenerDone, MessageType.listenerReport2:
      MulticastListener(bytes).summarize(into: &text)
    default:
      if !isError {
        text.append(" len ")
        text.append(decimal: context.wireLength)
      }
    }
    if let statedLength { ICMPExtensions(bytes, quotedLength: statedLength)?.summarize(into: &text) }
    if case .bad = context.checksum { text.append(" [bad ICMPv6 checksum]", style: .warning) }
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("type", UInt64(type), Self.name(ofType: type))
    visitor.number("code", UInt64(code), isError ? Self.name(type, code) : nil)
    visitor.hexadecimal("checksum", checksum, digits: 4)
    visitor.checksumStatus("checksum.status", context.checksum)
    switch type {
    case MessageType.packetTooBig: visitor.number("mtu", mtu)
    case MessageType.parameterProblem: visitor.number("pointer", bytes.uint32(at: Field.pointer))
    case MessageType.echoRequest, MessageType.echoReply:
      visitor.beginGroup("echo")
      visitor.hexadecimal("identifier", identifier, digits: 4)
      visitor.number("sequence_number", sequence)
      visitor.endGroup()
    case MessageType.routerSolicitation...MessageType.redirect: NeighborDiscovery(bytes).visitFields(&visitor)
    case MessageType.listenerQuery...MessageType.listenerDone, MessageType.listenerReport2:
      MulticastListener(bytes).visitFields(&visitor)
    default: break
    }
  }
}
