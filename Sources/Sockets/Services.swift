public import Linux

/// The sockets that others come to: listeners, and datagram sockets that receive from anybody.
public struct Services: Sendable {
  /// Where the sockets of one port are found.
  private struct Port: Hashable {
    var namespace: UInt64
    var transport: UInt16
    var number: UInt16
  }

  private struct Host: Hashable {
    var namespace: UInt64
    var address: UInt128
  }

  private struct Name: Hashable {
    var type: SocketType
    var name: UnixName
  }

  private let sockets: [SocketRecord]
  private var ports: [Port: [Int]] = [:]
  private var names: [Name: [Int]] = [:]
  /// The addresses that sockets of a namespace have.
  private var hosts: Set<Host> = []

  public init(_ snapshot: SocketSnapshot) {
    sockets = snapshot.sockets
    // Neighbours mostly have the same address.
    var last: Host?
    for index in sockets.indices {
      if case .internet(let address, let port, _) = sockets[index].local, sockets[index].type != .raw {
        if !address.isWildcard {
          let host = Host(namespace: sockets[index].namespace, address: address.unified)
          if host != last { hosts.insert(host) }
          last = host
        }
        // Most are connections, which are told from others by one octet.
        let state = sockets[index].state
        guard port != 0, state == .listen || sockets[index].type == .datagram, Self.isOpenToAll(sockets[index]) else {
          continue
        }
        ports[Self.port(port, of: sockets[index]), default: []].append(index)
      } else if sockets[index].state == .listen, case .unix(let name) = sockets[index].local, name != .unnamed {
        names[Name(type: sockets[index].type, name: name), default: []].append(index)
      }
    }
  }

  /// The listeners that a connected socket, as its server has it, can come from: one, or those of a group that shares the
  /// address. None for a client's.
  public func listeners(of socket: SocketRecord) -> [Int] {
    switch socket.local {
    case .unix(let name):
      guard socket.type != .datagram, let all = names[Name(type: socket.type, name: name)] else { return [] }
      guard all.count > 1 else { return all }
      // A path may have been bound again, or mean another file to another process.
      if let file = socket.details?.pathInode {
        let same = all.filter { sockets[$0].details?.pathInode.map { $0 == file } ?? true }
        if !same.isEmpty { return nearest(same, socket.namespace) }
      }
      return nearest(all, socket.namespace)
    case .internet(let address, let port, _):
      return bound(to: address, ports[Self.port(port, of: socket)] ?? []).filter { sockets[$0].state == .listen }
    default: return []
    }
  }

  /// The sockets that what a socket sends to an address and port of its own namespace can reach; none where the address
  /// may be that of another machine.
  public func receivers(at address: InternetAddress, port: UInt16, for socket: SocketRecord) -> [Int] {
    guard let all = ports[Self.port(port, of: socket)], !address.isMulticast else { return [] }
    let isOwn =
      address.isLoopback || hosts.contains(Host(namespace: socket.namespace, address: address.unified))
    return isOwn ? bound(to: address, all) : []
  }

  /// Of the sockets of one port those that the kernel chooses from for an address: bound to just this, else to any of its
  /// family, else to any.
  private func bound(to address: InternetAddress, _ all: [Int]) -> [Int] {
    let isFour = address.unified >> 32 == 0xffff
    var choices: [[Int]] = [[], [], []]
    for index in all {
      guard case .internet(let own, _, let interface) = sockets[index].local else { continue }
      // Loopback's index, which what stays on this machine comes in by, is 1 in every namespace.
      guard interface <= 1 || !own.isWildcard else { continue }
      if own.unified == address.unified {
        choices[0].append(index)
      } else if own.isWildcard || own == .v6(0xffff << 32) {
        if case .v4 = own {
          if isFour { choices[1].append(index) }
        } else {
          // One that was told so takes no IPv4.
          if !isFour || sockets[index].isIPv6Only != true { choices[isFour ? 2 : 1].append(index) }
        }
      }
    }
    return choices.first { !$0.isEmpty } ?? []
  }

  /// Those of a socket's own namespace where there are any.
  private func nearest(_ places: [Int], _ namespace: UInt64) -> [Int] {
    let near = places.filter { sockets[$0].namespace == namespace }
    return near.isEmpty ? places : near
  }

  private static func port(_ number: UInt16, of socket: borrowing SocketRecord) -> Port {
    Port(
      namespace: socket.namespace, transport: TuplePairing.transport(of: socket.protocolNumber), number: number)
  }

  /// Whether it receives from anybody: a listener, or a datagram socket without a peer.
  private static func isOpenToAll(_ socket: borrowing SocketRecord) -> Bool {
    if socket.state == .listen { return true }
    guard socket.type == .datagram, socket.state == .unconnected || socket.state == .close else { return false }
    guard case .internet(_, let port, _)? = socket.remote else { return true }
    return port == 0
  }
}
