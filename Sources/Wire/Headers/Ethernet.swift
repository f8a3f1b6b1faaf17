// Ethernet, IEEE 802.3 and RFC 894.
//
//     0                   6                  12      14
//     +-------------------+-------------------+-------+----------- - -
//     |    destination    |      source       | type  | payload
//     +-------------------+-------------------+-------+----------- - -
//
// A type below 0x0600 is the length of the payload instead.

/// The Ethernet header.
public struct EthernetHeader: Header, ~Escapable {
  enum Field {
    static let destination = 0
    static let source = 6
    static let type = 12
    static let length = 14
  }

  /// Below this the type field is a length. IEEE 802.3 clause 3.2.6.
  static let smallestType: UInt16 = 0x0600

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .ethernet)
    self.bytes = bytes
  }

  /// The address it goes to, in the low 48 bits.
  public var destination: UInt64 { bytes.uint48(at: Field.destination) }
  /// The address it comes from, in the low 48 bits.
  public var source: UInt64 { bytes.uint48(at: Field.source) }
  /// What the payload is; a length where below 0x0600.
  public var type: EtherType { EtherType(rawValue: bytes.uint16(at: Field.type)) }

  public var step: Step {
    if type.rawValue < Self.smallestType {
      return Step(.data, headerLength: Field.length, payloadLength: Int(type.rawValue))
    }
    return Step(LayerKind(type), headerLength: Field.length, usesEtherType: true)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.begin(.endpoint)
    text.append(hardwareAddress: source)
    text.append(" > ")
    text.append(hardwareAddress: destination)
    text.end()
    if type.rawValue < Self.smallestType {
      text.append(" 802.3")
    } else {
      text.append(" ethertype ")
      if let name = type.name { text.append(name) } else { text.append(etherType: type) }
    }
    text.append(" len ")
    text.append(decimal: context.wireLength &- Field.length)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.hardwareAddress("dst", destination)
    visitor.hardwareAddress("src", source)
    if type.rawValue < Self.smallestType {
      visitor.number("len", type.rawValue)
    } else {
      visitor.hexadecimal("type", UInt64(type.rawValue), digits: 4, type.name)
    }
  }
}

extension LayerKind {
  /// The protocol that an EtherType names.
  init(_ type: EtherType) {
    switch type {
    case .ipv4: self = .ipv4
    case .ipv6: self = .ipv6
    case .arp: self = .arp
    case .vlan: self = .vlan
    case .serviceVLAN: self = .serviceVLAN
    default: self = .data
    }
  }
}

extension TextBuffer {
  /// An EtherType as a number, such as `0x88cc`.
  mutating func append(etherType type: EtherType) {
    append("0x")
    append(hexadecimal: UInt64(type.rawValue), digits: 4)
  }
}
