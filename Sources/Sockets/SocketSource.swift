import CLinux
import Glibc
import Linux

/// One list of sockets: how the kernel is asked for it, and which files tell as much where it has no module to answer.
struct SocketSource {
  /// Who reads the messages.
  enum Codec: Equatable {
    case inet(protocolNumber: UInt16)
    case unix, packet, netlink, vsock, xdp
  }

  /// The name of its sockets in a sentence.
  var name: String
  /// The kernel's module.
  var module: StaticString
  /// nil where no module could answer.
  var request: SocketDumpRequest?
  var codec: Codec
  /// The file of /proc/net that lists the same sockets; nil for none.
  var file: String?
  /// The socket's name in /proc/net/protocols, which counts them.
  var countedAs: StaticString

  /// The lists that a query asks for.
  static func all(for query: SocketQuery) -> [SocketSource] {
    var sources: [SocketSource] = []
    for family in [SocketFamily.inet, .inet6] where query.families.contains(family) {
      sources += inet(family, query)
    }
    let states = query.stateMask, details = query.withDetails
    if query.families.contains(.unix) {
      sources.append(
        SocketSource(
          name: "unix", module: "unix_diag",
          request: UnixDiagnostics.request(states: datagramStates(states), withDetails: details), codec: .unix,
          file: "unix", countedAs: "UNIX"))
    }
    if query.families.contains(.packet) {
      sources.append(
        SocketSource(
          name: "packet", module: "af_packet_diag",
          request: PacketDiagnostics.request(withDetails: details, withFilters: false), codec: .packet,
          file: "packet", countedAs: "PACKET"))
    }
    if query.families.contains(.netlink) {
      sources.append(
        SocketSource(
          name: "netlink", module: "netlink_diag", request: NetlinkDiagnostics.request(withDetails: details),
          codec: .netlink, file: "netlink", countedAs: "NETLINK"))
    }
    if query.families.contains(.vsock) {
      sources.append(
        SocketSource(
          name: "vsock", module: "vsock_diag", request: VsockDiagnostics.request(states: datagramStates(states)),
          codec: .vsock, file: nil, countedAs: "AF_VSOCK"))
    }
    if query.families.contains(.xdp) {
      sources.append(
        SocketSource(
          name: "XDP", module: "xsk_diag", request: XDPDiagnostics.request(withDetails: details), codec: .xdp,
          file: nil, countedAs: "XDP"))
    }
    return sources
  }

  /// Whether a datagram socket is connected is decided by its peer: the kernel's states then do not choose.
  private static func datagramStates(_ mask: UInt32) -> UInt32 {
    let both = UInt32(1) << UInt32(SocketState.established.rawValue) | UInt32(1) << UInt32(SocketState.close.rawValue)
    return mask & both == 0 ? mask : mask | both
  }

  private static func inet(_ family: SocketFamily, _ query: SocketQuery) -> [SocketSource] {
    let isSix = family == .inet6
    let kinds:
      [(number: Int, name: String, module: StaticString, file: String?, four: StaticString, six: StaticString)] =
        [
          (Int(IPPROTO_TCP), "TCP", "tcp_diag", "tcp", "TCP", "TCPv6"),
          (Int(IPPROTO_MPTCP), "MPTCP", "mptcp_diag", nil, "MPTCP", "MPTCPv6"),
          (Int(IPPROTO_UDP), "UDP", "udp_diag", "udp", "UDP", "UDPv6"),
          (Int(IPPROTO_UDPLITE), "UDP-Lite", "udp_diag", "udplite", "UDP-Lite", "UDPLITEv6"),
          (Int(IPPROTO_SCTP), "SCTP", "sctp_diag", nil, "SCTP", "SCTPv6"),
          (Int(IPPROTO_DCCP), "DCCP", "dccp_diag", nil, "DCCP", "DCCPv6"),
          (Int(IPPROTO_RAW), "raw", "raw_diag", "raw", "RAW", "RAWv6"),
          (isSix ? Int(IPPROTO_ICMPV6) : Int(IPPROTO_ICMP), "ping", "", "icmp", "PING", "PINGv6"),
        ]
    return kinds.compactMap { kind in
      guard let number = UInt16(exactly: kind.number), query.protocols?.contains(number) ?? true else { return nil }
      // No module tells of ping sockets.
      let request: SocketDumpRequest? =
        kind.name == "ping"
        ? nil
        : InetDiagnostics.request(
          family: isSix ? AF_INET6 : AF_INET, protocolNumber: number, states: query.stateMask,
          withDetails: query.withDetails)
      return SocketSource(
        name: kind.name, module: kind.module, request: request, codec: .inet(protocolNumber: number),
        file: kind.file.map { isSix ? $0 + "6" : $0 }, countedAs: isSix ? kind.six : kind.four)
    }
  }

  /// The socket that a message tells of; nil where it tells of none.
  func record(_ payload: NetlinkPayload, withDetails: Bool) -> SocketRecord? {
    switch codec {
    case .inet(let number): InetDiagnostics.record(payload, protocolNumber: number, withDetails: withDetails)
    case .unix: UnixDiagnostics.record(payload, withDetails: withDetails)
    case .packet: PacketDiagnostics.record(payload, withDetails: withDetails)
    case .netlink: NetlinkDiagnostics.record(payload, withDetails: withDetails)
    case .vsock: VsockDiagnostics.record(payload, withDetails: withDetails)
    case .xdp: XDPDiagnostics.record(payload, withDetails: withDetails)
    }
  }
}
