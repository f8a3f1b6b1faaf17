// Generic Network Virtualization Encapsulation, RFC 8926 section 3.4.
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +---+-----------+-+-+-----------+-------------------------------+
//     |ver|option len |O|C| reserved  |         protocol type         |
//     +---+-----------+-+-+-----------+---------------+---------------+
//     |           virtual network identifier          |   reserved    |
//     +-----------------------------------------------+---------------+
//     |                  options, 0 to 252 octets                     |
//     +---------------------------------------------------------------+

/// The Geneve header.
public struct GeneveHeader: Header, ~Escapable {
  enum Field {
    static let versionAndOptionsLength = 0
    static let flags = 1
    static let type = 2
    static let networkIdentifier = 4
    static let reserved = 7
    static let length = 8
  }

  enum Flag {
    /// A control message, not a packet of the network.
    static let control: UInt8 = 0x80
    /// An option that must be understood.
    static let critical: UInt8 = 0x40
    static let reserved: UInt8 = 0x3f
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .geneve)
    self.bytes = bytes
  }

  /// Whether the payload of a datagram can be Geneve: version 0, reserved flags of 0, and an EtherType.
  static func isPlausible(_ payload: RawSpan) -> Bool {
    payload.byteCount >= Field.length && payload.uint8(at: Field.versionAndOptionsLength) >> 6 == 0
      && payload.uint8(at: Field.flags) & Flag.reserved == 0
      && payload.uint16(at: Field.type) >= EthernetHeader.smallestType
  }

  /// The version, 0.
  public var version: UInt8 { bytes.uint8(at: Field.versionAndOptionsLength) >> 6 }
  /// The length of the options, in octets.
  public var optionsLength: Int { Int(bytes.uint8(at: Field.versionAndOptionsLength) & 0x3f) &* 4 }
  /// The flags: O, C and six that are reserved.
  public var flags: UInt8 { bytes.uint8(at: Field.flags) }
  /// Whether it is a control message between the ends of the tunnel.
  public var isControl: Bool { flags & Flag.control != 0 }
  /// What it carries.
  public var type: EtherType { EtherType(rawValue: bytes.uint16(at: Field.type)) }
  /// The virtual network identifier, 24 bits.
  public var networkIdentifier: UInt32 { bytes.uint32(at: Field.networkIdentifier) >> 8 }
  /// The options' octets, as captured.
  public var options: RawSpan {
    @_lifetime(copy self) get { bytes.slice(from: Field.length, length: optionsLength) }
  }

  public var step: Step {
    let next: LayerKind =
      switch type {
      case .ipv4: .ipv4
      case .ipv6: .ipv6
      case .transparentEthernet: .ethernet
      default: .data
      }
    return Step(next, headerLength: Field.length &+ optionsLength, nesting: next == .data ? .same : .inner)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("Geneve", style: .protocolName)
    text.append(" vni ")
    text.append(decimal: networkIdentifier)
    if isControl { text.append(" control") }
    if optionsLength > 0 {
      text.append(" options ")
      text.append(decimal: optionsLength)
    }
    type.summarizeCarried(step, context, headerLength: step.headerLength, into: &text)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("version", version)
    visitor.number("option.length", optionsLength)
    visitor.flags("flags", UInt64(flags), digits: 2, Self.flagNames)
    visitor.boolean("flags.oam", isControl)
    visitor.boolean("flags.critical", flags & Flag.critical != 0)
    visitor.boolean("flags.reserved", flags & Flag.reserved != 0)
    visitor.hexadecimal("proto_type", UInt64(type.rawValue), digits: 4, type.name)
    visitor.number("vni", networkIdentifier)
    let reserved = bytes.uint8(at: Field.reserved)
    if reserved != 0 { visitor.hexadecimal("reserved", reserved, digits: 2) }
    if optionsLength > 0 { GeneveOptions(options).visitFields(&visitor) }
  }

  static let flagNames = [
    FlagName(UInt64(Flag.control), "control"), FlagName(UInt64(Flag.critical), "critical options"),
  ]
}

/// The options of a Geneve header: class, type, length and value each. RFC 8926 section 3.5.
struct GeneveOptions: ~Escapable {
  enum Field {
    static let optionClass = 0
    static let type = 2
    static let valueLength = 3
    static let value = 4
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) { self.bytes = bytes }

  /// Visits the options up to the first whose length goes beyond them.
  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    visitor.beginList("option")
    var offset = 0
    while offset &+ Field.value <= bytes.byteCount {
      let length = Field.value &+ Int(bytes.uint8(at: offset &+ Field.valueLength) & 0x1f) &* 4
      guard offset &+ length <= bytes.byteCount else { break }
      let type = bytes.uint8(at: offset &+ Field.type)
      visitor.beginRecord()
      visitor.hexadecimal("class", bytes.uint16(at: offset &+ Field.optionClass), digits: 4)
      visitor.hexadecimal("type", type, digits: 2)
      visitor.boolean("type.critical", type & 0x80 != 0)
      visitor.number("length", length)
      if length > Field.value {
        visitor.octets("unknown.data", bytes.slice(from: offset &+ Field.value, length: length &- Field.value))
      }
      visitor.endRecord()
      offset &+= length
    }
    visitor.endList()
  }
}
