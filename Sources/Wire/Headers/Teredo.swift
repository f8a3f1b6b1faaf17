// Teredo: IPv6 over UDP through address translators, RFC 4380 section 5.1.1.
//
//     0      2      3      4                                        0      2      4
//     +------+------+------+----------+-------+-------+---------+   +------+------+-----------+
//     | 0  1 |id len|au len|    id    | value | nonce | confirm |   | 0  0 | port | address   |
//     +------+------+------+----------+-------+-------+---------+   +------+------+-----------+
//
// Both headers may be there or not, in this order, before the IPv6 packet. In the second each bit is inverted, lest a
// translator change it.

/// The headers of Teredo before an IPv6 packet.
public struct TeredoHeader: Header, ~Escapable {
  enum Field {
    static let type = 0
    static let typeLength = 2
    static let identifierLength = 2
    static let valueLength = 3
    static let identifier = 4
    static let nonceLength = 8
    static let confirmationLength = 1
    /// Of the origin, counted from its own header.
    static let port = 2
    static let address = 4
    static let originLength = 8
  }

  enum HeaderType {
    static let origin: UInt16 = 0
    static let authentication: UInt16 = 1
  }

  let bytes: RawSpan
  /// Where the authentication ends; 0 where there is none.
  let authenticationEnd: Int
  /// Whether the origin is told.
  let hasOrigin: Bool

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    self.bytes = bytes
    try bytes.require(Field.typeLength, .teredo)
    var end = 0
    if bytes.uint16(at: Field.type) == HeaderType.authentication {
      try bytes.require(Field.identifier, .teredo)
      end =
        Field.identifier &+ Int(bytes.uint8(at: Field.identifierLength)) &+ Int(bytes.uint8(at: Field.valueLength))
        &+ Field.nonceLength &+ Field.confirmationLength
      try bytes.require(end, .teredo)
    }
    authenticationEnd = end
    hasOrigin =
      bytes.byteCount >= end &+ Field.typeLength && bytes.uint16(at: end &+ Field.type) == HeaderType.origin
    if hasOrigin { try bytes.require(end &+ Field.originLength, .teredo) }
  }

  /// Whether the payload of a datagram can be Teredo: behind its headers an IPv6 packet begins.
  static func isPlausible(_ payload: RawSpan) -> Bool {
    do throws(DecodeError) {
      let length = try TeredoHeader(payload).headerLength
      return payload.byteCount > length && payload.uint8(at: length) >> 4 == 6
    } catch {
      return false
    }
  }

  private var headerLength: Int { authenticationEnd &+ (hasOrigin ? Field.originLength : 0) }
  /// Whether the sender proves who it is.
  public var hasAuthentication: Bool { authenticationEnd > 0 }
  /// The port that a translator gave to who sent the packet to a server; of no meaning where it is not told.
  public var originPort: UInt16 { ~bytes.uint16(at: authenticationEnd &+ Field.port) }
  /// The IPv4 address of that kind.
  public var originAddress: UInt32 { ~bytes.uint32(at: authenticationEnd &+ Field.address) }

  public var step: Step { Step(.ipv6, headerLength: headerLength, nesting: .inner) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("Teredo", style: .protocolName)
    if hasAuthentication { text.append(" authenticated") }
    guard hasOrigin else { return }
    text.append(" origin ")
    text.append(ipv4: originAddress)
    text.append(":")
    text.append(decimal: originPort)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    if hasAuthentication {
      let identifierLength = Int(bytes.uint8(at: Field.identifierLength))
      let valueLength = Int(bytes.uint8(at: Field.valueLength))
      let nonce = Field.identifier &+ identifierLength &+ valueLength
      visitor.beginGroup("auth")
      visitor.number("idlen", identifierLength)
      visitor.number("aulen", valueLength)
      if identifierLength > 0 {
        visitor.octets("id", bytes.slice(from: Field.identifier, length: identifierLength))
      }
      if valueLength > 0 {
        visitor.octets("value", bytes.slice(from: Field.identifier &+ identifierLength, length: valueLength))
      }
      visitor.octets("nonce", bytes.slice(from: nonce, length: Field.nonceLength))
      visitor.octets("conf", bytes.slice(from: nonce &+ Field.nonceLength, length: Field.confirmationLength))
      visitor.endGroup()
    }
    if hasOrigin {
      visitor.beginGroup("orig")
      visitor.number("port", originPort)
      visitor.ipv4Address("addr", originAddress)
      visitor.endGroup()
    }
  }
}
