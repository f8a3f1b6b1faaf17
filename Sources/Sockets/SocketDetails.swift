/// What the kernel tells of a socket beyond its row: for `-v` and JSON. Set once while it is decoded, then only read.
public struct SocketDetails: Sendable {
  /// TCP_INFO's octets as the kernel gave them, as many as it has; `TCPInformation` reads them. See tcp(7).
  public var tcpInformation: [UInt8] = []
  /// struct mptcp_info's octets as the kernel gave them, for a socket of MPTCP. See linux/mptcp.h.
  public var mptcpInformation: [UInt8] = []
  /// struct tcp_bbr_info's octets as the kernel gave them, where BBR is the congestion control. See linux/inet_diag.h.
  public var bbrInformation: [UInt8] = []
  /// SK_MEMINFO_* in the kernel's order: rmem_alloc, rcvbuf, wmem_alloc, sndbuf, fwd_alloc, wmem_queued, optmem, backlog, drops.
  public var memory: [UInt32] = []
  /// The congestion control's name, such as `cubic`.
  public var congestionControl: [UInt8] = []
  /// The timer that runs (idiag_timer: 1 retransmission, 2 keepalive, 3 time_wait, 4 window probe); 0 for none.
  public var timer: UInt8 = 0
  /// Milliseconds until the timer fires.
  public var timerMilliseconds: UInt32 = 0
  /// How often the timer has fired.
  public var retransmits: UInt8 = 0
  /// The type of service or traffic class; nil where not told.
  public var typeOfService: UInt8?
  /// The firewall mark; nil where not told.
  public var mark: UInt32?
  /// The index of the device that it is bound to by SO_BINDTODEVICE; 0 for none.
  public var boundInterface: UInt32 = 0
  /// The shutdown flags: 1 receives no more, 2 sends no more.
  public var shutdown: UInt8 = 0
  /// SO_REUSEADDR, IPV6_V6ONLY and so on: INET_DIAG_SOCKOPT's bits, as the kernel packs them; nil where not told.
  public var options: UInt16?
  /// The version 2 cgroup's number; nil where not told.
  public var cgroup: UInt64?
  /// The upper layer protocol's name, such as `mptcp` or `tls`.
  public var upperLayerProtocol: [UInt8] = []
  /// The attached classic filter: 8 octets an instruction, struct sock_filter in host order; empty for none.
  public var filter: [UInt8] = []
  /// Whether there may be a filter that the kernel did not tell: for lack of CAP_NET_ADMIN, or since its list of filters
  /// ended before at one that is too long for it.
  public var isFilterUnknown = false
  /// The inodes of connections that wait to be accepted by a unix listener.
  public var pendingInodes: [UInt64] = []
  /// The device and inode of a unix socket's path; nil for none.
  public var pathInode: (device: UInt32, inode: UInt32)?
  /// NDIAG_FLAG_* bits, for a netlink socket; nil where not told.
  public var netlinkFlags: UInt32?
  /// Only for packet sockets.
  public var packet: PacketSocketDetails?
  /// Only for XDP sockets.
  public var xdp: XDPSocketDetails?

  public init() {}
}

/// What is special to a packet socket. See packet(7) and linux/packet_diag.h.
public struct PacketSocketDetails: Sendable {
  /// TPACKET_V1, V2 or V3: 0, 1, 2.
  public var version: UInt32 = 0
  /// The snap length that PACKET_COPY_THRESH sets; 0 for none.
  public var copyThreshold: UInt32 = 0
  /// PDI_* flags: running, auxdata, origdev, vnet_hdr, loss.
  public var flags: UInt32 = 0
  /// The octets of headroom reserved for each packet.
  public var reserve: UInt32 = 0
  /// The receive ring; nil for none.
  public var receiveRing: PacketRingDetails?
  /// The transmit ring; nil for none.
  public var transmitRing: PacketRingDetails?
  /// The fanout group's number and mode; nil for none.
  public var fanout: (group: UInt16, mode: UInt16)?
  /// What it is a member of: PACKET_MR_* type, interface, count.
  public var memberships: [PacketMembership] = []

  /// Whether it keeps an interface promiscuous.
  public var isPromiscuous: Bool { memberships.contains { $0.type == 1 } }

  public init() {}
}

/// The measures of a packet socket's ring. See PACKET_RX_RING in packet(7).
public struct PacketRingDetails: Sendable, Equatable {
  public var blockSize: UInt32 = 0
  public var blockCount: UInt32 = 0
  public var frameSize: UInt32 = 0
  public var frameCount: UInt32 = 0
  /// Milliseconds until a block that is not full is handed over.
  public var retireMilliseconds: UInt32 = 0
  public init() {}
}

/// A membership of a packet socket. See PACKET_ADD_MEMBERSHIP in packet(7).
public struct PacketMembership: Sendable, Equatable {
  public var interface: UInt32 = 0
  public var count: UInt32 = 0
  /// PACKET_MR_MULTICAST 0, PACKET_MR_PROMISC 1, PACKET_MR_ALLMULTI 2, PACKET_MR_UNICAST 3.
  public var type: UInt16 = 0
  public init() {}
}

/// What is special to an XDP socket; nil where not told. See linux/xdp_diag.h.
public struct XDPSocketDetails: Sendable, Equatable {
  /// How many descriptors its rings have.
  public var receiveRingEntries: UInt32?
  public var transmitRingEntries: UInt32?
  public var fillRingEntries: UInt32?
  public var completionRingEntries: UInt32?
  /// The octets of the memory that it shares with the kernel, and of a frame in it.
  public var areaSize: UInt64?
  public var chunkSize: UInt32?
  /// Whether the driver puts packets into that memory itself.
  public var isZeroCopy: Bool?
  /// Packets that were dropped, were not valid, or found the receive ring full.
  public var receiveDropped: UInt64?
  public var receiveInvalid: UInt64?
  public var receiveFull: UInt64?
  /// Descriptors to send that were not valid.
  public var transmitInvalid: UInt64?
  public init() {}
}
