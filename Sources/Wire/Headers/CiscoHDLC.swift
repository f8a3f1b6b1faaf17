// Cisco's framing of serial links, LINKTYPE_C_HDLC, and the protocol that keeps such a link: SLARP. RFC 4349 section 3.1
// tells the first, https://www.tcpdump.org/linktypes.html and Cisco's documents the second.
//
//     0         1         2          4                0          4         8         12
//     +---------+---------+----------+--------- - -   +----------+---------+---------+----------+
//     | address | control | protocol | payload        |   type   | ours    | theirs  | ff ff    |
//     +---------+---------+----------+--------- - -   +----------+---------+---------+----------+
//                                                      0 and 1: an address and its mask instead

/// The header of Cisco HDLC.
public struct CiscoHDLCHeader: Header, ~Escapable {
  enum Field {
    static let address = 0
    static let control = 1
    static let type = 2
    static let length = 4
  }

  /// To one station, and to all of them.
  static let unicast: UInt8 = 0x0f, multicast: UInt8 = 0x8f

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .ciscoHDLC)
    self.bytes = bytes
  }

  /// Whom it is for.
  public var address: UInt8 { bytes.uint8(at: Field.address) }
  /// The control field, 0.
  public var control: UInt8 { bytes.uint8(at: Field.control) }
  /// What it carries: an EtherType, but for 0x8035, which is SLARP here.
  public var type: EtherType { EtherType(rawValue: bytes.uint16(at: Field.type)) }

  public var step: Step {
    switch type {
    case .ipv4: Step(.ipv4, headerLength: Field.length)
    case .ipv6: Step(.ipv6, headerLength: Field.length)
    case .mpls: Step(.mpls, headerLength: Field.length)
    case .reverseARP: Step(.slarp, headerLength: Field.length)
    case .transparentEthernet: Step(.ethernet, headerLength: Field.length, nesting: .inner)
    default: Step(.data, headerLength: Field.length)
    }
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    guard context.next == .data || context.next == .none else { return }
    text.append("Cisco HDLC", style: .protocolName)
    guard step.nesting == .same else { return }
    text.append(" type ")
    text.append(etherType: type)
    text.append(" len ")
    text.append(decimal: Swift.max(0, context.wireLength &- Field.length))
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    let name: StaticString? = address == Self.unicast ? "unicast" : address == Self.multicast ? "multicast" : nil
    visitor.hexadecimal("address", UInt64(address), digits: 2, name)
    visitor.hexadecimal("control", control, digits: 2)
    visitor.hexadecimal("protocol", UInt64(type.rawValue), digits: 4, type == .reverseARP ? "SLARP" : type.name)
  }
}

/// A message of SLARP: a question for an address, its answer, or a sign of life.
public struct SLARPMessage: Header, ~Escapable {
  enum Field {
    static let type = 0
    static let typeLength = 4
    static let address = 4
    static let mask = 8
    static let addressLength = 12
    static let ownSequence = 4
    static let otherSequence = 8
    static let reliability = 12
    static let keepaliveLength = 14
  }

  enum MessageType {
    static let request: UInt32 = 0
    static let reply: UInt32 = 1
    static let keepalive: UInt32 = 2
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.typeLength, .slarp)
    self.bytes = bytes
    try bytes.require(length, .slarp)
  }

  /// What it is.
  public var type: UInt32 { bytes.uint32(at: Field.type) }
  /// Whether it is about an address.
  var hasAddress: Bool { type == MessageType.request || type == MessageType.reply }

  private var length: Int {
    if hasAddress { return Field.addressLength }
    return type == MessageType.keepalive ? Field.keepaliveLength : Field.typeLength
  }

  public var step: Step {
    // Behind a message there may be a time that is of no use, or what fills a frame up.
    length == Field.typeLength
      ? Step(.data, headerLength: length) : Step(.none, headerLength: length, payloadLength: 0)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("SLARP", style: .protocolName)
    switch type {
    case MessageType.request, MessageType.reply:
      text.append(type == MessageType.request ? " request " : " reply ")
      text.append(ipv4: bytes.uint32(at: Field.address))
      text.append(" mask ")
      text.append(ipv4: bytes.uint32(at: Field.mask))
    case MessageType.keepalive:
      text.append(" keepalive ")
      text.append(decimal: bytes.uint32(at: Field.ownSequence))
      text.append(" seen ")
      text.append(decimal: bytes.uint32(at: Field.otherSequence))
    default:
      text.append(" type ")
      text.append(decimal: type)
      text.append(" len ")
      text.append(decimal: Swift.max(0, context.wireLength &- length))
    }
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("ptype", type)
    if hasAddress {
      visitor.ipv4Address("address", bytes.uint32(at: Field.address))
      visitor.ipv4Address("netmask", bytes.uint32(at: Field.mask))
    } else if type == MessageType.keepalive {
      visitor.number("mysequence", bytes.uint32(at: Field.ownSequence))
      visitor.number("yoursequence", bytes.uint32(at: Field.otherSequence))
      visitor.hexadecimal("reliability", bytes.uint16(at: Field.reliability), digits: 4)
    }
  }
}
