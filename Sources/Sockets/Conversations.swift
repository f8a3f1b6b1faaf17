import Linux

/// Who speaks with whom on this machine: the connections of a snapshot whose two ends are both here, summed up.
public struct Conversations: Sendable {
  /// In no order that would mean something.
  public private(set) var all: [Conversation] = []
  /// The connections that a process has with itself, which are only among `all` where that was asked for.
  public private(set) var withinOneProcess = 0
  /// The ends whose holders may not be read.
  public private(set) var unreadableEnds = 0

  /// What is the same for all connections of a conversation.
  private struct Key: Hashable {
    var family: SocketFamily
    var type: SocketType
    var protocolNumber: UInt16
    var endpoint: SocketAddress?
    var client: Party.Name?
    var server: Party.Name
    var clientNamespace: UInt64
    var serverNamespace: UInt64
    var isOneWay: Bool
    /// The client's place, where each connection is by itself; else -1.
    var connection: Int
  }

  private let sockets: [SocketRecord]
  private let services: Services
  private var parties: Parties
  private var places: [Key: Int] = [:]
  private let grouping: ConversationGrouping

  /// Sums up a snapshot.
  ///
  /// - Parameters:
  ///   - includes: whether a socket, by its place, is of interest; of a connection one of both ends must be.
  ///   - withOneself: whether connections within one process are listed, not only counted.
  public init(
    _ snapshot: SocketSnapshot, owners: OwnerTable, by grouping: ConversationGrouping = .process,
    withOneself: Bool = false, includes: (Int) -> Bool = { _ in true }
  ) {
    sockets = snapshot.sockets
    services = Services(snapshot)
    parties = Parties(owners, grouping)
    self.grouping = grouping
    let peers = Peers(snapshot, services: services)
    for link in ConversationLinks(sockets, peers, services).all {
      guard includes(link.client) || link.server.map(includes) ?? false || link.listeners.contains(where: includes)
      else {
        continue
      }
      add(link, withOneself: withOneself)
    }
    addUnusedListeners(UsedListeners(sockets, peers, services), includes)
  }

  private mutating func add(_ link: ConversationLink, withOneself: Bool) {
    let link = ordered(link)
    let client = sockets[link.client]
    let server = link.server.map { sockets[$0] }
    let left = parties.party(of: client)
    let right =
      switch link.phase {
      case .waiting, .connecting: parties.party(ofListeners: link.listeners.map { sockets[$0] })
      case .open: server.map { parties.party(of: $0) } ?? parties.party(ofInode: link.absentInode)
      }
    if left.processes.count == 1, left.processes == right.processes {
      withinOneProcess += 1
      guard withOneself else { return }
    }
    unreadableEnds += (left.name == .unreadable ? 1 : 0) + (right.name == .unreadable ? 1 : 0)
    let endpoint = Self.endpoint(client, server ?? link.listeners.first.map { sockets[$0] })
    let key = Key(
      family: Self.family(client.family, endpoint), type: client.type,
      protocolNumber: client.protocolNumber, endpoint: endpoint, client: left.name, server: right.name,
      clientNamespace: client.namespace, serverNamespace: server?.namespace ?? client.namespace,
      isOneWay: link.isOneWay, connection: grouping == .connection ? link.client : -1)
    let place = place(of: key, client: left, server: right)
    all[place].connections += 1
    if grouping == .connection, client.local != .unix(.unnamed) {
      all[place].clientEndpoint = client.local.withoutMapping
    }
    if link.phase != .open { all[place].waiting += 1 }
    if link.phase == .connecting { all[place].connecting += 1 }
    addQueues(of: client, server, to: place)
    addAcceptQueue(of: link.listeners, to: place)
    if link.phase != .open, link.listeners.contains(where: { sockets[$0].isFull }) { all[place].isFull = true }
    let serverInode = link.phase == .open ? server?.inode ?? link.absentInode : server?.inode ?? 0
    all[place].inodes.append(Conversation.Inodes(client: client.inode, server: serverInode))
  }

  /// A socketpair has neither client nor server: the process with the lower number comes first, so that all pairs of two
  /// processes are one conversation.
  private mutating func ordered(_ link: ConversationLink) -> ConversationLink {
    guard let server = link.server, link.phase == .open, !link.isOneWay, sockets[link.client].family == .unix,
      sockets[link.client].local == .unix(.unnamed), sockets[server].local == .unix(.unnamed)
    else { return link }
    let left = parties.party(of: sockets[link.client]).processes
    let right = parties.party(of: sockets[server]).processes
    guard right.lexicographicallyPrecedes(left) else { return link }
    var link = link
    link.server = link.client
    link.client = server
    return link
  }

  /// The place of the conversation that a connection belongs to, where it is new with a place of its own.
  private mutating func place(of key: Key, client: Party?, server: Party) -> Int {
    if let place = places[key] {
      if let client { all[place].client?.add(client.processes) }
      all[place].server.add(server.processes)
      return place
    }
    places[key] = all.count
    all.append(
      Conversation(
        family: key.family, type: key.type, protocolNumber: key.protocolNumber, endpoint: key.endpoint, client: client,
        server: server, clientNamespace: key.clientNamespace, serverNamespace: key.serverNamespace,
        isOneWay: key.isOneWay))
    return all.count - 1
  }

  private mutating func addQueues(of client: SocketRecord, _ server: SocketRecord?, to place: Int) {
    // A unix socket has what it sent in its peer's receive queue, and counts the memory of that among what it sends.
    let isUnix = client.family == .unix
    all[place].toClient &+= UInt64(client.receiveQueue)
    if let server { all[place].toServer &+= UInt64(server.receiveQueue) }
    guard !isUnix else { return }
    all[place].toServer &+= UInt64(client.sendQueue)
    if let server { all[place].toClient &+= UInt64(server.sendQueue) }
  }

  private mutating func addAcceptQueue(of listeners: [Int], to place: Int) {
    for index in listeners {
      guard let queue = sockets[index].acceptQueue, queue >= all[place].acceptQueue ?? 0 else { continue }
      all[place].acceptQueue = queue
      all[place].backlog = sockets[index].backlog
    }
  }

  // MARK: - Listeners without a connection

  private mutating func addUnusedListeners(_ used: UsedListeners, _ includes: (Int) -> Bool) {
    for (index, socket) in sockets.enumerated() where socket.state == .listen {
      let isFull = socket.isFull && !used.locally.contains(index)
      guard isFull || !used.atAll.contains(index) && socket.acceptQueue ?? 0 == 0, includes(index) else { continue }
      let server = parties.party(of: socket)
      unreadableEnds += server.name == .unreadable ? 1 : 0
      let key = Key(
        family: socket.family, type: socket.type, protocolNumber: socket.protocolNumber, endpoint: socket.local,
        client: nil,
        server: server.name, clientNamespace: socket.namespace, serverNamespace: socket.namespace, isOneWay: false,
        connection: grouping == .connection ? index : -1)
      let place = place(of: key, client: nil, server: server)
      addAcceptQueue(of: [index], to: place)
      all[place].isFull = all[place].isFull || isFull
      all[place].isIPv6Only = socket.isIPv6Only
      all[place].inodes.append(Conversation.Inodes(client: 0, server: socket.inode))
    }
  }

  // MARK: - Endpoints

  /// What a client connected to, or where its server is.
  private static func endpoint(_ client: SocketRecord, _ server: SocketRecord?) -> SocketAddress? {
    guard client.family == .unix else { return client.remote?.withoutMapping ?? server?.local.withoutMapping }
    guard let name = server?.local ?? client.remote, name != .unix(.unnamed) else {
      // The client alone has a name: it was bound before it was connected to a socketpair's end.
      return client.local == .unix(.unnamed) ? nil : client.local
    }
    return name
  }

  /// An IPv4-mapped address belongs to the conversation of the IPv4 address.
  private static func family(_ family: SocketFamily, _ endpoint: SocketAddress?) -> SocketFamily {
    guard case .internet(.v4, _, _)? = endpoint else { return family }
    return .inet
  }
}

extension SocketRecord {
  /// Whether it is a listener that takes no more connections until one is accepted.
  public var isFull: Bool {
    guard let acceptQueue, let backlog else { return false }
    return acceptQueue > 0 && acceptQueue >= backlog
  }
}

extension SocketAddress {
  /// The same with the IPv4 address where it is an IPv4-mapped one.
  var withoutMapping: SocketAddress {
    guard case .internet(let address, let port, let interface) = self, let mapped = address.mapped else { return self }
    return .internet(.v4(mapped), port: port, interface: interface)
  }
}
