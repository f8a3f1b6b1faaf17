// A VLAN tag, IEEE 802.1Q, behind its EtherType 0x8100 or 0x88a8.
//
//     0           2       4
//     +---+-+-----+-------+------------ - -
//     |PCP|D| VID | type  | payload
//     +---+-+-----+-------+------------ - -

/// A VLAN tag: a customer's (802.1Q) or a provider's (802.1ad), which have the same form.
public struct VLANTag: Header, ~Escapable {
  enum Field {
    static let control = 0
    static let type = 2
    static let length = 4
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .vlan)
    self.bytes = bytes
  }

  /// The priority, 0 to 7.
  public var priority: UInt8 { UInt8(truncatingIfNeeded: bytes.uint16(at: Field.control) >> 13) }
  /// Whether the frame may be dropped first.
  public var isDropEligible: Bool { bytes.uint16(at: Field.control) & 0x1000 != 0 }
  /// The VLAN identifier, 0 to 4095.
  public var identifier: UInt16 { bytes.uint16(at: Field.control) & 0x0fff }
  /// What the payload is; a length where below 0x0600.
  public var type: EtherType { EtherType(rawValue: bytes.uint16(at: Field.type)) }

  public var step: Step {
    type.step(headerLength: Field.length)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("vlan ")
    text.append(decimal: identifier)
    if priority != 0 {
      text.append(" p ")
      text.append(decimal: priority)
    }
    if isDropEligible { text.append(" dei") }
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("priority", priority)
    visitor.boolean("dei", isDropEligible)
    visitor.number("id", identifier)
    if type.isLength {
      visitor.number("len", type.rawValue)
    } else {
      visitor.hexadecimal("etype", UInt64(type.rawValue), digits: 4, type.name)
    }
  }

  /// Visits the fields under the names that Wireshark has for a provider's tag.
  func visitServiceFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    visitor.number("priority", priority)
    visitor.number("dei", isDropEligible ? 1 : 0)
    visitor.number("id", identifier)
  }

  /// Visits the type of a provider's tag: Wireshark has it under another protocol's name, `ieee8021ah.etype`.
  func visitServiceType<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    visitor.beginRecord()
    visitor.hexadecimal("etype", UInt64(type.rawValue), digits: 4, type.name)
    visitor.endRecord()
  }
}
