/// Where something stands in a frame that tells of somebody: an address, or octets of which nothing here knows what
/// they are.
@frozen
public struct AddressPlace: Equatable, Sendable {
  /// What stands there.
  @frozen
  public enum Kind: Sendable {
    /// An IPv4 address, or its first octets.
    case ipv4
    /// An IPv6 address, or its first octets.
    case ipv6
    /// A 48-bit hardware address.
    case hardware
    /// Octets within a header that is decoded: padding, options that nothing here knows, damaged ones.
    case unknown
    /// A protocol that nothing here decodes, from there to the end of the frame.
    case undecoded
    /// What an application sent: it is not searched but for what is decoded.
    case payload
  }

  /// What stands there.
  public var kind: Kind
  /// Where it begins, in octets from the start of the frame.
  public var offset: Int
  /// How many octets of it are there.
  public var length: Int
  /// How many of its bits are a prefix, where the others are of no meaning.
  public var prefix: Int

  /// A place with its parts; without a prefix all bits count.
  @inlinable
  public init(_ kind: Kind, at offset: Int, length: Int, prefix: Int = .max) {
    self.kind = kind
    self.offset = offset
    self.length = length
    self.prefix = prefix
  }

  /// The octets of an IPv4, an IPv6 and a hardware address.
  static let ipv4Length = 4, ipv6Length = 16, hardwareLength = 6

  @inline(__always)
  static func ipv4(at offset: Int) -> Self { Self(.ipv4, at: offset, length: ipv4Length) }

  @inline(__always)
  static func ipv6(at offset: Int) -> Self { Self(.ipv6, at: offset, length: ipv6Length) }

  @inline(__always)
  static func hardware(at offset: Int) -> Self { Self(.hardware, at: offset, length: hardwareLength) }

  static func unknown(from start: Int, to end: Int) -> Self { Self(.unknown, at: start, length: end &- start) }

  /// The same place, counted from further out.
  @inline(__always)
  func moved(by distance: Int) -> Self {
    Self(kind, at: offset &+ distance, length: length, prefix: prefix)
  }
}
