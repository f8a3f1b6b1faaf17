// Internet Protocol version 6, RFC 8200.
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-------+---------------+---------------------------------------+
//     |version| traffic class |              flow label               |
//     +-------+---------------+-------+---------------+---------------+
//     |        payload length         |  next header  |   hop limit   |
//     +-------------------------------+---------------+---------------+
//     |                    source address, 16 octets                  |
//     +---------------------------------------------------------------+
//     |                 destination address, 16 octets                |
//     +---------------------------------------------------------------+

/// The IPv6 header, without its extension headers, which are layers of their own.
public struct IPv6Header: Header, ~Escapable {
  enum Field {
    static let versionClassAndLabel = 0
    static let payloadLength = 4
    static let nextHeader = 6
    static let hopLimit = 7
    static let source = 8
    static let destination = 24
    static let addressLength = 16
    static let length = 40
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    // The version comes first: what has another is not a short packet of this one.
    try bytes.require(2, .ipv6)
    self.bytes = bytes
    guard version == 6 else { throw DecodeError(.ipv6, .invalidValue(value: Int(version))) }
    try bytes.require(Field.length, .ipv6)
  }

  /// The version, 6.
  public var version: UInt8 { bytes.uint8(at: Field.versionClassAndLabel) >> 4 }
  /// The differentiated services, RFC 2474, with the ECN bits, RFC 3168.
  public var trafficClass: UInt8 { UInt8(truncatingIfNeeded: bytes.uint16(at: Field.versionClassAndLabel) >> 4) }
  /// What the packets of a flow share, 20 bits. RFC 6437.
  public var flowLabel: UInt32 { bytes.uint32(at: Field.versionClassAndLabel) & 0xfffff }
  /// The length of all that follows, in octets; 0 for a jumbogram and before segmentation.
  public var payloadLength: Int { Int(bytes.uint16(at: Field.payloadLength)) }
  /// What follows.
  public var nextHeader: IPProtocol { IPProtocol(rawValue: bytes.uint8(at: Field.nextHeader)) }
  /// How many more hops it may take.
  public var hopLimit: UInt8 { bytes.uint8(at: Field.hopLimit) }
  /// The address it comes from.
  public var source: UInt128 { bytes.uint128(at: Field.source) }
  /// The address it goes to.
  public var destination: UInt128 { bytes.uint128(at: Field.destination) }

  public var step: Step {
    let next = LayerKind(afterIPv6: nextHeader)
    // A length of 0 before what cannot be empty is a jumbogram's (RFC 2675), or what segmentation offload leaves of a
    // frame over 64 KiB: to the end of the frame. What is not known may well be empty.
    let goesToEnd = payloadLength == 0 && next != .data
    return Step(
      next, headerLength: Field.length, payloadLength: goesToEnd ? nil : payloadLength,
      nesting: next == .ipv4 || next == .ipv6 ? .inner : .same)
  }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    let isTunnel = nextHeader == .ipv4 || nextHeader == .ipv6
    if context.next == .data || context.next == .none, nextHeader != .noNextHeader, !isTunnel {
      nextHeader.summarize(length: context.wireLength &- Field.length, into: &text)
    } else if nextHeader == .noNextHeader {
      text.append("nothing follows")
    }
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("version", version)
    visitor.hexadecimal("tclass", trafficClass, digits: 8)
    visitor.number("tclass.dscp", trafficClass >> 2)
    visitor.number("tclass.ecn", trafficClass & 3)
    visitor.hexadecimal("flow", flowLabel, digits: 6)
    visitor.number("plen", payloadLength)
    visitor.number("nxt", UInt64(nextHeader.rawValue), nextHeader.name)
    visitor.number("hlim", hopLimit)
    visitor.ipv6Address("src", source)
    visitor.ipv6Address("dst", destination)
  }
}

extension LayerKind {
  /// The protocol that a next-header field of IPv6 names: an extension header, or what IPv4 may carry too.
  init(afterIPv6 number: IPProtocol) {
    switch number {
    case .hopByHop: self = .hopByHop
    case .routing: self = .routing
    case .fragment: self = .fragment
    case .destinationOptions: self = .destinationOptions
    case .icmpv6: self = .icmpv6
    case .icmp: self = .icmp
    case .noNextHeader: self = .data
    default: self = LayerKind(number)
    }
  }
}

extension IPProtocol {
  /// Writes what is carried where nothing here decodes it: `SCTP len 36`.
  func summarize(length: Int, into text: inout TextBuffer) {
    if let name {
      text.append(name, style: .protocolName)
    } else {
      text.append("protocol ")
      text.append(decimal: rawValue)
    }
    text.append(" len ")
    text.append(decimal: length)
    text.append(" ")
  }
}
