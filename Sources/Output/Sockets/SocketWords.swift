import CLinux

/// The kernel's numbers about sockets in words.
enum SocketWords {
  /// idiag_timer. See sock_diag(7).
  static func timer(_ number: UInt8) -> StaticString {
    switch number {
    case 1: "retransmission"
    case 2: "keepalive"
    case 3: "time_wait"
    case 4: "window_probe"
    default: "unknown"
    }
  }

  /// The flags that shutdown(2) has set: 1 receives no more, 2 sends no more.
  static func shutdown(_ flags: UInt8) -> StaticString {
    flags & 3 == 3 ? "shut down" : flags & 1 != 0 ? "receives no more" : "sends no more"
  }

  /// The bits of struct inet_diag_sockopt, its first octet lowest: options of the socket, as ip(7) calls them.
  static let options: [(bit: UInt16, name: StaticString)] = [
    (1 << 0, "recverr"), (1 << 2, "freebind"), (1 << 3, "hdrincl"), (1 << 4, "multicast_loop"), (1 << 5, "transparent"),
    (1 << 6, "multicast_all"), (1 << 7, "nodefrag"), (1 << 8, "bind_address_no_port"), (1 << 9, "recverr_rfc4884"),
    (1 << 10, "defer_connect"),
  ]

  /// Those of them that a socket has from the beginning.
  static let defaultOptions: UInt16 = 1 << 4 | 1 << 6

  /// PDI_* flags of a packet socket. See linux/packet_diag.h.
  static let packetFlags: [(bit: UInt32, name: StaticString)] = [
    (UInt32(PDI_RUNNING), "running"), (UInt32(PDI_AUXDATA), "auxdata"), (UInt32(PDI_ORIGDEV), "origdev"),
    (UInt32(PDI_VNETHDR), "vnet_hdr"), (UInt32(PDI_LOSS), "loss"),
  ]

  /// How a fanout group shares out packets: PACKET_FANOUT_*. See packet(7).
  static func fanout(_ mode: UInt16) -> StaticString? {
    switch Int32(mode & 0xff) {
    case PACKET_FANOUT_HASH: "hash"
    case PACKET_FANOUT_LB: "load_balance"
    case PACKET_FANOUT_CPU: "cpu"
    case PACKET_FANOUT_ROLLOVER: "rollover"
    case PACKET_FANOUT_RND: "random"
    case PACKET_FANOUT_QM: "queue"
    case PACKET_FANOUT_CBPF: "classic_bpf"
    case PACKET_FANOUT_EBPF: "ebpf"
    default: nil
    }
  }

  /// PACKET_MR_*. See packet(7).
  static func membership(_ type: UInt16) -> StaticString? {
    switch Int32(type) {
    case PACKET_MR_MULTICAST: "multicast"
    case PACKET_MR_PROMISC: "promiscuous"
    case PACKET_MR_ALLMULTI: "all_multicast"
    case PACKET_MR_UNICAST: "unicast"
    default: nil
    }
  }
}
