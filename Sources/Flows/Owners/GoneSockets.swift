internal import Linux
internal import Sockets
internal import Wire

/// Sockets that have gone, and who used them: what was over before anybody could look at it is known all the same, where the kernel
/// notes who uses sockets.
struct GoneSockets {
  /// One that has gone.
  struct Socket {
    var cookie: UInt64
    /// 0 where it is not known any more.
    var inode: UInt64 = 0
    var type: SocketType
    var local: InternetAddress
    var port: UInt16
    /// Whether it took packets of IPv6 only, where it has no address.
    var isIPv6Only: Bool
    /// The process that alone has used it.
    var user: SocketUse
    /// When the kernel told that it has gone, in nanoseconds since the Epoch: some time after it had.
    var told: Int64

    /// Whether it has no address, and is for packets of such a one.
    fileprivate func takes(_ address: InternetAddress) -> Bool {
      switch (local, address) {
      case (.v4(0), .v4), (.v6(0), .v6): true
      case (.v6(0), .v4): !isIPv6Only
      default: false
      }
    }
  }

  /// What one without a peer is found by: a protocol's number and a port.
  private struct Port: Hashable {
    var protocolNumber: UInt8
    var port: UInt16

    init(_ end: OwnedEnd) {
      protocolNumber = end.ends.protocolNumber.rawValue
      port = end.port
    }

    init(_ protocolNumber: UInt16, _ port: UInt16) {
      self.protocolNumber = UInt8(truncatingIfNeeded: protocolNumber)
      self.port = port
    }
  }

  /// What went in a while.
  private struct Generation {
    var connected: [FlowKey: [Socket]] = [:]
    var others: [Port: [Socket]] = [:]
    var count = 0
  }

  /// How many are remembered: two generations of so many.
  private static let most = 1 << 12
  /// How long after a packet its sender may be noted, and how long before a connection's first segment, in nanoseconds: it is noted
  /// after what it sends has gone all its way, which may be interrupted, but before it begins to connect.
  static let lag: Int64 = 5_000_000
  /// How long after a socket's last packet the kernel tells mostly that it has gone, in nanoseconds: it leaves that to a thread of its
  /// own.
  static let telling: Int64 = 5_000_000

  /// How many without a peer are remembered of a port, and how many flows wait for one that goes.
  private static let mostOfPort = 64

  private var young = Generation()
  private var old = Generation()
  /// Flows of which an end was looked for in vain; and of those the ones by that end's port.
  private var unnamed: Set<FlowKey> = []
  private var unnamedAt: [Port: Set<FlowKey>] = [:]

  /// Takes a socket that has gone; tells the flows that may be its.
  mutating func take(_ record: SocketRecord, usedBy user: SocketUse, told: Int64) -> Set<FlowKey> {
    guard let cookie = record.cookie, case .internet(let local, let port, _) = record.local, port != 0 else {
      return []
    }
    if young.count >= Self.most {
      old = young
      young = Generation()
    }
    young.count &+= 1
    let socket = Socket(
      cookie: cookie, type: record.type, local: local.unmapped, port: port, isIPv6Only: record.isIPv6Only == true,
      user: user,
      told: told)
    if let key = FlowKey(record) {
      young.connected[key, default: []].append(socket)
      let place = Port(record.protocolNumber, port)
      unnamedAt[place]?.remove(key)
      if unnamedAt[place]?.isEmpty ?? false { unnamedAt[place] = nil }
      return unnamed.remove(key) == nil ? [] : [key]
    }
    let place = Port(record.protocolNumber, port)
    if young.others[place]?.count ?? 0 >= Self.mostOfPort { young.others[place]?.removeFirst() }
    young.others[place, default: []].append(socket)
    return unnamedAt.removeValue(forKey: place) ?? []
  }

  /// An end of a flow was looked for in vain: it may be told later that its socket has gone.
  mutating func miss(_ end: OwnedEnd, of flow: FlowKey) {
    if unnamed.count >= Self.most {
      unnamed.removeAll(keepingCapacity: true)
      unnamedAt.removeAll(keepingCapacity: true)
    }
    unnamed.insert(flow)
    guard end.ends.protocolNumber != .tcp, unnamedAt[Port(end)]?.count ?? 0 < Self.mostOfPort else { return }
    unnamedAt[Port(end), default: []].insert(flow)
  }

  /// The socket that an end was, by a packet of it; nil where none is known, or more than one may have been it.
  ///
  /// - Parameters:
  ///   - flow: the packet's.
  ///   - time: when the packet was captured, in nanoseconds since the Epoch.
  ///   - beginning: when its connection began; 0 where that was not seen.
  ///   - hasAccepted: whether it is the end that accepts connections.
  func find(_ end: OwnedEnd, of flow: FlowKey, at time: Int64, connectionOf beginning: Int64, hasAccepted: Bool)
    -> Socket?
  {
    let address = end.address.unmapped
    let isConnection = end.ends.protocolNumber == .tcp
    var found: Socket?
    for generation in [young, old] {
      for socket in (generation.connected[flow] ?? []) + (isConnection ? [] : generation.others[Port(end)] ?? []) {
        guard socket.port == end.port, socket.local == address || socket.takes(address), socket.told >= time else {
          continue
        }
        if beginning != 0 {
          // The one before it with the same ends was used earlier.
          guard socket.user.since >= (hasAccepted ? beginning : beginning &- Self.lag),
            hasAccepted || socket.user.since <= beginning &+ Self.lag
          else { continue }
        } else {
          guard socket.user.since <= time &+ Self.lag else { continue }
        }
        guard found == nil else { return nil }
        found = socket
      }
    }
    return found
  }
}

extension FlowKey {
  /// The key of the packets of a socket with a peer; nil for one without.
  fileprivate init?(_ socket: SocketRecord) {
    guard case .internet(let local, let port, _) = socket.local,
      case .internet(let remote, let otherPort, _)? = socket.remote
    else { return nil }
    var ends = FrameEnds()
    ends.kind = .ports
    ends.protocolNumber = IPProtocol(rawValue: UInt8(truncatingIfNeeded: socket.protocolNumber))
    switch (local.unmapped, remote.unmapped) {
    case (.v4(let source), .v4(let destination)):
      (ends.source, ends.destination) = (UInt128(source), UInt128(destination))
    case (.v6(let source), .v6(let destination)):
      (ends.source, ends.destination) = (source, destination)
      ends.isIPv6 = true
    default: return nil
    }
    (ends.sourcePort, ends.destinationPort) = (port, otherPort)
    var sourceIsLower = true
    self.init(ends, sourceIsLower: &sourceIsLower)
  }
}

extension InternetAddress {
  /// The IPv4 address where it is an IPv4-mapped one.
  fileprivate var unmapped: InternetAddress { mapped.map { .v4($0) } ?? self }
}
