/// An internet address, its first octet highest.
public enum InternetAddress: Hashable, Sendable {
  case v4(UInt32)
  case v6(UInt128)

  /// Whether it is the address of no host: `0.0.0.0` or `::`.
  public var isWildcard: Bool {
    switch self {
    case .v4(let value): value == 0
    case .v6(let value): value == 0
    }
  }

  /// The IPv4 address that an IPv4-mapped IPv6 address stands for; nil for any other. RFC 4291 section 2.5.5.2.
  public var mapped: UInt32? {
    guard case .v6(let value) = self, value >> 32 == 0xffff else { return nil }
    return UInt32(truncatingIfNeeded: value)
  }
}
