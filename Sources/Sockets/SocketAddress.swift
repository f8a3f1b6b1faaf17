// The two addresses that the endpoints in Linux have are the inventory's as well: who imports Sockets gets them with it.
@_exported public import enum Linux.InternetAddress
@_exported public import enum Linux.UnixName

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
