// BSD loopback, LINKTYPE_NULL and LINKTYPE_LOOP: four octets with an address family.
//
//     0               4
//     +---------------+----------- - -
//     |    family     |  IP packet
//     +---------------+----------- - -
//
// LINKTYPE_LOOP is in network byte order, LINKTYPE_NULL in that of the machine that captured, which the file does not
// tell: families are small numbers, so that the octets do.

/// The header of a BSD loopback capture.
public struct LoopbackHeader: Header, ~Escapable {
  enum Field {
    static let family = 0
    static let length = 4
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .loopback)
    self.bytes = bytes
  }

  /// The address family, or an EtherType.
  public var family: UInt32 {
    let value = bytes.uint32(at: Field.family)
    return value > 0xffff ? value.byteSwapped : value
  }

  /// Whether an EtherType stands in place of the family, as some systems write.
  var isEtherType: Bool { family > 1500 }

  public var step: Step {
    let next: LayerKind
    switch family {
    case 2: next = .ipv4
    // AF_INET6 on Linux, NetBSD and OpenBSD, FreeBSD, Darwin.
    case 10, 24, 28, 30: next = .ipv6
    default:
      next = isEtherType && family <= 0xffff ? LayerKind(EtherType(rawValue: UInt16(clamping: family))) : .data
    }
    return Step(next, headerLength: Field.length)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    guard context.next == .data || context.next == .none else { return }
    text.append("family ")
    text.append(decimal: family)
    text.append(" len ")
    text.append(decimal: context.wireLength &- Field.length)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    if isEtherType {
      visitor.hexadecimal("type", family, digits: 4)
    } else {
      visitor.number("family", family)
    }
  }
}
