// Internet Control Message Protocol, RFC 792; timestamps and masks, RFC 950; router discovery, RFC 1256.
//
//     0       1       2               4                               8
//     +-------+-------+---------------+-------------------------------+------------- - -
//     | type  | code  |   checksum    | what the type says            | quoted packet, data
//     +-------+-------+---------------+-------------------------------+------------- - -

/// An ICMP message.
public struct ICMPHeader: Header, ~Escapable {
  enum Field {
    static let type = 0
    static let code = 1
    static let checksum = 2
    static let identifier = 4
    static let sequence = 6
    static let quotedLength = 5
    static let nextHopMTU = 6
    static let pointer = 4
    static let gateway = 4
    static let addressCount = 4
    static let addressEntrySize = 5
    static let lifetime = 6
    static let rest = 8
    static let length = 8
  }

  /// Types that are decoded further. IANA: ICMP parameters.
  enum MessageType {
    static let echoReply: UInt8 = 0
    static let unreachable: UInt8 = 3
    static let sourceQuench: UInt8 = 4
    static let redirect: UInt8 = 5
    static let echoRequest: UInt8 = 8
    static let routerAdvertisement: UInt8 = 9
    static let routerSolicitation: UInt8 = 10
    static let timeExceeded: UInt8 = 11
    static let parameterProblem: UInt8 = 12
    static let timestampRequest: UInt8 = 13
    static let timestampReply: UInt8 = 14
    static let informationRequest: UInt8 = 15
    static let informationReply: UInt8 = 16
    static let maskRequest: UInt8 = 17
    static let maskReply: UInt8 = 18
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .icmp)
    self.bytes = bytes
  }

  /// What it is.
  public var type: UInt8 { bytes.uint8(at: Field.type) }
  /// What it is more closely.
  public var code: UInt8 { bytes.uint8(at: Field.code) }
  /// The checksum over the message, without a pseudo-header.
  public var checksum: UInt16 { bytes.uint16(at: Field.checksum) }
  /// What a question and its answer share.
  public var identifier: UInt16 { bytes.uint16(at: Field.identifier) }
  /// The number of a question.
  public var sequence: UInt16 { bytes.uint16(at: Field.sequence) }
  /// The length of the quoted packet in octets where extensions follow it (RFC 4884); 0 where it is not told.
  public var quotedLength: Int { Int(bytes.uint8(at: Field.quotedLength)) &* 4 }
  /// How long a packet may be to pass, where one was too big. RFC 1191.
  public var nextHopMTU: UInt16 { bytes.uint16(at: Field.nextHopMTU) }

  /// Whether it has an identifier and a sequence number.
  var hasIdentifier: Bool {
    switch type {
    case MessageType.echoReply, MessageType.echoRequest, MessageType.timestampRequest...MessageType.maskReply: true
    default: false
    }
  }

  /// Whether it quotes the packet that it is about.
  var isError: Bool {
    switch type {
    case MessageType.unreachable, MessageType.sourceQuench, MessageType.redirect, MessageType.timeExceeded,
      MessageType.parameterProblem:
      true
    default: false
    }
  }

  /// The length of the quoted packet by the message's word, in octets; 0 where it says nothing, nil where it may not.
  private var statedLength: Int? {
    isError && type != MessageType.sourceQuench && type != MessageType.redirect ? quotedLength : nil
  }

  public var step: Step {
    if isError {
      let length = statedLength == 0 ? nil : statedLength
      return Step(.ipv4, headerLength: Field.length, payloadLength: length, nesting: .quoted)
    }
    if type == MessageType.echoRequest || type == MessageType.echoReply {
      return Step(.data, headerLength: Field.length)
    }
    return Step(.none, headerLength: bytes.byteCount)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("ICMP", style: .protocolName)
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
    case MessageType.unreachable where code == 4:
      text.append(" mtu ")
      text.append(decimal: nextHopMTU)
    case MessageType.redirect:
      text.append(" to ")
      text.append(ipv4: bytes.uint32(at: Field.gateway))
    case MessageType.parameterProblem where code == 0:
      text.append(" at octet ")
      text.append(decimal: bytes.uint8(at: Field.pointer))
    case MessageType.routerAdvertisement:
      text.append(" lifetime ")
      text.append(decimal: bytes.uint16(at: Field.lifetime))
      for index in 0..<advertisedCount {
        text.append(index == 0 ? " " : ",")
        text.append(ipv4: bytes.uint32(at: Field.rest &+ index &* 8))
      }
    default: break
    }
    if hasIdentifier {
      text.append(" id ")
      text.append(decimal: identifier)
      text.append(" seq ")
      text.append(decimal: sequence)
    }
    if !isError {
      text.append(" len ")
      text.append(decimal: context.wireLength)
    }
    if let statedLength { ICMPExtensions(bytes, quotedLength: statedLength)?.summarize(into: &text) }
    if case .bad = context.checksum { text.append(" [bad ICMP checksum]", style: .warning) }
  }

  /// How many routers an advertisement names: by its count, and by the octets there are.
  private var advertisedCount: Int {
    Swift.min(Int(bytes.uint8(at: Field.addressCount)), (bytes.byteCount &- Field.rest) / 8)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("type", UInt64(type), Self.name(ofType: type))
    visitor.number("code", UInt64(code), isError ? Self.name(type, code) : nil)
    visitor.hexadecimal("checksum", checksum, digits: 4)
    visitor.checksumStatus("checksum.status", context.checksum)
    if hasIdentifier {
      visitor.number("ident", identifier)
      visitor.number("seq", sequence)
    }
    let hasTimes = type == MessageType.timestampRequest || type == MessageType.timestampReply
    switch type {
    case MessageType.unreachable where code == 4: visitor.number("mtu", nextHopMTU)
    case MessageType.redirect: visitor.ipv4Address("redir_gw", bytes.uint32(at: Field.gateway))
    case MessageType.parameterProblem where code == 0: visitor.number("pointer", bytes.uint8(at: Field.pointer))
    case MessageType.maskRequest where bytes.byteCount >= Field.rest &+ 4,
      MessageType.maskReply where bytes.byteCount >= Field.rest &+ 4:
      visitor.ipv4Address("address_mask", bytes.uint32(at: Field.rest))
    case _ where hasTimes && bytes.byteCount >= Field.rest &+ 12:
      visitor.number("originate_timestamp", bytes.uint32(at: Field.rest))
      visitor.number("receive_timestamp", bytes.uint32(at: Field.rest &+ 4))
      visitor.number("transmit_timestamp", bytes.uint32(at: Field.rest &+ 8))
    case MessageType.routerAdvertisement:
      visitor.number("num_addrs", bytes.uint8(at: Field.addressCount))
      visitor.number("addr_entry_size", bytes.uint8(at: Field.addressEntrySize))
      visitor.number("lifetime", bytes.uint16(at: Field.lifetime))
      visitor.beginValues("router_address")
      for index in 0..<advertisedCount { visitor.ipv4Address("", bytes.uint32(at: Field.rest &+ index &* 8)) }
      visitor.endList()
    default: break
    }
    if let statedLength {
      ICMPExtensions(bytes, quotedLength: statedLength)?.visitFields(&visitor, isWhole: context.isWhole)
    }
  }
}
