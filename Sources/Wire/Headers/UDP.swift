// User Datagram Protocol, RFC 768.
//
//     0       2       4       6       8
//     +-------+-------+-------+-------+-------- - -
//     | src   | dst   | length| sum   | payload
//     +-------+-------+-------+-------+-------- - -

/// The UDP header.
public struct UDPHeader: Header, ~Escapable {
  enum Field {
    static let sourcePort = 0
    static let destinationPort = 2
    static let totalLength = 4
    static let checksum = 6
    static let length = 8
  }

  let bytes: RawSpan

  @inline(__always)
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .udp)
    self.bytes = bytes
    // A length of 0 stands for a jumbogram, RFC 2675: to the end of the packet. Over IPv4 that is a lie, as is any other
    // below 8; `Packet` stops there, and the ports are shown all the same.
  }

  /// The port it comes from.
  public var sourcePort: UInt16 { bytes.uint16(at: Field.sourcePort) }
  /// The port it goes to.
  public var destinationPort: UInt16 { bytes.uint16(at: Field.destinationPort) }
  /// The length of header and payload, in octets.
  public var totalLength: Int { Int(bytes.uint16(at: Field.totalLength)) }
  /// The checksum over a pseudo-header, the header and the payload; 0 where the sender left it out.
  public var checksum: UInt16 { bytes.uint16(at: Field.checksum) }
  /// What it carries, as captured.
  public var payload: RawSpan {
    @_lifetime(copy self) get {
      bytes.slice(from: Field.length, length: totalLength == 0 ? .max : totalLength &- Field.length)
    }
  }

  @inline(__always)
  public var step: Step {
    Step(
      Application.overUDP(sourcePort, destinationPort, payload), headerLength: Field.length,
      payloadLength: totalLength == 0 ? nil : totalLength &- Field.length)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    if context.next == .data || context.next == .none {
      text.append("UDP", style: .protocolName)
      // Where the length cannot be, the reason for stopping says so.
      if totalLength == 0 || totalLength >= Field.length {
        text.append(" len ")
        text.append(decimal: (totalLength == 0 ? context.wireLength : totalLength) &- Field.length)
      }
      text.append(" ")
    }
    // The space behind the last phrase goes with the next one.
    if context.checksum == .missing { text.append("[no UDP checksum] ", style: .warning) }
    if case .bad = context.checksum { text.append("[bad UDP checksum] ", style: .warning) }
    text.removeTrailingSpace()
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("srcport", sourcePort)
    visitor.number("dstport", destinationPort)
    visitor.number("length", totalLength)
    // A length that cannot be leaves nothing that a checksum could be over.
    if totalLength < Field.length, context.checksum == .unverified { return }
    visitor.hexadecimal("checksum", checksum, digits: 4)
    visitor.checksumStatus("checksum.status", context.checksum)
  }
}
