internal import CLinux
internal import Glibc
internal import Linux
internal import Sockets
internal import Wire

/// The sockets and addresses of one network namespace, asked for as questions come.
final class NamespaceView<Door: SocketDumpDoor & InterfaceDoor> {
  /// The inode number that names it.
  let inode: UInt64
  private let namespace: NetworkNamespace?
  private let door: Door
  private var finder: SocketFinder
  private(set) var addresses: Set<InternetAddress> = []
  /// The addresses of all in its networks.
  private(set) var broadcasts: Set<InternetAddress> = []
  /// The interfaces that addresses are of, and of which another one each is a port, by their indices.
  private var homes: [InternetAddress: UInt32] = [:]
  private var masters: [UInt32: UInt32] = [:]
  private var addressesRead = Int64.min
  private var lists: [SocketList.Key: SocketList] = [:]
  private(set) var lonelyListeners = LonelyListeners()
  private var knownListeners = KnownListeners()
  private var unixPeers = UnixPeers()
  /// How long sockets were looked for one by one since a list was read, in nanoseconds.
  private var finding: Int64 = 0

  /// How long a list, and the addresses, are good for at most, in nanoseconds.
  private static var listLife: Int64 { 100_000_000 }
  private static var longestListLife: Int64 { 1_000_000_000 }
  /// How many interfaces are gone up, each a port of the next.
  private static var mostMasters: Int { 4 }
  private static var addressLife: Int64 { 2_000_000_000 }

  /// A view of a namespace; nil is the calling thread's own.
  init(_ namespace: NetworkNamespace?, through door: Door) throws(SystemError) {
    self.namespace = namespace
    self.door = door
    inode = try door.inode(of: namespace)
    finder = try SocketFinder(namespace: namespace, through: door)
    readAddresses()
  }

  /// Whether the path to it still leads there.
  var isReachable: Bool { (try? door.inode(of: namespace)) == inode }

  /// Hears from then on when sockets begin to listen.
  func hear(of uses: SocketUses?) { knownListeners.uses = uses }

  // MARK: Addresses

  /// The addresses that packets for its sockets may have.
  var taken: Set<InternetAddress> { addresses.union(broadcasts) }

  /// Whether an address is one of the namespace's.
  func owns(_ address: InternetAddress) -> Bool {
    if address.isLoopback { return true }
    if addresses.contains(address) { return true }
    // An address may be new; foreign ones are common too, and ask for no more than this.
    if BootClock.nanosecondsSinceStart &- addressesRead > Self.addressLife { readAddresses() }
    return addresses.contains(address)
  }

  /// Asks for the addresses that there are now.
  func readAddresses() {
    addressesRead = BootClock.nanosecondsSinceStart
    guard let interfaces = try? door.interfaces(in: namespace) else { return }
    let all = interfaces.flatMap { interface in interface.addresses.map { (interface.index, $0) } }
    addresses = Set(all.map(\.1.address))
    broadcasts = Set(all.compactMap(\.1.broadcast))
    homes = Dictionary(all.map { ($0.1.address, $0.0) }, uniquingKeysWith: { first, _ in first })
    masters = Dictionary(
      interfaces.filter { $0.master != 0 }.map { ($0.index, $0.master) }, uniquingKeysWith: { first, _ in first })
  }

  // MARK: Sockets

  /// The interfaces, by their indices, by which a socket may have an address's packets that come or go by one: what a port
  /// of a bridge takes is the bridge's. Where that is not known it is the one that has the address.
  private func devices(_ interface: Int32, for own: InternetAddress) -> [UInt32] {
    guard interface > 0 else { return [homes[own] ?? 0] }
    var devices = [UInt32(interface)]
    while devices.count < Self.mostMasters, let master = masters[devices[0]], !devices.contains(master) {
      devices.insert(master, at: 0)
    }
    return devices
  }

  /// The socket with these two ends, or the one that would get a packet for the first; nil for none.
  ///
  /// - Parameter interface: the index of the one that the packet came or went by, 0 where that is not known: a link-local
  ///   address is one only together with it, and a socket that is bound to another one is none for it (SO_BINDTODEVICE).
  func find(
    _ protocolNumber: IPProtocol, _ own: InternetAddress, _ ownPort: UInt16, _ other: InternetAddress,
    _ otherPort: UInt16,
    interface: Int32
  ) -> SocketRecord? {
    let start = BootClock.nanosecondsSinceStart
    defer { finding &+= BootClock.nanosecondsSinceStart &- start }
    for device in devices(interface, for: own) {
      let found = try? finder.find(
        protocolNumber: UInt16(protocolNumber.rawValue), source: own, sourcePort: ownPort, destination: other,
        destinationPort: otherPort, interface: device)
      if let found { return found }
    }
    return nil
  }

  /// The listener for an address and port, nil for none: of several one that the other port chooses, so that it soon shows where
  /// there is one more.
  func findListener(
    _ own: InternetAddress, _ port: UInt16, for otherPort: UInt16, interface: Int32
  ) -> SocketRecord? {
    let other: InternetAddress
    switch own {
    case .v4: other = .v4(0)
    case .v6: other = .v6(0)
    }
    guard let found = find(.tcp, own, port, other, otherPort, interface: interface), found.state == .listen else {
      return nil
    }
    return found
  }

  /// Whether a socket has alone listened at a port from before a time on, in nanoseconds since the Epoch, until after it: what
  /// came between and went was told of.
  func hasListenedAlone(_ inode: UInt64, _ port: UInt16, since time: Int64) -> Bool {
    if knownListeners.haveChanged { listenerHasGone(at: nil) }
    guard lonelyListeners.include(inode, port, since: time) else { return false }
    if lonelyListeners.read < time {
      let known = lists[SocketList.Key.listeners]
      let age = known.map { BootClock.nanosecondsSinceStart &- $0.read } ?? .max
      guard age > (known?.duration ?? 0) &* 10 else { return false }
      readListeners()
    }
    return lonelyListeners.include(inode, port, since: time)
  }

  /// Reads who listens, so that it is known later who did now.
  func readListeners() { _ = readList(.listeners) }

  /// Reads who has a port of UDP, so that it is known later that nobody else has had it since.
  func readDatagrams() { _ = readList(.datagrams) }

  /// A TCP socket without a peer has gone, which had a port; nil: some that have gone were not told of.
  func listenerHasGone(at port: UInt16?) {
    knownListeners.forget()
    if let port { lonelyListeners.forget(port) } else { lonelyListeners.forgetAll() }
  }

  /// The listeners, or the sockets without a peer, that have the same address and port as one of them: a group of
  /// SO_REUSEPORT, of which the kernel chooses one for each flow.
  ///
  /// - Parameter time: who listened before then need not do so alone any more, in nanoseconds since the Epoch.
  func fellows(of socket: SocketRecord, since time: Int64) -> [SocketRecord] {
    guard case .internet(let address, let port, _) = socket.local else { return [socket] }
    let isListening = socket.state == .listen
    let key = SocketList.Key(protocolNumber: socket.protocolNumber, isListening: isListening)
    let isOld = isListening && lonelyListeners.read < time && !knownListeners.areAll
    let known = isOld ? list(key) : list(key, containing: socket.inode, port)
    let fellows = known.with(port).filter { candidate in
      guard candidate.isWithoutPeer, case .internet(let other, _, _) = candidate.local,
        candidate.boundInterface == socket.boundInterface
      else { return false }
      if candidate.family == socket.family { return other == address }
      // A wildcard of IPv6 takes IPv4 too, mostly.
      return other.isWildcard && address.isWildcard && candidate.isIPv6Only != true && socket.isIPv6Only != true
    }
    return fellows.contains { $0.inode == socket.inode } ? fellows : fellows + [socket]
  }

  /// When it was seen that no other socket has the port of a socket's, and since when that was so whenever it was looked at, both in
  /// nanoseconds since the Epoch; nil where one has, or where that was not looked at for long.
  ///
  /// - Parameter time: where it was seen before then, it is looked at again if that is likely to take less than to find the
  ///   sockets of all flows to this one, one by one.
  func seenAlone(
    _ inode: UInt64, _ protocolNumber: UInt16, _ port: UInt16, since time: Int64
  ) -> (last: Int64, since: Int64)? {
    let key = SocketList.Key(protocolNumber: protocolNumber, isListening: false)
    var known = list(key, containing: inode, port)
    let age = BootClock.nanosecondsSinceEpoch &- time
    if BootClock.nanosecondsSinceStart &- known.read > age, finding > known.duration { known = readList(key) }
    let all = known.with(port)
    guard all.count == 1, all[0].inode == inode else { return nil }
    let start = BootClock.nanosecondsSinceEpoch &- BootClock.nanosecondsSinceStart
    return (start &+ known.read, start &+ known.sameSince)
  }

  /// Other sockets without a peer that may send from an address and port of a socket's, or get what is for them: the kernel
  /// tells only which one gets a packet.
  func rivals(
    of socket: SocketRecord, _ own: InternetAddress, _ port: UInt16, interface: Int32
  ) -> [SocketRecord] {
    let key = SocketList.Key(protocolNumber: socket.protocolNumber, isListening: false)
    let known = lists[key].flatMap { BootClock.nanosecondsSinceStart &- $0.read < Self.listLife ? $0 : nil }
    let devices = devices(interface, for: own)
    return (known ?? list(key)).with(port).filter { other in
      guard other.isWithoutPeer, case .internet(let address, _, let bound) = other.local,
        bound == 0 || devices.contains(bound), other.takes(own)
      else { return false }
      return other.inode != socket.inode && other.inode != 0 && (address == own || address.isWildcard)
    }
  }

  /// The sockets without ports that packets of a protocol come from and go to: of ping(8), of routing programs.
  func rawSockets(of protocolNumber: IPProtocol) -> [SocketRecord] {
    list(SocketList.Key(protocolNumber: UInt16(IPPROTO_RAW), isListening: false)).sockets
      .filter { $0.protocolNumber == UInt16(protocolNumber.rawValue) }
  }

  /// Those of them that are held by somebody; they may be too new to be listed already.
  func rawSockets(of protocolNumber: IPProtocol, among held: Set<UInt64>) -> [SocketRecord] {
    let known = rawSockets(of: protocolNumber).filter { held.contains($0.inode) }
    guard known.isEmpty else { return known }
    return readList(SocketList.Key(protocolNumber: UInt16(IPPROTO_RAW), isListening: false)).sockets
      .filter { $0.protocolNumber == UInt16(protocolNumber.rawValue) && held.contains($0.inode) }
  }

  /// The ping sockets with an identifier. See icmp(7).
  func pingSockets(_ protocolNumber: IPProtocol, identifier: UInt16) -> [SocketRecord] {
    list(SocketList.Key(protocolNumber: UInt16(protocolNumber.rawValue), isListening: false)).with(identifier)
      .filter(\.isWithoutPeer)
  }

  /// The other end's inode of each unix socket, 0 for none, as it was at a time or later, in nanoseconds since the system's start;
  /// nil where that cannot be had.
  func unixPeers(since time: Int64) -> [UInt64: UInt64]? {
    unixPeers.peers(since: time) {
      var query = SocketQuery()
      query.families = [.unix]
      query.namespaces = namespace.map { .path($0.path) } ?? .own
      return try? SocketInventory.read(query, through: door).sockets
    }
  }

  /// A list that is young enough, or has the socket that is looked for; making one may take a tenth of the time.
  private func list(_ key: SocketList.Key, containing inode: UInt64 = 0, _ port: UInt16 = 0) -> SocketList {
    let now = BootClock.nanosecondsSinceStart
    if let known = lists[key] {
      let age = now &- known.read
      if age < known.duration &* 10 { return known }
      if inode != 0, age < known.life(Self.listLife...Self.longestListLife),
        known.with(port).contains(where: { $0.inode == inode })
      {
        return known
      }
    }
    return readList(key)
  }

  private func readList(_ key: SocketList.Key) -> SocketList {
    let (now, epoch) = (BootClock.nanosecondsSinceStart, BootClock.nanosecondsSinceEpoch)
    if key == .listeners {
      if knownListeners.haveChanged { lonelyListeners.forgetAll() }
      knownListeners.begin(now)
    }
    let sockets =
      switch key {
      case .listeners: try? finder.listeners()
      case .datagrams: try? finder.list(protocolNumber: key.protocolNumber)
      default: readInventory(key)
      }
    let isSame = lists[key].map { $0.sockets.map(\.inode) == (sockets ?? []).map(\.inode) } ?? false
    let list = SocketList(
      sockets ?? [], read: now, duration: BootClock.nanosecondsSinceStart &- now,
      sameSince: isSame ? lists[key]?.sameSince ?? now : now)
    lists[key] = list
    if key == .listeners {
      if let sockets { lonelyListeners.take(sockets, read: epoch) }
      if sockets == nil || knownListeners.haveChanged { listenerHasGone(at: nil) }
    }
    finding = 0
    return list
  }

  private func readInventory(_ key: SocketList.Key) -> [SocketRecord]? {
    var query = SocketQuery()
    query.families = [.inet, .inet6]
    query.protocols = [key.protocolNumber]
    if key.protocolNumber == UInt16(IPPROTO_ICMP) || key.protocolNumber == UInt16(IPPROTO_ICMPV6) {
      query.families = [key.protocolNumber == UInt16(IPPROTO_ICMP) ? .inet : .inet6]
    }
    query.states = key.isListening ? [.listen] : [.unconnected, .close, .established]
    query.namespaces = namespace.map { .path($0.path) } ?? .own
    return try? SocketInventory.read(query, through: door).sockets
  }
}

extension SocketRecord {
  /// Whether it takes what anybody sends to it.
  fileprivate var isWithoutPeer: Bool { remote == nil || type == .raw }

  /// The index of the interface that it is bound to (SO_BINDTODEVICE); 0: to none.
  fileprivate var boundInterface: UInt32 {
    if case .internet(_, _, let interface) = local { interface } else { 0 }
  }

  /// Whether it may have the packets of an address, by the family of that.
  fileprivate func takes(_ address: InternetAddress) -> Bool {
    switch address {
    case .v4: family == .inet || isIPv6Only != true
    case .v6: family == .inet6
    }
  }
}
