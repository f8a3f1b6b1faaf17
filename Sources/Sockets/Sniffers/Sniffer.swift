import CLinux
public import Linux

/// A socket that sees what is not its program's own: packets of an interface, of a protocol, or the kernel's messages.
public struct Sniffer: Sendable {
  /// What it sees.
  public enum Role: Sendable, Equatable {
    /// The packets of an interface, or of all.
    case packets
    /// Netlink messages of every program, on an nlmon interface.
    case netlinkMonitor
    /// Messages to and from virtual machines, on a vsockmon interface.
    case vsockMonitor
    /// Packets of one protocol to this host, beside those whom they are for.
    case raw
    /// Packets taken off a network card's queue, before the kernel sees them.
    case xdp
    /// What the kernel tells of others' doings over netlink.
    case events(Events)
  }

  /// What the kernel tells.
  public enum Events: Sendable, Equatable {
    case audit, processes, connections, securityAssociations, sockets
  }

  /// Its place in the snapshot.
  public var place: Int
  public var role: Role
  /// Where the octets begin that its filter is run over.
  public var layout: FilterLayout
  /// What is attached to it; nil where that is not known.
  public var filter: SnifferFilter?
  /// How many want its interface to be promiscuous; nil where it has none.
  public var promiscuity: UInt32?
}

/// The filter of a sniffer, in words.
public struct SnifferFilter: Sendable {
  /// The instructions; none where no classic filter is attached.
  public var program: FilterProgram
  /// The expression that libpcap makes this program of; nil where none was found.
  public var expression: String?
  /// What the program keeps; nil where it cannot be said in a line.
  public var gist: String?

  /// A filter without an expression, which only libpcap can tell.
  public init(_ program: FilterProgram, _ layout: FilterLayout) {
    self.program = program
    gist = program.instructions.isEmpty ? nil : program.gist(layout)
  }

  /// Whether anything is attached.
  public var isAttached: Bool { !program.instructions.isEmpty }
}

extension Sniffer {
  /// The sniffers among some sockets of a snapshot, in order; `interfaces` are those of each network namespace, by its
  /// inode.
  public static func find(
    in snapshot: SocketSnapshot, places: [Int], interfaces: [UInt64: [Interface]]
  ) -> [Sniffer] {
    places.compactMap { place in
      guard snapshot.sockets.indices.contains(place) else { return nil }
      let socket = snapshot.sockets[place]
      let number = socket.interfaceIndex
      let interface = number.flatMap { number in interfaces[socket.namespace]?.first { $0.index == number } }
      guard let role = role(of: socket, interface) else { return nil }
      var sniffer = Sniffer(place: place, role: role, layout: layout(of: socket, interface))
      sniffer.promiscuity = interface?.promiscuity
      if socket.family == .packet, let details = socket.details, !details.isFilterUnknown {
        sniffer.filter = SnifferFilter(FilterProgram(octets: details.filter), sniffer.layout)
      }
      return sniffer
    }
  }

  private static func role(of socket: SocketRecord, _ interface: Interface?) -> Role? {
    switch (socket.family, socket.type, socket.local) {
    case (.packet, _, _):
      switch interface.map({ Int32($0.hardwareType) }) {
      case ARPHRD_NETLINK: return .netlinkMonitor
      case ARPHRD_VSOCKMON: return .vsockMonitor
      default: return .packets
      }
    case (.inet, .raw, _), (.inet6, .raw, _): return .raw
    case (.xdp, _, _): return .xdp
    // The kernel's own end of every netlink family has port 0.
    case (.netlink, _, .netlink(let port, let groups)) where port != 0:
      return events(socket.protocolNumber, groups).map { .events($0) }
    default: return nil
    }
  }

  /// What a netlink socket is told of others; nil for one that only asks on its own behalf.
  private static func events(_ family: UInt16, _ groups: [UInt32]) -> Events? {
    switch Int32(family) {
    // The audit daemon is told without a group.
    case NETLINK_AUDIT: .audit
    case NETLINK_CONNECTOR where groups.contains(UInt32(CN_IDX_PROC)): .processes
    // Neither does NFLOG have groups that can be seen: every listener counts.
    case NETLINK_NETFILTER: .connections
    case NETLINK_XFRM where !groups.isEmpty: .securityAssociations
    case NETLINK_SOCK_DIAG where !groups.isEmpty: .sockets
    default: nil
    }
  }

  private static func layout(of socket: SocketRecord, _ interface: Interface?) -> FilterLayout {
    switch (socket.family, socket.type) {
    case (.packet, .datagram):
      return interface.map { Int32($0.hardwareType) } == ARPHRD_NETLINK ? .netlink : .network
    case (.packet, _):
      switch interface.map({ Int32($0.hardwareType) }) {
      case nil, ARPHRD_ETHER, ARPHRD_LOOPBACK: return .ethernet
      case ARPHRD_NONE, ARPHRD_RAWIP, ARPHRD_PPP, ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT: return .network
      case ARPHRD_NETLINK: return .netlink
      default: return .other
      }
    case (.inet, .raw): return .ipv4
    case (.netlink, _): return .netlink
    default: return .other
    }
  }
}

extension SocketRecord {
  /// The interface that it sees packets of; nil for one that is not bound to any.
  public var interfaceIndex: UInt32? {
    switch local {
    case .packet(let index, _), .xdp(let index, _): index == 0 ? nil : index
    default: details.flatMap { $0.boundInterface == 0 ? nil : $0.boundInterface }
    }
  }
}

extension PacketMembership {
  /// Whether it keeps its interface promiscuous.
  public var isPromiscuous: Bool { Int32(type) == PACKET_MR_PROMISC }
}
