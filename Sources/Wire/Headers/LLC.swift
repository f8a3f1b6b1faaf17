// Logical link control, IEEE 802.2, behind an Ethernet length; with the subnetwork access protocol, RFC 1042.
//
//     0      1      2         3 (or 4)          6       8
//     +------+------+---------+------------------+-------+--------- - -
//     | DSAP | SSAP | control | organization     | type  |  payload
//     +------+------+---------+------------------+-------+--------- - -
//                               SNAP only: DSAP and SSAP are 0xaa

/// The LLC header, with its SNAP extension where it has one.
public struct LLCHeader: Header, ~Escapable {
  enum Field {
    static let destination = 0
    static let source = 1
    static let control = 2
    static let shortLength = 3
    static let longLength = 4
    /// Counted from the end of the control field.
    static let organization = 0
    static let type = 3
    static let extensionLength = 5
    /// Of nothing, before a bridged frame.
    static let padding = 2
  }

  /// Service access points that are known here.
  enum AccessPoint {
    static let internetProtocol: UInt8 = 0x06
    static let extended: UInt8 = 0xaa
  }

  /// Organizations that are known here, of those that give out types of their own.
  enum Organization {
    static let cisco: UInt32 = 0x00000c
    /// IEEE 802.1.
    static let bridged: UInt32 = 0x0080c2
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.shortLength, .llc)
    self.bytes = bytes
    try bytes.require(length, .llc)
  }

  /// Whom it is for.
  public var destination: UInt8 { bytes.uint8(at: Field.destination) }
  /// Whom it is from.
  public var source: UInt8 { bytes.uint8(at: Field.source) }
  /// Whether the control field has one octet: an unnumbered frame.
  public var isUnnumbered: Bool { bytes.uint8(at: Field.control) & 3 == 3 }
  /// The control field; the second octet is the high one where there are two.
  public var control: UInt16 {
    isUnnumbered
      ? UInt16(bytes.uint8(at: Field.control)) : bytes.uint16(at: Field.control).byteSwapped
  }
  /// Whether an EtherType follows.
  public var hasExtension: Bool {
    destination == AccessPoint.extended && source == AccessPoint.extended && isUnnumbered
  }
  /// The organization that gave out the type, 24 bits.
  public var organization: UInt32 {
    UInt32(bytes.uint8(at: Field.shortLength &+ Field.organization)) << 16
      | UInt32(bytes.uint16(at: Field.shortLength &+ Field.organization &+ 1))
  }
  /// What the payload is, where the extension says it.
  public var type: EtherType { EtherType(rawValue: bytes.uint16(at: Field.shortLength &+ Field.type)) }
  /// Whether the type is an EtherType: RFC 1042 and bridge tunnels (IEEE 802.1H).
  var namesEtherType: Bool { hasExtension && (organization == 0 || organization == 0x0000f8) }

  /// Whether an Ethernet frame follows, with a check sequence of its own or without one: RFC 2684 section 5.2.
  var isBridged: Bool {
    hasExtension && organization == Organization.bridged && (type.rawValue == 1 || type.rawValue == 7)
  }

  var length: Int {
    guard isUnnumbered else { return Field.longLength }
    guard hasExtension else { return Field.shortLength }
    // The extension has to be there before it can be looked at.
    let extended = Field.shortLength &+ Field.extensionLength
    return bytes.byteCount >= extended && isBridged ? extended &+ Field.padding : extended
  }

  public var step: Step {
    if namesEtherType { return Step(LayerKind(type), headerLength: length) }
    if isBridged { return Step(.ethernet, headerLength: length, nesting: .inner) }
    let isInternet = destination == AccessPoint.internetProtocol && isUnnumbered
    return Step(isInternet ? .ipv4 : .data, headerLength: length)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    if context.next != .data, context.next != .none { return }
    if hasExtension { return summarizeExtension(into: &text, context) }
    text.append("LLC", style: .protocolName)
    if destination == 0x42 { text.append(" spanning tree") }
    text.append(" dsap 0x")
    text.append(hexadecimal: UInt64(destination), digits: 2)
    text.append(" ssap 0x")
    text.append(hexadecimal: UInt64(source), digits: 2)
    text.append(" control 0x")
    text.append(hexadecimal: UInt64(control), digits: isUnnumbered ? 2 : 4)
    text.append(" len ")
    text.append(decimal: context.wireLength &- length)
  }

  private func summarizeExtension(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("SNAP", style: .protocolName)
    if isBridged { return text.append(" bridged") }
    text.append(" organization 0x")
    text.append(hexadecimal: UInt64(organization), digits: 6)
    text.append(" type ")
    text.append(etherType: type)
    text.append(" len ")
    text.append(decimal: Swift.max(0, context.wireLength &- length))
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.hexadecimal("dsap", destination, digits: 2)
    visitor.hexadecimal("ssap", source, digits: 2)
    visitor.hexadecimal("control", control, digits: 4)
    if hasExtension {
      visitor.number("oui", organization)
      if namesEtherType { visitor.hexadecimal("type", UInt64(type.rawValue), digits: 4, type.name) }
      switch organization {
      case Organization.cisco: visitor.hexadecimal("cisco_pid", type.rawValue, digits: 4)
      case Organization.bridged: visitor.hexadecimal("pid", type.rawValue, digits: 4)
      default: break
      }
    }
  }
}
