// Internet Protocol version 4, RFC 791.
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-------+-------+---------------+-------------------------------+
//     |version|  IHL  |   DS   |ECN   |         total length          |
//     +-------+-------+---------------+-----+-------------------------+
//     |        identification         |flags|     fragment offset     |
//     +---------------+---------------+-----+-------------------------+
//     | time to live  |   protocol    |        header checksum        |
//     +---------------+---------------+-------------------------------+
//     |                        source address                         |
//     +---------------------------------------------------------------+
//     |                      destination address                      |
//     +---------------------------------------------------------------+
//     |                     options, 0 to 40 octets                   |
//     +---------------------------------------------------------------+

/// The IPv4 header.
public struct IPv4Header: Header, ~Escapable {
  enum Field {
    static let versionAndHeaderLength = 0
    static let differentiatedServices = 1
    static let totalLength = 2
    static let identification = 4
    static let flagsAndFragmentOffset = 6
    static let timeToLive = 8
    static let protocolNumber = 9
    static let checksum = 10
    static let source = 12
    static let destination = 16
    static let length = 20
  }

  let bytes: RawSpan

  @inline(__always)
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .ipv4)
    self.bytes = bytes
    guard version == 4 else { throw DecodeError(.ipv4, .invalidValue(value: Int(version))) }
    guard headerLength >= Field.length else { throw DecodeError(.ipv4, .invalidLength(value: headerLength)) }
    try bytes.require(headerLength, .ipv4)
    // A total length of 0 is what a segmentation offload leaves; it means "to the end of the frame".
    guard totalLength == 0 || totalLength >= headerLength else {
      throw DecodeError(.ipv4, offset: Field.totalLength, .invalidLength(value: totalLength))
    }
  }

  /// The version, 4.
  public var version: UInt8 { bytes.uint8(at: Field.versionAndHeaderLength) >> 4 }
  /// The length of the header with its options, in octets.
  public var headerLength: Int { Int(bytes.uint8(at: Field.versionAndHeaderLength) & 0x0f) &* 4 }
  /// The differentiated services octet, RFC 2474, with the ECN bits, RFC 3168.
  public var differentiatedServices: UInt8 { bytes.uint8(at: Field.differentiatedServices) }
  /// The length of header and payload, in octets.
  public var totalLength: Int { Int(bytes.uint16(at: Field.totalLength)) }
  /// The number that the fragments of a datagram share.
  public var identification: UInt16 { bytes.uint16(at: Field.identification) }
  /// The three flag bits: reserved, don't fragment, more fragments.
  public var flags: UInt8 { bytes.uint8(at: Field.flagsAndFragmentOffset) >> 5 }
  /// Whether routers must not fragment it.
  public var dontFragment: Bool { flags & 2 != 0 }
  /// Whether fragments of the datagram follow.
  public var moreFragments: Bool { flags & 1 != 0 }
  /// Where the payload stands in the datagram, in octets.
  public var fragmentOffset: Int { Int(bytes.uint16(at: Field.flagsAndFragmentOffset) & 0x1fff) &* 8 }
  /// How many more hops it may take.
  public var timeToLive: UInt8 { bytes.uint8(at: Field.timeToLive) }
  /// What the payload is.
  public var protocolNumber: IPProtocol { IPProtocol(rawValue: bytes.uint8(at: Field.protocolNumber)) }
  /// The checksum of the header.
  public var checksum: UInt16 { bytes.uint16(at: Field.checksum) }
  /// The address it comes from.
  public var source: UInt32 { bytes.uint32(at: Field.source) }
  /// The address it goes to.
  public var destination: UInt32 { bytes.uint32(at: Field.destination) }
  /// The options' octets.
  public var options: RawSpan {
    @_lifetime(copy self) get { bytes.slice(from: Field.length, length: headerLength &- Field.length) }
  }

  /// Whether the header's checksum fits.
  public var checksumStatus: ChecksumStatus {
    let sum = Checksum.fold(Checksum.add(bytes.slice(from: 0, length: headerLength)))
    return sum == 0xffff ? .good : .bad(computed: ~Checksum.fold(UInt64(sum) &+ UInt64(~checksum)))
  }

  @inline(__always)
  public var step: Step {
    let next: LayerKind = fragmentOffset == 0 ? LayerKind(protocolNumber) : .data
    return Step(
      next, headerLength: headerLength, payloadLength: totalLength == 0 ? nil : totalLength &- headerLength,
      nesting: next == .ipv4 || next == .ipv6 ? .inner : .same, isPartial: moreFragments)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    if fragmentOffset != 0 || moreFragments {
      text.append("fragment id ")
      text.append(decimal: identification)
      text.append(" offset ")
      text.append(decimal: fragmentOffset)
      if moreFragments { text.append("+") }
      text.append(" ")
    }
    if options.byteCount > 0 { IPv4Options(options).summarize(into: &text) }
    let isTunnel = protocolNumber == .ipv4 || protocolNumber == .ipv6
    if context.next == .data || context.next == .none, !isTunnel {
      protocolNumber.summarize(length: context.wireLength &- headerLength, into: &text)
    }
    if case .bad = checksumStatus { text.append("[bad IP checksum] ", style: .warning) }
  }

  /// Whether a header that was checked has no phrase beside its addresses, as nearly every one: no options, no fragment,
  /// and the checksum is right.
  @inline(__always)
  static func isSilent(_ bytes: RawSpan, at start: Int = 0) -> Bool {
    // The first eight octets end with the flags and the fragment offset.
    let first = bytes.uint64(at: start)
    guard first >> 56 == 0x45, first & 0x3fff == 0 else { return false }
    // Words of four octets are as good as those of two: the carries come back in.
    let second = bytes.uint64(at: start &+ Field.timeToLive)
    let sum =
      (first >> 32) &+ (first & 0xffff_ffff) &+ (second >> 32) &+ (second & 0xffff_ffff)
      &+ UInt64(bytes.uint32(at: start &+ Field.destination))
    return Checksum.fold(sum) == 0xffff
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("version", version)
    visitor.number("hdr_len", headerLength)
    visitor.hexadecimal("dsfield", differentiatedServices, digits: 2)
    visitor.number("dsfield.dscp", differentiatedServices >> 2)
    visitor.number("dsfield.ecn", differentiatedServices & 3)
    // A length left to segmentation offload is what the frame has.
    visitor.number("len", totalLength == 0 ? context.wireLength : totalLength)
    visitor.hexadecimal("id", identification, digits: 4)
    visitor.flags("flags", UInt64(flags), digits: 2, Self.flagNames)
    visitor.boolean("flags.rb", flags & 4 != 0)
    visitor.boolean("flags.df", dontFragment)
    visitor.boolean("flags.mf", moreFragments)
    // Wireshark shows the number as it stands in the field: in units of eight octets.
    visitor.number("frag_offset", fragmentOffset / 8)
    visitor.number("ttl", timeToLive)
    visitor.number("proto", UInt64(protocolNumber.rawValue), protocolNumber.name)
    visitor.hexadecimal("checksum", checksum, digits: 4)
    visitor.checksumStatus("checksum.status", checksumStatus)
    visitor.ipv4Address("src", source)
    visitor.ipv4Address("dst", destination)
    if options.byteCount > 0 { IPv4Options(options).visitFields(&visitor) }
  }

  static let flagNames = [
    FlagName(4, "reserved"), FlagName(2, "don't fragment"), FlagName(1, "more fragments"),
  ]
}

extension LayerKind {
  /// The protocol that an IP protocol number names.
  init(_ number: IPProtocol) {
    switch number {
    case .tcp: self = .tcp
    case .udp: self = .udp
    case .ipv4: self = .ipv4
    case .ipv6: self = .ipv6
    case .icmp: self = .icmp
    case .authentication: self = .authentication
    case .gre: self = .gre
    case .esp: self = .esp
    default: self = .data
    }
  }
}
