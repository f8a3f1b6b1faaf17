// Domain Name System, RFC 1035; multicast DNS, RFC 6762; link-local multicast name resolution, RFC 4795.
//
//     0                           1
//     0  1  2  3  4  5  6  7  8  9  0  1  2  3  4  5
//     +-----------------------------------------------+
//     |                      id                       |
//     +--+-----------+--+--+--+--+--+--+--+-----------+
//     |QR|  opcode   |AA|TC|RD|RA| Z|AD|CD|   rcode   |
//     +--+-----------+--+--+--+--+--+--+--+-----------+
//     |                number of questions            |
//     +-----------------------------------------------+
//     |                number of answers              |
//     +-----------------------------------------------+
//     |          number of authority records          |
//     +-----------------------------------------------+
//     |          number of additional records         |
//     +-----------------------------------------------+
//     | questions: name, type, class                  |
//     | records: name, type, class, ttl, length, data |
//     +-----------------------------------------------+
//
// Over TCP each message has its length in two octets before it, RFC 1035 section 4.2.2.

/// A DNS message: its header, questions and records.
public struct DNSMessage: Header, ~Escapable {
  enum Field {
    static let identifier = 0
    static let flags = 2
    static let questionCount = 4
    static let answerCount = 6
    static let authorityCount = 8
    static let additionalCount = 10
    static let length = 12
    /// The length of the prefix over TCP.
    static let prefix = 2
  }

  /// Which of the protocols with this format it is.
  enum Flavor { case unicast, overTCP, multicast, linkLocal }

  let bytes: RawSpan
  /// The message without the length before it.
  let message: RawSpan
  let flavor: Flavor

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try self.init(bytes, .unicast)
  }

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, _ flavor: Flavor) throws(DecodeError) {
    let prefix = flavor == .overTCP ? Field.prefix : 0
    try bytes.require(prefix &+ Field.length, .dns)
    self.bytes = bytes
    self.flavor = flavor
    message = bytes.slice(from: prefix, length: prefix == 0 ? .max : Int(bytes.uint16(at: 0)))
    guard message.byteCount >= Field.length else {
      throw DecodeError(.dns, .invalidLength(value: message.byteCount))
    }
  }

  /// Whether octets are a DNS message as far as they go: an operation that there is, the reserved bit zero, and a
  /// first name that keeps the rules or is cut short.
  static func isPlausible(_ message: RawSpan) -> Bool {
    guard message.byteCount >= Field.length else { return false }
    let flags = message.uint16(at: Field.flags)
    guard flags & 0x0040 == 0, let _ = DNSNumbers.opcodeName(flags >> 11 & 0xf) else { return false }
    let counts = message.uint64(at: Field.questionCount)
    // A refusal to answer, a session's keep-alive (RFC 8490) or a probe has nothing after the header, which then is
    // not all zeros.
    if counts == 0 { return message.byteCount == Field.length && message.uint32(at: Field.identifier) != 0 }
    return DomainName.check(message, at: Field.length).ending != .bad
  }

  /// Whether a TCP segment begins with a DNS message and its length.
  static func isPlausible(overTCP segment: RawSpan) -> Bool {
    guard segment.byteCount >= Field.prefix &+ Field.length else { return false }
    let length = Int(segment.uint16(at: 0))
    return length >= Field.length && isPlausible(segment.slice(from: Field.prefix, length: length))
  }

  /// Pairs a query with its response.
  public var identifier: UInt16 { message.uint16(at: Field.identifier) }
  /// Flags, operation code and response code.
  public var flags: UInt16 { message.uint16(at: Field.flags) }
  /// Whether it is a response.
  public var isResponse: Bool { flags & 0x8000 != 0 }
  /// The operation code.
  public var opcode: UInt16 { flags >> 11 & 0xf }
  /// The response code, without the bits that an OPT record adds.
  public var responseCode: UInt16 { flags & 0xf }
  /// How many questions it says it has.
  public var questionCount: UInt16 { message.uint16(at: Field.questionCount) }
  /// How many answers it says it has.
  public var answerCount: UInt16 { message.uint16(at: Field.answerCount) }
  /// How many authority records it says it has.
  public var authorityCount: UInt16 { message.uint16(at: Field.authorityCount) }
  /// How many additional records it says it has.
  public var additionalCount: UInt16 { message.uint16(at: Field.additionalCount) }

  public var step: Step {
    guard flavor == .overTCP else { return Step(.none, headerLength: bytes.byteCount) }
    let length = Field.prefix &+ message.byteCount
    let another = Self.isPlausible(overTCP: bytes.slice(from: length))
    return Step(another ? .dnsOverTCP : .none, headerLength: another ? length : bytes.byteCount)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    if flavor == .overTCP { visitor.number("length", bytes.uint16(at: 0)) }
    visitor.hexadecimal("id", identifier, digits: 4)
    visitor.flags("flags", UInt64(flags), digits: 4, Self.flagNames)
    visitFlags(&visitor)
    visitor.beginGroup("count")
    let isUpdate = opcode == 5
    visitor.number(isUpdate ? "zones" : "queries", questionCount)
    visitor.number(isUpdate ? "prerequisites" : "answers", answerCount)
    visitor.number(isUpdate ? "updates" : "auth_rr", authorityCount)
    visitor.number("add_rr", additionalCount)
    visitor.endGroup()
    visitSections(&visitor)
  }

  private static let flagNames = [
    FlagName(0x8000, "response"), FlagName(0x0400, "authoritative"), FlagName(0x0200, "truncated"),
    FlagName(0x0100, "recursion desired"), FlagName(0x0080, "recursion available"), FlagName(0x0020, "authenticated"),
    FlagName(0x0010, "checking disabled"),
  ]

  private func visitFlags<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    visitor.boolean("flags.response", isResponse)
    visitor.number("flags.opcode", UInt64(opcode), DNSNumbers.opcodeName(opcode))
    if flavor == .linkLocal {
      visitor.boolean("flags.conflict", flags & 0x0400 != 0)
    } else if isResponse {
      visitor.boolean("flags.authoritative", flags & 0x0400 != 0)
    }
    visitor.boolean("flags.truncated", flags & 0x0200 != 0)
    visitor.boolean(flavor == .linkLocal ? "flags.tentative" : "flags.recdesired", flags & 0x0100 != 0)
    if flavor != .linkLocal {
      if isResponse { visitor.boolean("flags.recavail", flags & 0x0080 != 0) }
      visitor.boolean("flags.z", flags & 0x0040 != 0)
      // In a query the bit only asks to be told, RFC 6840 section 5.7.
      if isResponse || flags & 0x0020 != 0 { visitor.boolean("flags.authenticated", flags & 0x0020 != 0) }
      visitor.boolean("flags.checkdisable", flags & 0x0010 != 0)
    }
    if isResponse { visitor.number("flags.rcode", UInt64(responseCode), DNSNumbers.responseCodeName(responseCode)) }
  }
}
