import CLinux
import Glibc

extension SocketRecord {
  /// The protocol's name: of inet and inet6 as in protocols(5), of netlink as in netlink(7), of packet sockets their
  /// EtherType's; nil for a number without one, and for families whose sockets have no protocol.
  public var protocolName: StaticString? {
    switch family {
    case .inet, .inet6: ProtocolNames.internet(protocolNumber)
    case .netlink: NetlinkNames.family(protocolNumber)
    case .packet: ProtocolNames.ethernet(protocolNumber)
    case .unix, .vsock, .xdp: nil
    }
  }

  /// What kind of socket it is, in one word: `tcp`, `tcp6`, `udp`, `raw`, `ping`, `unix-stream`, `packet-raw`, `netlink`.
  public var kind: StaticString {
    switch (family, type) {
    case (.inet, .raw): "raw"
    case (.inet6, .raw): "raw6"
    case (.inet, _), (.inet6, _): internetKind
    case (.unix, .stream): "unix-stream"
    case (.unix, .sequencedPacket): "unix-seqpacket"
    case (.unix, _): "unix-dgram"
    case (.packet, .datagram): "packet-dgram"
    case (.packet, _): "packet-raw"
    case (.netlink, _): "netlink"
    case (.vsock, .stream): "vsock-stream"
    case (.vsock, .sequencedPacket): "vsock-seqpacket"
    case (.vsock, _): "vsock-dgram"
    case (.xdp, _): "xdp"
    }
  }

  private var internetKind: StaticString {
    let six = family == .inet6
    return switch Int(protocolNumber) {
    case IPPROTO_TCP: six ? "tcp6" : "tcp"
    case IPPROTO_UDP: six ? "udp6" : "udp"
    case IPPROTO_UDPLITE: six ? "udplite6" : "udplite"
    case IPPROTO_MPTCP: six ? "mptcp6" : "mptcp"
    case IPPROTO_SCTP: six ? "sctp6" : "sctp"
    case IPPROTO_DCCP: six ? "dccp6" : "dccp"
    // A datagram socket of ICMP: what an unprivileged ping(8) opens. See icmp(7).
    case IPPROTO_ICMP, IPPROTO_ICMPV6: six ? "ping6" : "ping"
    default: six ? "inet6" : "inet"
    }
  }
}

extension SocketRecord {
  /// Whether the kernel itself holds it, where no process does: the other end of every netlink socket.
  public var isKernels: Bool {
    if case .netlink(portID: 0, _) = local { true } else { false }
  }
}

extension SocketRecord {
  /// Whether it is a socket through which a process asks sock_diag(7): netlink's port is its number. See netlink(7).
  public func asksForSockets(from process: Int32) -> Bool {
    guard family == .netlink, case .netlink(let port, _) = local else { return false }
    return protocolNumber == UInt16(NETLINK_SOCK_DIAG) && port == UInt32(bitPattern: process)
  }
}

extension SocketState {
  /// Whether the other end is known, or was until just now: what ss(8) calls connected.
  public var isConnected: Bool {
    switch self {
    case .close, .listen, .unconnected, .boundInactive: false
    default: true
    }
  }
}

/// The names of protocols by the kernel's numbers.
enum ProtocolNames {
  /// Of an IPPROTO_* number, as protocols(5) has them.
  static func internet(_ number: UInt16) -> StaticString? {
    switch Int(number) {
    case IPPROTO_TCP: "tcp"
    case IPPROTO_UDP: "udp"
    case IPPROTO_UDPLITE: "udplite"
    case IPPROTO_MPTCP: "mptcp"
    case IPPROTO_SCTP: "sctp"
    case IPPROTO_DCCP: "dccp"
    case IPPROTO_ICMP: "icmp"
    case IPPROTO_ICMPV6: "ipv6-icmp"
    case IPPROTO_IGMP: "igmp"
    case IPPROTO_IPIP: "ipencap"
    case IPPROTO_IPV6: "ipv6"
    case IPPROTO_GRE: "gre"
    case IPPROTO_ESP: "esp"
    case IPPROTO_AH: "ah"
    case IPPROTO_PIM: "pim"
    case IPPROTO_RSVP: "rsvp"
    case IPPROTO_COMP: "ipcomp"
    case IPPROTO_MPLS: "mpls-in-ip"
    case IPPROTO_RAW: "raw"
    case 89: "ospf"  // IANA's number: the C library's headers have none.
    case 112: "vrrp"  // The same.
    default: nil
    }
  }

  /// Of an EtherType in host order: ETH_P_* in words.
  static func ethernet(_ number: UInt16) -> StaticString? {
    switch Int32(number) {
    case 0: "none"
    case ETH_P_ALL: "all"
    case ETH_P_IP: "ipv4"
    case ETH_P_IPV6: "ipv6"
    case ETH_P_ARP: "arp"
    case ETH_P_RARP: "rarp"
    case ETH_P_8021Q: "802.1q"
    case ETH_P_8021AD: "802.1ad"
    case ETH_P_802_2: "802.2"
    case ETH_P_802_3: "802.3"
    case ETH_P_LLDP: "lldp"
    case ETH_P_PAE: "eapol"
    case ETH_P_PPP_DISC: "pppoe-discovery"
    case ETH_P_PPP_SES: "pppoe-session"
    case ETH_P_MPLS_UC: "mpls"
    case ETH_P_MPLS_MC: "mpls-multicast"
    case ETH_P_1588: "ptp"
    case ETH_P_MACSEC: "macsec"
    case ETH_P_SLOW: "slow"
    case ETH_P_LOOP: "loop"
    case ETH_P_LOOPBACK: "loopback"
    case ETH_P_CAN: "can"
    case ETH_P_CANFD: "canfd"
    case ETH_P_TSN: "tsn"
    case ETH_P_PREAUTH: "preauth"
    case ETH_P_TDLS: "tdls"
    case ETH_P_HSR: "hsr"
    case ETH_P_PRP: "prp"
    case ETH_P_CFM: "cfm"
    case ETH_P_FCOE: "fcoe"
    case ETH_P_AOE: "aoe"
    case ETH_P_PROFINET: "profinet"
    case ETH_P_ETHERCAT: "ethercat"
    case ETH_P_BATMAN: "batman"
    default: nil
    }
  }
}
