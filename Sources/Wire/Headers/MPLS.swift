// Multiprotocol Label Switching, RFC 3032 section 2.1: a stack of entries, of which the last has the bit S.
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +---------------------------------------+-----+-+---------------+
//     |                 label                 | exp |S|      TTL      |
//     +---------------------------------------+-----+-+---------------+
//
// Nothing says what is below the stack: the first four bits tell IP of either version (RFC 4928 section 3), and 0 a
// pseudowire (RFC 4385 section 3), which mostly carries Ethernet, with a control word (RFC 4448 section 4.6) or without.

/// An entry of a label stack.
public struct MPLSHeader: Header, ~Escapable {
  enum Field {
    static let entry = 0
    static let length = 4
  }

  /// Labels with a meaning of their own. RFC 3032 section 2.1, RFC 5586, RFC 3429.
  enum Label {
    static let genericAssociatedChannel: UInt32 = 13
    static let alert: UInt32 = 14
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .mpls)
    self.bytes = bytes
  }

  /// Whether the payload of a datagram can be a label stack: it has an end, and something below that can be told.
  static func isPlausible(_ payload: RawSpan) -> Bool {
    var offset = 0
    while offset &+ Field.length < payload.byteCount {
      let isLast = payload.uint32(at: offset) & 0x100 != 0
      offset &+= Field.length
      guard isLast else { continue }
      switch payload.uint8(at: offset) >> 4 {
      case 0, 1, 4, 6: return true
      default: return false
      }
    }
    return false
  }

  private var entry: UInt32 { bytes.uint32(at: Field.entry) }
  /// The label, 20 bits.
  public var label: UInt32 { entry >> 12 }
  /// The traffic class, once called experimental, three bits. RFC 5462.
  public var trafficClass: UInt32 { entry >> 9 & 7 }
  /// Whether it is the last entry of the stack.
  public var isLast: Bool { entry & 0x100 != 0 }
  /// How many more hops it may take.
  public var timeToLive: UInt32 { entry & 0xff }

  public var step: Step {
    guard isLast else { return Step(.mpls, headerLength: Field.length) }
    let carried = bytes.slice(from: Field.length)
    guard carried.byteCount > 0, label != Label.genericAssociatedChannel, label != Label.alert else {
      return Step(.data, headerLength: Field.length)
    }
    switch carried.uint8(at: 0) >> 4 {
    case 4: return Step(.ipv4, headerLength: Field.length)
    case 6: return Step(.ipv6, headerLength: Field.length)
    case 0 where EthernetHeader.isPlausible(carried.slice(from: PseudowireHeader.Field.length)):
      return Step(.pseudowire, headerLength: Field.length)
    case 0 where EthernetHeader.isPlausible(carried):
      return Step(.ethernet, headerLength: Field.length, nesting: .inner)
    default: return Step(.data, headerLength: Field.length)
    }
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("MPLS", style: .protocolName)
    text.append(" ")
    text.append(decimal: label)
    if trafficClass != 0 {
      text.append(" class ")
      text.append(decimal: trafficClass)
    }
    text.append(" ttl ")
    text.append(decimal: timeToLive)
    guard isLast, step.next == .data else { return }
    text.append(" len ")
    text.append(decimal: Swift.max(0, context.wireLength &- Field.length))
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("label", label)
    visitor.number("exp", trafficClass)
    visitor.number("bottom", isLast ? 1 : 0)
    visitor.number("ttl", timeToLive)
  }
}

/// The control word of a pseudowire that carries Ethernet frames. RFC 4448 section 4.6.
public struct PseudowireHeader: Header, ~Escapable {
  enum Field {
    static let sequenceNumber = 2
    static let length = 4
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .pseudowire)
    self.bytes = bytes
  }

  /// The number of the frame; 0 where frames are not numbered.
  public var sequenceNumber: UInt16 { bytes.uint16(at: Field.sequenceNumber) }

  public var step: Step { Step(.ethernet, headerLength: Field.length, nesting: .inner) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("pseudowire")
    guard sequenceNumber != 0 else { return }
    text.append(" seq ")
    text.append(decimal: sequenceNumber)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("cw.sequence_number", sequenceNumber)
  }
}

extension EthernetHeader {
  /// Whether octets that nothing names can be a frame: its type is one that is decoded here, and what follows is of it; or it is
  /// a length that there is.
  static func isPlausible(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount > Field.length else { return false }
    let type = EtherType(rawValue: bytes.uint16(at: Field.type))
    switch type {
    case .ipv4: return bytes.uint8(at: Field.length) >> 4 == 4
    case .ipv6: return bytes.uint8(at: Field.length) >> 4 == 6
    default:
      if type.isLength {
        return Int(type.rawValue) >= LLCHeader.Field.shortLength
          && Field.length &+ Int(type.rawValue) <= bytes.byteCount
      }
      return !type.isInvalid && LayerKind(type) != .data
    }
  }
}
