/// The sockets that are wanted, with all that rows are made of: what the kernel says, who owns them, and what follows
/// from both.
public struct SocketListing: Sendable {
  /// All sockets, wanted or not: the other end of one that is wanted may not be.
  public let snapshot: SocketSnapshot
  public let owners: OwnerTable
  /// What each process of `owners` belongs to.
  public let services: [ControlGroup]
  public var surroundings: Surroundings
  /// Where `owners` has the holders of each socket.
  private let holders: HolderPlaces
  /// Which socket is at the other end of which; nil where nobody asked.
  private let peers: Peers?
  /// The places of the sockets that are wanted in `snapshot.sockets`, in the order in which they are shown.
  public internal(set) var rows: [Int]
  /// How many sockets share an address and port, and which of them this is, by place: SO_REUSEPORT and multicast.
  private var sharing: [Int: Sharing] = [:]

  /// Which one of several sockets at one address and port.
  public struct Sharing: Sendable, Equatable {
    /// Its number among them, from 1.
    public var number: Int
    /// How many there are.
    public var count: Int
  }

  /// The places of those sockets that a filter wants, whoever owns them.
  public static func places(in snapshot: SocketSnapshot, _ filter: SocketFilter) -> [Int] {
    let all = snapshot.sockets.indices
    return filter.isEmpty ? Array(all) : all.filter { filter.matches(snapshot.sockets[$0]) }
  }

  /// A listing of the sockets at some places that the filter wants by their owners too.
  public init(
    _ snapshot: SocketSnapshot, _ owners: OwnerTable, places: [Int], _ filter: OwnerFilter = OwnerFilter(),
    _ surroundings: Surroundings = Surroundings(), peers: Peers? = nil
  ) {
    self.peers = peers
    self.snapshot = snapshot
    self.owners = owners
    self.surroundings = surroundings
    holders = HolderPlaces(snapshot.sockets, owners)
    let services = owners.processes.map { ControlGroup(path: $0.cgroup) }
    self.services = services
    if filter.isEmpty {
      rows = places
    } else {
      let wanted = owners.processes.indices.map { filter.matches(owners.processes[$0], services[$0]) }
      rows = places.filter { place in
        guard snapshot.sockets.indices.contains(place) else { return false }
        let socket = snapshot.sockets[place]
        let held = socket.inode == 0 ? [] : owners.descriptors(of: socket.inode)
        if held.isEmpty { return filter.matchesUnowned(socket) }
        return held.contains { wanted.indices.contains(Int($0.process)) && wanted[Int($0.process)] }
      }
    }
    findSharing()
  }

  /// The descriptors that stand for the socket at a place, by process, then number.
  public func descriptors(of place: Int) -> ArraySlice<HeldSocket> { owners.held[heldPlaces(of: place)] }

  /// The places of the same in `owners.held`.
  public func heldPlaces(of place: Int) -> Range<Int> {
    guard let first = holders[place], owners.held.indices.contains(first) else { return 0..<0 }
    let inode = owners.held[first].inode
    var end = first &+ 1
    while end < owners.held.count, owners.held[end].inode == inode { end &+= 1 }
    return first..<end
  }

  /// The process whose descriptor it is; nil where the table does not have it.
  public func process(_ held: HeldSocket) -> ProcessRecord? {
    let index = Int(held.process)
    return owners.processes.indices.contains(index) ? owners.processes[index] : nil
  }

  /// What the process that is shown first belongs to; nil where no process is known.
  public func service(of place: Int) -> ControlGroup? {
    guard let index = descriptors(of: place).first.map({ Int($0.process) }), services.indices.contains(index) else {
      return nil
    }
    return services[index]
  }

  /// The user of the process that is shown first, else the one who created the socket: a name, or a number without one.
  public func user(of place: Int) -> String? {
    guard snapshot.sockets.indices.contains(place) else { return nil }
    let process = descriptors(of: place).first.flatMap(process)
    guard let uid = process?.uid ?? snapshot.sockets[place].uid else { return nil }
    return surroundings.users[uid] ?? "\(uid)"
  }

  /// The place of the socket at the other end, where that is on this machine and was listed; nil where it is not known.
  public func peer(of place: Int) -> Int? { peers?.peer(of: place) }

  /// Which one of several sockets at one address and port it is; nil where it is alone there.
  public func sharing(of place: Int) -> Sharing? { sharing[place] }

  /// Whether sockets of more than one network namespace are shown.
  public var hasSeveralNamespaces: Bool {
    guard let first = rows.first else { return false }
    return rows.contains { snapshot.sockets[$0].namespace != snapshot.sockets[first].namespace }
  }

  private struct Endpoint: Hashable {
    var namespace: UInt64
    var family: SocketFamily
    var protocolNumber: UInt16
    var local: SocketAddress
  }

  private mutating func findSharing() {
    var groups: [Endpoint: [Int]] = [:]
    for place in snapshot.sockets.indices {
      // Most are connections, which are told from others by one octet.
      let state = snapshot.sockets[place].state
      guard state == .listen || state == .unconnected, snapshot.sockets[place].isWaitingForAnyone else { continue }
      let socket = snapshot.sockets[place]
      guard case .internet = socket.local else { continue }
      let endpoint = Endpoint(
        namespace: socket.namespace, family: socket.family, protocolNumber: socket.protocolNumber, local: socket.local)
      groups[endpoint, default: []].append(place)
    }
    for places in groups.values where places.count > 1 {
      for (index, place) in places.enumerated() { sharing[place] = Sharing(number: index + 1, count: places.count) }
    }
  }
}
