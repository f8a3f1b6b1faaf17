// Virtual eXtensible Local Area Network, RFC 7348 section 5; group policy as draft-smith-vxlan-group-policy has it.
//
//     0       2       4            7   8
//     +-------+-------+------------+---+------------ - -
//     | flags | group | network id | 0 | Ethernet frame
//     +-------+-------+------------+---+------------ - -

/// The VXLAN header.
public struct VXLANHeader: Header, ~Escapable {
  enum Field {
    static let flags = 0
    static let groupPolicy = 2
    static let networkIdentifier = 4
    static let reserved = 7
    static let length = 8
  }

  enum Flag {
    /// A group policy stands in the third and fourth octet.
    static let groupPolicy: UInt16 = 0x8000
    /// There is a network identifier, as there has to be.
    static let identifier: UInt16 = 0x0800
    /// The receiver is not to learn the inner address.
    static let dontLearn: UInt16 = 0x0040
    /// The policy has been applied.
    static let applied: UInt16 = 0x0008
    /// What is left.
    static let reserved: UInt16 = 0x77b7
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .vxlan)
    self.bytes = bytes
  }

  /// Whether the payload of a datagram can be VXLAN: the identifier's flag is set, and what is reserved is 0, or else
  /// ignored as it has to be where the frame within carries what such frames do.
  static func isPlausible(_ payload: RawSpan) -> Bool {
    guard payload.byteCount >= Field.length else { return false }
    let flags = payload.uint16(at: Field.flags)
    guard flags & Flag.identifier != 0 else { return false }
    let isReservedZero = flags & Flag.reserved == 0 && payload.uint8(at: Field.reserved) == 0
    // Without the extension its flags and field are reserved too.
    if isReservedZero, flags & Flag.groupPolicy != 0 { return true }
    if isReservedZero, flags == Flag.identifier, payload.uint16(at: Field.groupPolicy) == 0 { return true }
    guard payload.byteCount >= Field.length &+ EthernetHeader.Field.length else { return false }
    switch EtherType(rawValue: payload.uint16(at: Field.length &+ EthernetHeader.Field.type)) {
    case .ipv4, .ipv6, .arp, .vlan, .serviceVLAN: return true
    default: return false
    }
  }

  /// The flags.
  public var flags: UInt16 { bytes.uint16(at: Field.flags) }
  /// The group that the sender belongs to; 0 where there is none.
  public var groupPolicy: UInt16 { bytes.uint16(at: Field.groupPolicy) }
  /// The VXLAN network identifier, 24 bits.
  public var networkIdentifier: UInt32 { bytes.uint32(at: Field.networkIdentifier) >> 8 }

  public var step: Step { Step(.ethernet, headerLength: Field.length, nesting: .inner) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("VXLAN", style: .protocolName)
    text.append(" vni ")
    text.append(decimal: networkIdentifier)
    if flags & Flag.groupPolicy != 0 {
      text.append(" group ")
      text.append(decimal: groupPolicy)
    }
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.flags("flags", UInt64(flags), digits: 4, Self.flagNames)
    visitor.boolean("flag_g", flags & Flag.groupPolicy != 0)
    visitor.boolean("flag_i", flags & Flag.identifier != 0)
    visitor.boolean("flag_d", flags & Flag.dontLearn != 0)
    visitor.boolean("flag_a", flags & Flag.applied != 0)
    visitor.number("gbp", groupPolicy)
    visitor.number("vni", networkIdentifier)
    visitor.number("reserved8", bytes.uint8(at: Field.reserved))
  }

  static let flagNames = [
    FlagName(UInt64(Flag.groupPolicy), "group policy"), FlagName(UInt64(Flag.identifier), "identifier"),
    FlagName(UInt64(Flag.dontLearn), "don't learn"), FlagName(UInt64(Flag.applied), "policy applied"),
  ]
}
