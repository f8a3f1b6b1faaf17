/// A connection whose two ends are on this machine.
struct ConversationLink: Sendable {
  /// How far it has come.
  enum Phase {
    /// Both ends are held, or were.
    case open
    /// The server has yet to accept it.
    case waiting
    /// The server's kernel has yet to answer.
    case connecting
  }

  /// The place of the client's socket.
  var client: Int
  /// The place of the server's; nil where it is no part of the snapshot, or not yet there.
  var server: Int?
  /// The inode of a server's socket that is no part of the snapshot; else 0.
  var absentInode: UInt64 = 0
  /// The listeners that it came through or waits at.
  var listeners: [Int] = []
  var phase = Phase.open
  var isOneWay = false
}

/// The connections of a snapshot, each once and with its client first.
struct ConversationLinks {
  private(set) var all: [ConversationLink] = []

  init(_ sockets: [SocketRecord], _ peers: Peers, _ services: Services) {
    for (index, socket) in sockets.enumerated() where socket.state != .listen && !Self.isOver(socket) {
      if let other = peers.peer(of: index) {
        if let link = Self.link(index, other, sockets, peers, services) { all.append(link) }
      } else if let inode = peers.absentPeer(of: index), socket.inode != 0 {
        let listeners = services.listeners(of: socket)
        all.append(
          ConversationLink(
            client: index, absentInode: inode, listeners: listeners, isOneWay: socket.type == .datagram))
      }
    }
  }

  /// What only the kernel still remembers.
  private static func isOver(_ socket: SocketRecord) -> Bool {
    // A unix connection that waits is seen from its client; the subflows of MPTCP are its own.
    socket.state == .timeWait || socket.family == .unix && socket.inode == 0
  }

  private static func link(
    _ index: Int, _ other: Int, _ sockets: [SocketRecord], _ peers: Peers, _ services: Services
  ) -> ConversationLink? {
    guard sockets.indices.contains(other) else { return nil }
    let socket = sockets[index]
    let peer = sockets[other]
    if peer.state == .listen {
      let phase: ConversationLink.Phase = socket.family == .unix ? .waiting : .connecting
      return ConversationLink(client: index, server: nil, listeners: [other], phase: phase)
    }
    guard peers.peer(of: other) == index else {
      // One-way; or a unix client whose waiting connection has no listener here.
      let isWaiting = socket.family == .unix && peer.inode == 0
      return ConversationLink(
        client: index, server: other, listeners: isWaiting ? services.listeners(of: peer) : [],
        phase: isWaiting ? .waiting : .open, isOneWay: socket.type == .datagram)
    }
    if index == other { return ConversationLink(client: index, server: other) }
    // Seen from both ends: taken from the first.
    guard index < other || isOver(peer) else { return nil }
    if socket.inode == 0, peer.inode == 0 { return nil }
    return sided(index, other, sockets, services)
  }

  /// A connection of two sockets that name each other, with its client first.
  private static func sided(
    _ index: Int, _ other: Int, _ sockets: [SocketRecord], _ services: Services
  ) -> ConversationLink {
    let listenersHere = services.listeners(of: sockets[index])
    let listenersThere = services.listeners(of: sockets[other])
    let isServer =
      listenersHere.isEmpty == listenersThere.isEmpty
      ? looksLikeServer(sockets[index], sockets[other]) : !listenersHere.isEmpty
    let (client, server) = isServer ? (other, index) : (index, other)
    let listeners = isServer ? listenersHere : listenersThere
    var link = ConversationLink(client: client, server: server, listeners: listeners)
    if !listeners.isEmpty, isUnaccepted(sockets[server]) { link.phase = .waiting }
    return link
  }

  /// Whether a socket is a server's as the kernel has it until it is accepted: without an inode, but not closed.
  private static func isUnaccepted(_ socket: SocketRecord) -> Bool {
    guard socket.inode == 0 else { return false }
    return switch socket.state {
    case .established, .closeWait, .synReceived, .newSynReceived: true
    default: false
    }
  }

  /// Which of two is the server, where no listener says so: the one with a name, or with the lower port.
  private static func looksLikeServer(_ socket: SocketRecord, _ other: SocketRecord) -> Bool {
    switch (socket.local, other.local) {
    case (.unix(let name), .unix(let otherName)): name != .unnamed && otherName == .unnamed
    case (.internet(_, let port, _), .internet(_, let otherPort, _)): port < otherPort
    default: false
    }
  }
}

/// The listeners that somebody uses.
struct UsedListeners {
  /// Those with connections, from this machine or another.
  private(set) var atAll: Set<Int> = []
  /// Those with connections from this machine.
  private(set) var locally: Set<Int> = []

  init(_ sockets: [SocketRecord], _ peers: Peers, _ services: Services) {
    for (index, socket) in sockets.enumerated() where socket.state.isConnected {
      if socket.family == .unix, socket.type == .datagram { continue }
      let listeners = services.listeners(of: socket)
      atAll.formUnion(listeners)
      if peers.peer(of: index) != nil { locally.formUnion(listeners) }
      if let other = peers.peer(of: index), sockets.indices.contains(other), sockets[other].state == .listen {
        atAll.insert(other)
        locally.insert(other)
      }
      // What the client's end remembers of a connection that is over.
      if socket.state == .timeWait, case .internet(let address, let port, _)? = socket.remote {
        atAll.formUnion(services.receivers(at: address, port: port, for: socket))
      }
    }
  }
}
