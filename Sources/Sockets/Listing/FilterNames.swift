/// What filters may be called on the command line, and what that stands for.
public enum FilterNames {
  /// States by name: the kernel's, and groups of them as in ss(8). Case, `_` and `-` do not matter.
  public static let states: [(name: String, states: Set<SocketState>)] = {
    let each = SocketState.allCases.map { ("\($0.name)", Set([$0])) }
    let every = Set(SocketState.allCases)
    let connected = every.filter(\.isConnected)
    let short: Set<SocketState> = [.timeWait, .synReceived, .newSynReceived]
    let groups: [(String, Set<SocketState>)] = [
      ("all", every), ("connected", connected), ("synchronized", connected.subtracting([.synSent])),
      ("bucket", short), ("big", every.subtracting(short)),
      // What ss(8) and netstat(8) call them.
      ("estab", [.established]), ("listening", [.listen]), ("closed", [.close]), ("unconn", [.unconnected]),
      ("syn-rcv", [.synReceived, .newSynReceived]),
    ]
    return each + groups
  }()

  /// The states that a name stands for; nil for a name that is none.
  public static func states(named name: String) -> Set<SocketState>? {
    let plain = plain(name)
    return states.first { Self.plain($0.name) == plain }?.states
  }

  /// Protocols of one name: those of inet and inet6, of netlink, of packet sockets.
  public struct NamedProtocol: Sendable, Hashable {
    /// Which families number their protocols alike: `inet` stands for inet6 too.
    var family: SocketFamily
    var number: UInt16
  }

  /// The names of protocols that a socket of any family may have, each once.
  public static let protocols: [(name: String, protocol: NamedProtocol)] = {
    var all: [(String, NamedProtocol)] = []
    for number in 0...UInt16(511) {
      if let name = ProtocolNames.internet(number) { all.append(("\(name)", .init(family: .inet, number: number))) }
      if let name = NetlinkNames.family(number) { all.append(("\(name)", .init(family: .netlink, number: number))) }
    }
    for number in 0...UInt16.max {
      if let name = ProtocolNames.ethernet(number) { all.append(("\(name)", .init(family: .packet, number: number))) }
    }
    return all
  }()

  /// The protocols that a name or a number stands for; nil for a name that is none.
  public static func protocols(named name: String) -> Set<NamedProtocol>? {
    if let number = UInt16(name) {
      return Set([.inet, .netlink, .packet].map { NamedProtocol(family: $0, number: number) })
    }
    let plain = plain(name)
    // ICMP's number differs between the versions of IP, its name to a person does not.
    let found = protocols.filter { Self.plain($0.name) == plain || (plain == "icmp6" && $0.name == "ipv6-icmp") }
    return found.isEmpty ? nil : Set(found.map(\.protocol))
  }

  private static func plain(_ name: String) -> String { name.lowercased().filter { $0 != "-" && $0 != "_" } }
}

extension FilterNames.NamedProtocol {
  /// The protocol of a socket.
  init(_ socket: SocketRecord) {
    self.init(family: socket.family == .inet6 ? .inet : socket.family, number: socket.protocolNumber)
  }
}
