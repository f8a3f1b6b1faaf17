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

/// What a unix socket is bound to. See unix(7). The octets are any that its program chose: escape them before printing.
public enum UnixName: Hashable, Sendable {
  case unnamed
  /// A name in the file system.
  case path([UInt8])
  /// A name in the abstract namespace, without the zero that it begins with.
  case abstract([UInt8])
}

/// One end of a socket.
public enum SocketAddress: Hashable, Sendable {
  /// An internet address and port in host order; port 0 is none. The interface's index is that of a bound device or of a
  /// link-local address's scope; 0 for none.
  case internet(InternetAddress, port: UInt16, interface: UInt32)
  /// A unix socket's name.
  case unix(UnixName)
  /// A packet socket's interface (0: every one) and EtherType in host order (3: every one; 0: none).
  case packet(interface: UInt32, protocolNumber: UInt16)
  /// A netlink socket's port and the numbers of the multicast groups that it is a member of, from 1.
  case netlink(portID: UInt32, groups: [UInt32])
  /// A virtual machine socket's context and port. See vsock(7).
  case vsock(context: UInt32, port: UInt32)
  /// An XDP socket's interface and queue.
  case xdp(interface: UInt32, queue: UInt32)
}
