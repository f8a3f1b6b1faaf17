// Layer Two Tunneling Protocol, version 2: RFC 2661 section 3.1.
//
//     0       2        4         6         8       10      12
//     +-------+--------+---------+---------+-------+-------+--------+------------ - -
//     | flags | length | tunnel  | session |  Ns   |  Nr   | offset | PPP, or values
//     +-------+--------+---------+---------+-------+-------+--------+------------ - -
//
// Length, the two numbers, and the offset with as many octets of nothing are there where the flags L, S and O say so.

/// The header of L2TP, of a message that carries PPP or of one that controls the tunnel.
public struct L2TPHeader: Header, ~Escapable {
  enum Field {
    static let flags = 0
    static let totalLength = 2
    /// Of each of the fields.
    static let width = 2
    /// The type of a control message is the value of the first pair of attribute and value, at this offset within it.
    static let messageType = 6
    static let messageTypeLength = 8
  }

  enum Flag {
    static let control: UInt16 = 0x8000
    static let length: UInt16 = 0x4000
    static let sequence: UInt16 = 0x0800
    static let offset: UInt16 = 0x0200
    static let priority: UInt16 = 0x0100
    static let reserved: UInt16 = 0x34f0
    static let version: UInt16 = 0x000f
  }

  let bytes: RawSpan
  let headerLength: Int

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.width, .l2tp)
    self.bytes = bytes
    let flags = bytes.uint16(at: Field.flags)
    var end = 3 &* Field.width
    if flags & Flag.length != 0 { end &+= Field.width }
    if flags & Flag.sequence != 0 { end &+= 2 &* Field.width }
    if flags & Flag.offset != 0 {
      try bytes.require(end &+ Field.width, .l2tp)
      end &+= Field.width &+ Int(bytes.uint16(at: end))
    }
    try bytes.require(end, .l2tp)
    headerLength = end
    guard flags & Flag.length != 0 else { return }
    let length = Int(bytes.uint16(at: Field.totalLength))
    guard length >= end else { throw DecodeError(.l2tp, offset: Field.totalLength, .invalidLength(value: length)) }
  }

  /// Whether the payload of a datagram can be L2TP: its version, nothing where nothing is to be, and of a control message
  /// the fields that it has to have.
  static func isPlausible(_ payload: RawSpan) -> Bool {
    guard payload.byteCount >= 3 &* Field.width else { return false }
    let flags = payload.uint16(at: Field.flags)
    guard flags & (Flag.reserved | Flag.version) == 2 else { return false }
    let needed = Flag.length | Flag.sequence
    return flags & Flag.control == 0
      || flags & needed == needed && flags & (Flag.offset | Flag.priority) == 0
  }

  /// The flags, and the version in the low four bits.
  public var flags: UInt16 { bytes.uint16(at: Field.flags) }
  /// Whether it controls the tunnel.
  public var isControl: Bool { has(Flag.control) }
  private func has(_ flag: UInt16) -> Bool { flags & flag != 0 }
  private var tunnelOffset: Int { has(Flag.length) ? 2 &* Field.width : Field.width }
  private var sequenceOffset: Int { tunnelOffset &+ 2 &* Field.width }
  private var offsetOffset: Int { sequenceOffset &+ (has(Flag.sequence) ? 2 &* Field.width : 0) }
  /// The length of all of it; of no meaning where there is none.
  public var totalLength: Int { Int(bytes.uint16(at: Field.totalLength)) }
  /// The tunnel, by the receiver's number.
  public var tunnel: UInt16 { bytes.uint16(at: tunnelOffset) }
  /// The session within it, by the receiver's number.
  public var session: UInt16 { bytes.uint16(at: tunnelOffset &+ Field.width) }
  /// The number of the message, and that of the one which is expected; of no meaning where there are none.
  private var numbers: (sent: UInt16, received: UInt16) {
    (bytes.uint16(at: sequenceOffset), bytes.uint16(at: sequenceOffset &+ Field.width))
  }

  public var step: Step {
    let rest = has(Flag.length) ? totalLength &- headerLength : nil
    if isControl { return Step(.none, headerLength: headerLength &+ (rest ?? 0), payloadLength: 0) }
    let isEmpty = rest == 0 || rest == nil && bytes.byteCount <= headerLength
    return Step(isEmpty ? .none : .framedPPP, headerLength: headerLength, payloadLength: rest, nesting: .inner)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("L2TP", style: .protocolName)
    if isControl {
      text.append(" control ")
      text.append(messageName)
    }
    text.append(" tunnel ")
    text.append(decimal: tunnel)
    text.append(" session ")
    text.append(decimal: session)
    guard has(Flag.sequence) else { return }
    text.append(" ns ")
    text.append(decimal: numbers.sent)
    text.append(" nr ")
    text.append(decimal: numbers.received)
  }

  /// What a control message is. RFC 2661 section 3.2.
  private var messageName: StaticString {
    if totalLength == headerLength { return "acknowledgment" }
    guard bytes.byteCount >= headerLength &+ Field.messageTypeLength else { return "message" }
    switch bytes.uint16(at: headerLength &+ Field.messageType) {
    case 1: return "SCCRQ"
    case 2: return "SCCRP"
    case 3: return "SCCCN"
    case 4: return "StopCCN"
    case 6: return "HELLO"
    case 7: return "OCRQ"
    case 8: return "OCRP"
    case 9: return "OCCN"
    case 10: return "ICRQ"
    case 11: return "ICRP"
    case 12: return "ICCN"
    case 14: return "CDN"
    case 15: return "WEN"
    case 16: return "SLI"
    default: return "message"
    }
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.flags("flags", UInt64(flags), digits: 4, Self.flagNames)
    visitor.number("type", UInt64(isControl ? 1 : 0), isControl ? "control" : "data")
    visitor.boolean("length_bit", has(Flag.length))
    visitor.boolean("seq_bit", has(Flag.sequence))
    visitor.boolean("offset_bit", has(Flag.offset))
    visitor.boolean("priority", has(Flag.priority))
    visitor.number("version", flags & Flag.version)
    if has(Flag.length) { visitor.number("length", totalLength) }
    visitor.number("tunnel", tunnel)
    visitor.number("session", session)
    if has(Flag.sequence) {
      visitor.number("Ns", numbers.sent)
      visitor.number("Nr", numbers.received)
    }
    if has(Flag.offset) { visitor.number("offset", bytes.uint16(at: offsetOffset)) }
  }

  static let flagNames = [
    FlagName(UInt64(Flag.control), "control"), FlagName(UInt64(Flag.length), "length"),
    FlagName(UInt64(Flag.sequence), "sequence"), FlagName(UInt64(Flag.offset), "offset"),
    FlagName(UInt64(Flag.priority), "priority"),
  ]
}
