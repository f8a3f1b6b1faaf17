/// Which sockets are wanted: each part that is not empty must hold, within a part one of its members.
public struct SocketFilter: Sendable {
  public var families: Set<SocketFamily> = []
  public var types: Set<SocketType> = []
  public var protocols: Set<FilterNames.NamedProtocol> = []
  public var states: Set<SocketState> = []
  /// Only those that wait for whoever comes: listeners, and datagram sockets with a name or port and no peer.
  public var listening = false
  /// Only those that have another end.
  public var connected = false
  /// Ports of either end.
  public var ports: [ClosedRange<UInt32>] = []
  /// Addresses of either end.
  public var addresses: [AddressRange] = []
  /// Names of unix sockets at either end; an abstract one with `@` before it.
  public var paths: [Glob] = []
  /// What must hold of a process that has the socket.
  public var owner = OwnerFilter()

  /// A filter that keeps all.
  public init() {}

  /// Whether every socket is wanted, whoever owns it.
  var isEmpty: Bool {
    families.isEmpty && types.isEmpty && protocols.isEmpty && states.isEmpty && !listening && !connected
      && ports.isEmpty && addresses.isEmpty && paths.isEmpty
  }

  /// Whether a socket is wanted, by what it is itself; its owners are asked by `owner`.
  public func matches(_ socket: SocketRecord) -> Bool {
    if !families.isEmpty, !families.contains(socket.family) { return false }
    if !types.isEmpty, !types.contains(socket.type) { return false }
    if !protocols.isEmpty, socket.family != .unix, !protocols.contains(.init(socket)) { return false }
    if !protocols.isEmpty, [.unix, .vsock, .xdp].contains(socket.family) { return false }
    if !states.isEmpty, !states.contains(socket.state) { return false }
    if listening, !socket.isWaitingForAnyone { return false }
    if connected, !socket.state.isConnected { return false }
    if !ports.isEmpty, !matchesPorts(socket) { return false }
    if !addresses.isEmpty, !matchesAddresses(socket) { return false }
    if !paths.isEmpty, !matchesPaths(socket) { return false }
    return true
  }

  private func matchesPorts(_ socket: SocketRecord) -> Bool {
    for end in [socket.local, socket.remote] {
      let port: UInt32? =
        switch end {
        // A raw socket has no port; the kernel has its protocol in that place.
        case .internet(_, let port, _): socket.type == .raw || port == 0 ? nil : UInt32(port)
        case .vsock(_, let port): port
        default: nil
        }
      if let port, ports.contains(where: { $0.contains(port) }) { return true }
    }
    return false
  }

  private func matchesAddresses(_ socket: SocketRecord) -> Bool {
    for end in [socket.local, socket.remote] {
      guard case .internet(let address, _, _) = end else { continue }
      if addresses.contains(where: { $0.contains(address) }) { return true }
    }
    return false
  }

  private func matchesPaths(_ socket: SocketRecord) -> Bool {
    for end in [socket.local, socket.remote] {
      let name: [UInt8]
      switch end {
      case .unix(.path(let path)): name = path
      case .unix(.abstract(let abstract)): name = [UInt8(ascii: "@")] + abstract
      default: continue
      }
      if paths.contains(where: { $0.matches(name) }) { return true }
    }
    return false
  }
}

extension SocketRecord {
  /// Whether it waits for whoever comes: it listens, or takes datagrams from anybody at a port or name of its own.
  public var isWaitingForAnyone: Bool {
    if state == .listen { return true }
    guard state == .unconnected, type == .datagram else { return false }
    switch local {
    case .internet(_, let port, _): return port != 0
    case .unix(let name): return name != .unnamed
    case .vsock: return true
    default: return false
    }
  }
}
