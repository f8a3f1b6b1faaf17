// Transmission Control Protocol, RFC 9293.
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-------------------------------+-------------------------------+
//     |          source port          |       destination port        |
//     +-------------------------------+-------------------------------+
//     |                        sequence number                        |
//     +---------------------------------------------------------------+
//     |                     acknowledgment number                     |
//     +-------+-------+---------------+-------------------------------+
//     | offset| rsrvd |A C E U A P R S F|          window             |
//     +-------+-------+---------------+-------------------------------+
//     |           checksum            |        urgent pointer         |
//     +-------------------------------+-------------------------------+
//     |                     options, 0 to 40 octets                   |
//     +---------------------------------------------------------------+

/// The TCP header.
public struct TCPHeader: Header, ~Escapable {
  enum Field {
    static let sourcePort = 0
    static let destinationPort = 2
    static let sequenceNumber = 4
    static let acknowledgmentNumber = 8
    static let dataOffsetAndFlags = 12
    static let window = 14
    static let checksum = 16
    static let urgentPointer = 18
    static let length = 20
  }

  let bytes: RawSpan

  @inline(__always)
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .tcp)
    self.bytes = bytes
    guard headerLength >= Field.length else {
      throw DecodeError(.tcp, offset: Field.dataOffsetAndFlags, .invalidLength(value: headerLength))
    }
  }

  /// The port it comes from.
  public var sourcePort: UInt16 { bytes.uint16(at: Field.sourcePort) }
  /// The port it goes to.
  public var destinationPort: UInt16 { bytes.uint16(at: Field.destinationPort) }
  /// The number of the first octet of the payload.
  public var sequenceNumber: UInt32 { bytes.uint32(at: Field.sequenceNumber) }
  /// The number of the octet that is expected next.
  public var acknowledgmentNumber: UInt32 { bytes.uint32(at: Field.acknowledgmentNumber) }
  /// The length of the header with its options, in octets.
  public var headerLength: Int { Int(bytes.uint8(at: Field.dataOffsetAndFlags) >> 4) &* 4 }
  /// The flags, with the reserved bits, as twelve bits.
  public var flags: TCPFlags { TCPFlags(rawValue: bytes.uint16(at: Field.dataOffsetAndFlags) & 0x0fff) }
  /// How many octets the sender would take, before scaling.
  public var window: UInt16 { bytes.uint16(at: Field.window) }
  /// The checksum over a pseudo-header, the header and the payload.
  public var checksum: UInt16 { bytes.uint16(at: Field.checksum) }
  /// Where urgent data end, relative to the sequence number.
  public var urgentPointer: UInt16 { bytes.uint16(at: Field.urgentPointer) }
  /// The options' octets.
  public var options: RawSpan {
    @_lifetime(copy self) get { bytes.slice(from: Field.length, length: headerLength &- Field.length) }
  }
  /// What it carries, as captured.
  public var payload: RawSpan {
    @_lifetime(copy self) get { bytes.slice(from: headerLength) }
  }

  @inline(__always)
  public var step: Step {
    Step(Application.overTCP(sourcePort, destinationPort, payload), headerLength: headerLength)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("TCP", style: .protocolName)
    text.append(" ")
    flags.summarize(into: &text)
    let length = Swift.max(0, context.wireLength &- headerLength)
    text.append(" seq ")
    let sequence = sequenceNumber &- context.sequences.sequence
    text.append(decimal: sequence)
    // What was sent is longer than its beginning, and nothing here says by how much.
    if length > 0, !context.isPartial {
      text.append(":")
      text.append(decimal: sequence &+ UInt32(truncatingIfNeeded: length))
    }
    if flags.contains(.acknowledgment) {
      text.append(" ack ")
      text.append(decimal: acknowledgmentNumber &- context.sequences.acknowledgment)
    }
    text.append(" win ")
    text.append(decimal: window)
    if flags.contains(.urgent) {
      text.append(" urg ")
      text.append(decimal: urgentPointer)
    }
    if !context.isPartial {
      text.append(" len ")
      text.append(decimal: length)
    }
    if options.byteCount > 0 {
      text.append(" ")
      let isCut = options.byteCount < headerLength &- Field.length
      TCPOptions(options).summarize(into: &text, base: context.sequences.acknowledgment, isCut: isCut)
    }
    if case .bad = context.checksum { text.append(" [bad TCP checksum]", style: .warning) }
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("srcport", sourcePort)
    visitor.number("dstport", destinationPort)
    visitor.number("seq_raw", sequenceNumber)
    visitor.number("ack_raw", acknowledgmentNumber)
    visitor.number("hdr_len", headerLength)
    visitor.flags("flags", UInt64(flags.rawValue), digits: 4, TCPFlags.names)
    visitor.number("window_size_value", window)
    visitor.hexadecimal("checksum", checksum, digits: 4)
    visitor.checksumStatus("checksum.status", context.checksum)
    visitor.number("urgent_pointer", urgentPointer)
    if !context.isPartial { visitor.number("len", Swift.max(0, context.wireLength &- headerLength)) }
    if options.byteCount > 0 {
      visitor.beginGroup("options")
      TCPOptions(options).visitFields(&visitor)
      visitor.endGroup()
    }
  }
}

/// The first eight octets of a TCP header, which is what an ICMP error must quote (RFC 792).
public struct QuotedTCPHeader: Header, ~Escapable {
  static let length = 8

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Self.length, .tcpQuoted)
    self.bytes = bytes
  }

  public var step: Step { Step(.none, headerLength: Swift.max(bytes.byteCount, TCPHeader.Field.length)) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("TCP", style: .protocolName)
    text.append(" seq ")
    text.append(decimal: bytes.uint32(at: TCPHeader.Field.sequenceNumber))
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("srcport", bytes.uint16(at: TCPHeader.Field.sourcePort))
    visitor.number("dstport", bytes.uint16(at: TCPHeader.Field.destinationPort))
    visitor.number("seq_raw", bytes.uint32(at: TCPHeader.Field.sequenceNumber))
  }
}
