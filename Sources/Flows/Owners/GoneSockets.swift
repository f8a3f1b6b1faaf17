internal import Linux
internal import Sockets
internal import Wire

/// Sockets that have gone, and who used them: what was over before anybody could look at it is known all the same, where the kernel
/// notes who uses sockets.
struct GoneSockets {
  /// One that has gone.
  struct Socket {
    var cookie: UInt64
    var type: SocketType
    var local: InternetAddress
    /// nil for one without a peer.
    var remote: (address: InternetAddress, port: UInt16)?
    /// The process that alone has used it.
    var user: SocketUse
    /// When the kernel told that it has gone, in nanoseconds since the Epoch: some time after it had.
    var told: Int64
  }

  /// A protocol's number and a port.
  struct Port: Hashable {
    var protocolNumber: UInt8
    var port: UInt16

    init(_ end: OwnedEnd) {
      protocolNumber = end.ends.protocolNumber.rawValue
      port = end.port
    }

    fileprivate init?(_ socket: SocketRecord) {
      guard case .internet(_, let port, _) = socket.local, port != 0 else { return nil }
      protocolNumber = UInt8(truncatingIfNeeded: socket.protocolNumber)
      self.port = port
    }
  }

  /// How many are remembered: two generations of so many.
  private static let most = 1 << 12
  /// How long after a packet its sender may be noted, and how long before a connection's first segment, in nanoseconds: it is noted
  /// after what it sends has gone all its way, which may be interrupted, but before it begins to connect.
  private static let lag: Int64 = 5_000_000
  /// How long what is sent takes on its way until its sender is noted, mostly, in nanoseconds.
  static let sending: Int64 = 100_000

  private var young: [Port: [Socket]] = [:]
  private var old: [Port: [Socket]] = [:]
  private var count = 0
  /// Flows of which an end was looked for in vain, by that end's port.
  private var unnamed: [Port: [FlowKey]] = [:]
  private var unnamedCount = 0

  /// Takes a socket that has gone; tells the flows that may be its.
  mutating func take(_ socket: SocketRecord, usedBy user: SocketUse, told: Int64) -> [FlowKey] {
    guard let port = Port(socket), let cookie = socket.cookie, case .internet(let local, _, _) = socket.local else {
      return []
    }
    if count >= Self.most {
      swap(&old, &young)
      young.removeAll(keepingCapacity: true)
      count = 0
    }
    var remote: (InternetAddress, UInt16)?
    if case .internet(let address, let port, _) = socket.remote { remote = (address.unmapped, port) }
    young[port, default: []].append(
      Socket(cookie: cookie, type: socket.type, local: local.unmapped, remote: remote, user: user, told: told))
    count &+= 1
    guard let flows = unnamed.removeValue(forKey: port) else { return [] }
    unnamedCount &-= flows.count
    return flows
  }

  /// An end of a flow was looked for in vain: it may be told later that its socket has gone.
  mutating func miss(_ end: OwnedEnd, of flow: FlowKey) {
    if unnamedCount >= Self.most {
      unnamed.removeAll(keepingCapacity: true)
      unnamedCount = 0
    }
    guard !(unnamed[Port(end)]?.contains(flow) ?? false) else { return }
    unnamed[Port(end), default: []].append(flow)
    unnamedCount &+= 1
  }

  /// The socket that an end was, by a packet of it; nil where none is known, or more than one may have been it.
  ///
  /// - Parameters:
  ///   - time: when the packet was captured, in nanoseconds since the Epoch.
  ///   - beginning: when its connection began; 0 where that was not seen.
  ///   - hasAccepted: whether it is the end that accepts connections.
  func find(_ end: OwnedEnd, at time: Int64, connectionOf beginning: Int64, hasAccepted: Bool) -> Socket? {
    let port = Port(end)
    let (address, other) = (end.address.unmapped, end.other.unmapped)
    var found: Socket?
    for socket in (young[port] ?? []) + (old[port] ?? []) {
      guard socket.local == address || socket.local.isWildcard, socket.told >= time else { continue }
      if let remote = socket.remote, remote != (other, end.otherPort) { continue }
      if beginning != 0 {
        // The one before it with the same ends was used earlier.
        guard socket.user.since >= (hasAccepted ? beginning : beginning &- Self.lag) else { continue }
      } else {
        guard socket.user.since <= time &+ Self.lag else { continue }
      }
      guard found == nil else { return nil }
      found = socket
    }
    return found
  }
}

extension InternetAddress {
  /// The IPv4 address where it is an IPv4-mapped one.
  fileprivate var unmapped: InternetAddress { mapped.map { .v4($0) } ?? self }
}
