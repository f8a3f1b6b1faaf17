internal import Linux
internal import Sockets
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
    return !destination.isMulticast && !contains(destination) && !contains(OwnedEnd(ends: ends, isSource: true).address)
  }
}
