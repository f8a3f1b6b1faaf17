import CLinux
import Glibc
import Linux

/// One list of sockets: how the kernel is asked for it, and which files tell as much where it has no module to answer.
struct SocketSource {
  /// Who reads the messages.
  enum Codec: Equatable {
    case inet(protocolNumber: UInt16)
    case packet(withFilters: Bool)
    case unix, netlink, vsock, xdp
  }

  var family: SocketFamily
  /// The name of its sockets in a sentence.
  var name: String
  /// The kernel's module.
  var module: StaticString
  /// nil where no module could answer.
  var request: SocketDumpRequest?
  var codec: Codec
  /// The files of /proc/net that list the same sockets; empty for none.
  var files: [String]
  /// The sockets' name in /proc/net/protocols, which counts them; nil where it does not.
  var countedAs: StaticString?
  /// Whether there is nothing to list where that count is 0.
  var isEmptyWhereNoneIsCounted = false

  /// What to ask where the kernel refuses the request.
  var instead: [SocketSource] = []

  private var isTCP: Bool { codec == .inet(protocolNumber: UInt16(IPPROTO_TCP)) }

  /// The lists that a query asks for.
  static func all(for query: SocketQuery) -> [SocketSource] {
    var sources: [SocketSource] = []
    for family in [SocketFamily.inet, .inet6] where query.families.contains(family) {
      sources += inet(family, query)
    }
    let four = sources.firstIndex { $0.isTCP && $0.family == .inet }
    if let four, let six = sources.firstIndex(where: { $0.isTCP && $0.family == .inet6 }) {
      var both = bothTCP(query)
      both.instead = [sources[four], sources[six]]
      sources.remove(at: six)
      sources[four] = both
    }
    let states = query.stateMask, details = query.withDetails
    if query.families.contains(.unix) {
      sources.append(
        SocketSource(
          family: .unix, name: "unix", module: "unix_diag",
          request: UnixDiagnostics.request(states: datagramStates(states), withDetails: details), codec: .unix,
          files: ["unix"], countedAs: "UNIX"))
    }
    if query.families.contains(.packet) {
      // The kernel ends its list at a filter that is too long for a message: a list without filters has what is behind.
      for withFilters in details ? [true, false] : [false] {
        sources.append(
          SocketSource(
            family: .packet, name: "packet", module: "af_packet_diag",
            request: PacketDiagnostics.request(withDetails: details, withFilters: withFilters),
            codec: .packet(withFilters: withFilters),
            files: ["packet"], countedAs: "PACKET"))
      }
    }
    if query.families.contains(.netlink) {
      sources.append(
        SocketSource(
          family: .netlink, name: "netlink", module: "netlink_diag",
          request: NetlinkDiagnostics.request(withDetails: details),
          codec: .netlink, files: ["netlink"], countedAs: "NETLINK"))
    }
    if query.families.contains(.vsock) {
      sources.append(
        SocketSource(
          family: .vsock, name: "vsock", module: "vsock_diag",
          request: VsockDiagnostics.request(states: datagramStates(states)),
          codec: .vsock, files: [], countedAs: nil))
    }
    if query.families.contains(.xdp) {
      sources.append(
        SocketSource(
          family: .xdp, name: "XDP", module: "xsk_diag", request: XDPDiagnostics.request(withDetails: details),
          codec: .xdp,
          files: [], countedAs: "XDP"))
    }
    return sources
  }

  /// Whether a datagram socket is connected is decided by its peer: the kernel's states then do not choose.
  private static func datagramStates(_ mask: UInt32) -> UInt32 {
    let both = UInt32(1) << UInt32(SocketState.established.rawValue) | UInt32(1) << UInt32(SocketState.close.rawValue)
    return mask & both == 0 ? mask : mask | both
  }

  /// TCP of both families: the kernel's table of connections is large, and so is walked through once.
  private static func bothTCP(_ query: SocketQuery) -> SocketSource {
    SocketSource(
      family: .inet, name: "TCP", module: "tcp_diag",
      request: InetDiagnostics.requestForBothFamilies(states: query.stateMask, withDetails: query.withDetails),
      codec: .inet(protocolNumber: UInt16(IPPROTO_TCP)), files: [])
  }

  /// The kinds of internet sockets that a query asks for, of a family.
  private static func inet(_ family: SocketFamily, _ query: SocketQuery) -> [SocketSource] {
    InetList.all(family).compactMap { list in
      guard query.protocols?.contains(list.number) ?? true else { return nil }
      // No module tells of ping sockets.
      let request: SocketDumpRequest? =
        list.module == nil
        ? nil
        : InetDiagnostics.request(
          family: family == .inet6 ? AF_INET6 : AF_INET, protocolNumber: list.number, states: query.stateMask,
          withDetails: query.withDetails)
      return SocketSource(
        family: family, name: list.name, module: list.module ?? "", request: request,
        codec: .inet(protocolNumber: list.number), files: list.files, countedAs: list.countedAs,
        isEmptyWhereNoneIsCounted: list.isCountComplete)
    }
  }

  /// The socket that a message tells of; nil where it tells of none.
  func record(_ payload: NetlinkPayload, withDetails: Bool) -> SocketRecord? {
    switch codec {
    case .inet(let number): InetDiagnostics.record(payload, protocolNumber: number, withDetails: withDetails)
    case .unix: UnixDiagnostics.record(payload, withDetails: withDetails)
    case .packet(let withFilters):
      PacketDiagnostics.record(payload, withDetails: withDetails, withFilters: withFilters)
    case .netlink: NetlinkDiagnostics.record(payload, withDetails: withDetails)
    case .vsock: VsockDiagnostics.record(payload, withDetails: withDetails)
    case .xdp: XDPDiagnostics.record(payload, withDetails: withDetails)
    }
  }

  /// The sockets that a file of /proc/net lists.
  func records(file: String, _ octets: [UInt8], withDetails: Bool) -> [SocketRecord] {
    switch codec {
    case .inet where file == "sctp/eps": ProcNetSCTP.endpoints(octets, family: family)
    case .inet where file == "sctp/assocs": ProcNetSCTP.associations(octets, family: family)
    case .inet(let number):
      ProcNetInet.records(octets, family: family, protocolNumber: number, withDetails: withDetails)
    case .unix: ProcNetUnix.records(octets)
    case .packet: ProcNetPacket.records(octets)
    case .netlink: ProcNetNetlink.records(octets)
    case .vsock, .xdp: []
    }
  }
}
