// Encapsulated Remote Switch Port Analyzer, type II: draft-foschiano-erspan section 4.2. It stands behind GRE.
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-------+-----------------------+-----+---+-+-------------------+
//     |version|         VLAN          | COS |En |T|    session ID     |
//     +-------+-----------------------+-----+---+-+-------------------+
//     |       reserved        |                 index                 |
//     +-----------------------+---------------------------------------+

/// The header before a frame that a switch mirrors.
public struct ERSPANHeader: Header, ~Escapable {
  enum Field {
    static let versionAndVLAN = 0
    static let session = 2
    static let index = 4
    static let length = 8
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .erspan)
    self.bytes = bytes
  }

  /// The version: 1 for type II.
  public var version: UInt16 { bytes.uint16(at: Field.versionAndVLAN) >> 12 }
  /// The VLAN that the frame was in.
  public var vlan: UInt16 { bytes.uint16(at: Field.versionAndVLAN) & 0x0fff }
  /// The frame's class of service.
  public var classOfService: UInt16 { bytes.uint16(at: Field.session) >> 13 }
  /// How the frame's VLAN tag was treated.
  public var encapsulation: UInt16 { bytes.uint16(at: Field.session) >> 11 & 3 }
  /// Whether the frame was cut to fit.
  public var isTruncated: Bool { bytes.uint16(at: Field.session) & 0x0400 != 0 }
  /// The mirroring session.
  public var session: UInt16 { bytes.uint16(at: Field.session) & 0x03ff }
  /// The port and direction, in the switch's own numbers.
  public var index: UInt32 { bytes.uint32(at: Field.index) & 0xf_ffff }

  public var step: Step {
    version == 1
      ? Step(.ethernet, headerLength: Field.length, nesting: .inner) : Step(.data, headerLength: Field.length)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("ERSPAN", style: .protocolName)
    if version != 1 {
      text.append(" v")
      text.append(decimal: version)
      return
    }
    text.append(" session ")
    text.append(decimal: session)
    if vlan != 0 {
      text.append(" vlan ")
      text.append(decimal: vlan)
    }
    if isTruncated { text.append(" truncated") }
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("version", version)
    guard version == 1 else { return }
    visitor.number("vlan", vlan)
    visitor.number("cos", classOfService)
    visitor.number("encap", encapsulation)
    visitor.number("truncated", isTruncated ? 1 : 0)
    visitor.number("spanid", session)
    visitor.number("reserved", bytes.uint32(at: Field.index) >> 20)
    visitor.number("index", index)
  }
}
