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

  /// From here on the type field is an EtherType. IEEE 802.3 clause 3.2.6.
  static let smallestType: UInt16 = 0x0600
  /// Up to here it is a length; what is between is neither.
  static let largestLength: UInt16 = 1500

  let bytes: RawSpan

  @inline(__always)
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

  @inline(__always)
  public var step: Step {
    type.step(headerLength: Field.length)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.begin(.endpoint)
    text.append(hardwareAddress: source)
    text.append(" > ")
    text.append(hardwareAddress: destination)
    text.end()
    if type.isLength {
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
    if type.isLength {
      visitor.number("len", type.rawValue)
    } else if type.isInvalid {
      visitor.hexadecimal("invalid_lentype", type.rawValue, digits: 4)
    } else {
      visitor.hexadecimal("type", UInt64(type.rawValue), digits: 4, type.name)
    }
  }
}

extension EtherType {
  /// Whether it is not a type but the length of an IEEE 802.3 frame's payload. Zero is a type that nobody has.
  var isLength: Bool { rawValue != 0 && rawValue <= EthernetHeader.largestLength }
  /// Whether it is neither a length nor a type.
  var isInvalid: Bool { rawValue > EthernetHeader.largestLength && rawValue < EthernetHeader.smallestType }

  /// What follows a header that ends with it.
  @inline(__always)
  func step(headerLength: Int) -> Step {
    if isLength { return Step(.llc, headerLength: headerLength, payloadLength: Int(rawValue)) }
    if isInvalid { return Step(.data, headerLength: headerLength) }
    return Step(LayerKind(self), headerLength: headerLength, usesEtherType: true)
  }
}

extension LayerKind {
  /// The protocol that an EtherType names.
  @inline(__always)
  init(_ type: EtherType) {
    switch type {
    case .ipv4: self = .ipv4
    case .ipv6: self = .ipv6
    case .arp, .reverseARP: self = .arp
    case .vlan, .oldVLAN: self = .vlan
    case .serviceVLAN: self = .serviceVLAN
    case .mpls, .mplsUpstream: self = .mpls
    case .pppoeSession: self = .pppoeSession
    case .pppoeDiscovery: self = .pppoeDiscovery
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
