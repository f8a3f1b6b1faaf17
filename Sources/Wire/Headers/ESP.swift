// Encapsulating Security Payload, RFC 4303 section 2.
//
//     0                         4                        8
//     +-------------------------+------------------------+---------- - -
//     | security parameters     | sequence number        | encrypted
//     +-------------------------+------------------------+---------- - -

/// The part of an ESP packet that is not encrypted.
public struct ESPHeader: Header, ~Escapable {
  enum Field {
    static let securityParameters = 0
    static let sequence = 4
    static let length = 8
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .esp)
    self.bytes = bytes
  }

  /// Which security association it belongs to.
  public var securityParameters: UInt32 { bytes.uint32(at: Field.securityParameters) }
  /// The number of the packet.
  public var sequence: UInt32 { bytes.uint32(at: Field.sequence) }

  /// Nobody here can tell what is encrypted.
  public var step: Step { Step(.none, headerLength: Field.length) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("ESP", style: .protocolName)
    text.append(" spi 0x")
    text.append(hexadecimal: UInt64(securityParameters), digits: 8)
    text.append(" seq ")
    text.append(decimal: sequence)
    text.append(" len ")
    text.append(decimal: Swift.max(0, context.wireLength &- Field.length))
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.hexadecimal("spi", securityParameters, digits: 8)
    visitor.number("sequence", sequence)
  }
}
