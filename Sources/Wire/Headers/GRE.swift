// Generic Routing Encapsulation, RFC 2784 and RFC 2890; version 1 as PPTP has it, RFC 2637 section 4.1.
//
//     0       2       4
//     +-------+-------+---------------+-------+-------+------------ - -
//     | flags | type  | sum   offset  |  key  |sequence| payload
//     +-------+-------+---------------+-------+-------+------------ - -
//
// Checksum, key and sequence number are there where the flags say so, in this order, each of four octets.

/// The GRE header.
public struct GREHeader: Header, ~Escapable {
  enum Field {
    static let flagsAndVersion = 0
    static let type = 2
    static let length = 4
    static let checksum = 4
    static let offset = 6
    /// Of each of the fields that may be missing.
    static let optionalLength = 4
  }

  enum Flag {
    static let checksum: UInt16 = 0x8000
    static let routing: UInt16 = 0x4000
    static let key: UInt16 = 0x2000
    static let sequenceNumber: UInt16 = 0x1000
    static let acknowledgment: UInt16 = 0x0080
    static let version: UInt16 = 0x0007
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .gre)
    self.bytes = bytes
    try bytes.require(headerLength, .gre)
  }

  /// The flags, and the version in the low three bits.
  public var flagsAndVersion: UInt16 { bytes.uint16(at: Field.flagsAndVersion) }
  /// The version: 0, or 1 for PPTP.
  public var version: UInt16 { flagsAndVersion & Flag.version }
  /// What it carries.
  public var type: EtherType { EtherType(rawValue: bytes.uint16(at: Field.type)) }
  /// Whether there is a checksum over the header and all it carries.
  public var hasChecksum: Bool { has(Flag.checksum) }
  /// Whether there is a key.
  public var hasKey: Bool { has(Flag.key) }
  /// Whether there is a sequence number.
  public var hasSequenceNumber: Bool { has(Flag.sequenceNumber) }
  /// Whether there is an acknowledgment number, which only PPTP has.
  var hasAcknowledgment: Bool { version == 1 && has(Flag.acknowledgment) }

  private func has(_ flag: UInt16) -> Bool { flagsAndVersion & flag != 0 }

  /// Whether the field of checksum and offset is there: with source routes (RFC 1701) too.
  private var hasChecksumField: Bool { has(Flag.checksum | Flag.routing) }
  private var keyOffset: Int { Field.length &+ (hasChecksumField ? Field.optionalLength : 0) }
  private var sequenceOffset: Int { keyOffset &+ (hasKey ? Field.optionalLength : 0) }
  private var acknowledgmentOffset: Int { sequenceOffset &+ (hasSequenceNumber ? Field.optionalLength : 0) }
  private var headerLength: Int { acknowledgmentOffset &+ (hasAcknowledgment ? Field.optionalLength : 0) }

  /// The checksum; of no meaning where there is none.
  public var checksum: UInt16 { bytes.uint16(at: Field.checksum) }
  /// The key; 0 where there is none.
  public var key: UInt32 { hasKey ? bytes.uint32(at: keyOffset) : 0 }
  /// The sequence number; 0 where there is none.
  public var sequenceNumber: UInt32 { hasSequenceNumber ? bytes.uint32(at: sequenceOffset) : 0 }
  private var acknowledgmentNumber: UInt32 { bytes.uint32(at: acknowledgmentOffset) }

  /// Whether the key is NVGRE's: a virtual subnet and a flow within it. RFC 7637 section 3.2.
  ///
  /// Subnets below 0x1000 are reserved: the key is then one that somebody gave to an Ethernet tunnel.
  public var isNVGRE: Bool {
    flagsAndVersion == Flag.key && type == .transparentEthernet && key >> 8 >= 0x1000
  }
  /// The virtual subnet of NVGRE.
  public var virtualSubnet: UInt32 { key >> 8 }

  public var step: Step {
    // Source routes are not decoded, nor what a version that is not known carries.
    let isKnown = version == 0 && !has(Flag.routing)
    switch type {
    case .ipv4 where isKnown: return Step(.ipv4, headerLength: headerLength, nesting: .inner)
    case .ipv6 where isKnown: return Step(.ipv6, headerLength: headerLength, nesting: .inner)
    case .transparentEthernet where isKnown: return Step(.ethernet, headerLength: headerLength, nesting: .inner)
    case .mpls where isKnown, .mplsUpstream where isKnown:
      return Step(.mpls, headerLength: headerLength, nesting: .inner)
    // Without a sequence number there is no header either.
    case .erspan where isKnown && hasSequenceNumber: return Step(.erspan, headerLength: headerLength)
    case .erspan where isKnown: return Step(.ethernet, headerLength: headerLength, nesting: .inner)
    // A packet of PPTP that only acknowledges carries nothing.
    case .ppp where version == 1 && !hasSequenceNumber && bytes.byteCount <= headerLength:
      return Step(.none, headerLength: headerLength)
    case .ppp where version <= 1 && !has(Flag.routing):
      return Step(.framedPPP, headerLength: headerLength, nesting: .inner)
    default: return Step(.data, headerLength: headerLength)
    }
  }

  /// Whether the checksum fits.
  func checksumStatus(_ context: LayerContext) -> ChecksumStatus {
    guard hasChecksum else { return .notPresent }
    guard context.isWhole, !context.isPartial else { return .unverified }
    let sum = Checksum.fold(Checksum.add(bytes))
    return sum == 0xffff ? .good : .bad(computed: ~Checksum.fold(UInt64(sum) &+ UInt64(~checksum)))
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append(isNVGRE ? "NVGRE" : "GRE", style: .protocolName)
    if version != 0 {
      text.append(" v")
      text.append(decimal: version)
    }
    if isNVGRE {
      text.append(" vsid ")
      text.append(decimal: virtualSubnet)
    } else if hasKey {
      text.append(version == 1 ? " call " : " key ")
      text.append(decimal: version == 1 ? key & 0xffff : key)
    }
    if hasSequenceNumber {
      text.append(" seq ")
      text.append(decimal: sequenceNumber)
    }
    if hasAcknowledgment {
      text.append(" ack ")
      text.append(decimal: acknowledgmentNumber)
    }
    type.summarizeCarried(step, context, headerLength: headerLength, into: &text)
    if case .bad = checksumStatus(context) { text.append(" [bad GRE checksum]", style: .warning) }
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    let flags = flagsAndVersion
    visitor.hexadecimal("flags_and_version", flags, digits: 4)
    visitor.beginGroup("flags")
    visitor.boolean("checksum", hasChecksum)
    visitor.boolean("routing", has(Flag.routing))
    visitor.boolean("key", hasKey)
    visitor.boolean("sequence_number", hasSequenceNumber)
    visitor.boolean("strict_source_route", flags & 0x0800 != 0)
    visitor.number("recursion_control", flags >> 8 & 7)
    if version == 1 { visitor.boolean("ack", has(Flag.acknowledgment)) }
    visitor.number("reserved", flags >> 3 & (version == 1 ? 0x0f : 0x1f))
    visitor.number("version", version)
    visitor.endGroup()
    visitor.hexadecimal("proto", UInt64(type.rawValue), digits: 4, type.name)
    if hasChecksumField {
      visitor.hexadecimal("checksum", checksum, digits: 4)
      if hasChecksum { visitor.checksumStatus("checksum.status", checksumStatus(context)) }
      visitor.number("offset", bytes.uint16(at: Field.offset))
    }
    if hasKey, version == 1 {
      visitor.beginGroup("key")
      visitor.number("payload_length", key >> 16)
      visitor.number("call_id", key & 0xffff)
      visitor.endGroup()
    } else if hasKey {
      visitor.hexadecimal("key", key, digits: 8)
    }
    if hasSequenceNumber { visitor.number("sequence_number", sequenceNumber) }
    if hasAcknowledgment { visitor.number("ack_number", acknowledgmentNumber) }
  }
}

extension EtherType {
  /// Writes what a tunnel carries where nothing here decodes it: ` type 0x8847 len 36`.
  func summarizeCarried(_ step: Step, _ context: LayerContext, headerLength: Int, into text: inout TextBuffer) {
    guard step.next == .data else { return }
    text.append(" type ")
    if let name { text.append(name) } else { text.append(etherType: self) }
    text.append(" len ")
    text.append(decimal: Swift.max(0, context.wireLength &- headerLength))
  }
}
