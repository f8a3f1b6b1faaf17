import Glibc

extension InternetAddress {
  /// An address from its text, IPv4 in dotted decimal or IPv6, without a zone; nil for anything else. See inet_pton(3).
  public init?(_ text: some StringProtocol) {
    let text = String(text)
    guard !text.utf8.contains(0) else { return nil }
    var octets = [UInt8](repeating: 0, count: 16)
    // SAFETY: inet_pton writes 4 or 16 octets, and there are 16; it reads a terminated string.
    if unsafe inet_pton(AF_INET, text, &octets) == 1 {
      self = .v4(octets.prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
    } else if unsafe inet_pton(AF_INET6, text, &octets) == 1 {
      self = .v6(octets.reduce(0) { $0 << 8 | UInt128($1) })
    } else {
      return nil
    }
  }
}
