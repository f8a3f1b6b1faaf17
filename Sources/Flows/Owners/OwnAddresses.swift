internal import Linux
internal import Wire

/// The addresses of a network namespace: they tell the packets of its sockets from those that only pass by.
struct OwnAddresses {
  private let addresses: Set<InternetAddress>

  init(_ addresses: Set<InternetAddress>) { self.addresses = addresses }

  /// Whether an address is one of them.
  func contains(_ address: InternetAddress) -> Bool { address.isLoopback || addresses.contains(address) }

  /// Whether a packet is surely of no socket here: neither end is, and it goes to no group.
  func areForeign(_ ends: FrameEnds) -> Bool {
    let destination = OwnedEnd(ends: ends, isSource: false).address
    return !destination.isGroup && !contains(destination) && !contains(OwnedEnd(ends: ends, isSource: true).address)
  }
}

extension InternetAddress {
  /// Whether it is of this machine in whatever namespace: 127.0.0.0/8, ::1.
  var isLoopback: Bool {
    switch self {
    case .v4(let value): value >> 24 == 127
    case .v6(let value): value == 1 || value >> 32 == 0xffff && (value >> 24) & 0xff == 127
    }
  }

  /// Whether it stands for many hosts.
  var isGroup: Bool {
    switch self {
    case .v4(let value): value >> 28 == 0xe || value == .max
    case .v6(let value): value >> 120 == 0xff
    }
  }
}
