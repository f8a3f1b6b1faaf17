import Linux

/// A socket of this machine, as the kernel describes it.
public struct SocketRecord: Sendable {
  public var family: SocketFamily
  public var type: SocketType
  /// The protocol: IPPROTO_* for inet and inet6, NETLINK_* for netlink, an EtherType in host order for packet, else 0.
  public var protocolNumber: UInt16 = 0
  public var state: SocketState
  /// This end.
  public var local: SocketAddress
  /// The other end; nil where there is none. For a unix socket it is the name of its peer, found by the peer's inode.
  public var remote: SocketAddress?
  /// Octets that wait to be received; for a listener the kernel has the accept queue here, and this is 0.
  public var receiveQueue: UInt32 = 0
  /// Octets that wait to be sent or acknowledged.
  public var sendQueue: UInt32 = 0
  /// Connections that wait to be accepted; only for a listener.
  public var acceptQueue: UInt32?
  /// How many may wait, as listen(2) set it; only for a listener whose source tells it.
  public var backlog: UInt32?
  /// The inode in sockfs; 0 where no descriptor is left (time_wait).
  public var inode: UInt64 = 0
  /// The kernel's number for the socket that no other one ever has; nil where the source does not tell it.
  public var cookie: UInt64?
  /// The user who created it; nil where the source does not tell it.
  public var uid: UInt32?
  /// The network namespace's inode number.
  public var namespace: UInt64 = 0
  /// The inode of a unix socket's peer; nil where it has none.
  public var peerInode: UInt64?
  /// Whether an inet6 socket takes no IPv4 (IPV6_V6ONLY): a wildcard bind then is `[::]`, else every address of both.
  /// Told for listeners and unconnected sockets; nil where not told.
  public var isIPv6Only: Bool?
  /// What is only told when asked for; nil where it was not asked for, or nothing was told. It may be
  /// read out of the kernel's message each time: keep it where more than one part is needed.
  public var details: SocketDetails? {
    get {
      switch source {
      case .none: nil
      case .told(let details): details
      case .message: toldDetails.map { SocketDetails($0) }
      }
    }
    set { source = newValue.map { .told($0) } ?? .none }
  }
  private var source = DetailsSource.none

  /// A socket of which nothing but its kind is known.
  public init(family: SocketFamily, type: SocketType, state: SocketState, local: SocketAddress) {
    self.family = family
    self.type = type
    self.state = state
    self.local = local
  }
}

extension SocketRecord {
  /// Lets what a message of the kernel's tells beyond the record be its details: of an internet or a unix socket.
  mutating func setDetails(toldBy payload: NetlinkPayload) { source = .message(payload) }

  /// The details where they are still in the kernel's message; nil where they are not, or there are none.
  public var toldDetails: ToldDetails? {
    guard case .message(let payload) = source else { return nil }
    return family == .unix ? UnixDiagnostics.details(payload) : InetDiagnostics.details(payload, of: self)
  }

  /// Whether an interface's index is part of the details, and not of the ends: a message has one index for all.
  var hasDetailsNamingAnInterface: Bool {
    guard case .told(let details) = source else { return false }
    return details.boundInterface != 0 || details.packet?.memberships.isEmpty == false
  }
}

/// Where a socket's details are. Beside the record, which is copied and moved often and would be three times as large with
/// them; and most sockets' are never asked for, or once, when a row is written.
private enum DetailsSource: Sendable {
  case none
  indirect case told(SocketDetails)
  case message(NetlinkPayload)
}
