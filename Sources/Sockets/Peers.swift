/// Which socket of a snapshot is at the other end of which.
///
/// A unix socket says its peer's inode, see unix_diag in sock_diag(7). Sockets of the internet are paired by their
/// addresses and ports, see `TuplePairing`. Where more than one socket could be the other end, none is named: a guess
/// would look like a fact. Takes linear time.
public struct Peers: Sendable {
  /// The place of each socket's other end; -1 for none.
  private var ends: [Int]
  /// For a unix socket whose peer is no part of the snapshot, since it is in another namespace: that peer's inode.
  private var absent: [Int: UInt64] = [:]

  public init(_ snapshot: SocketSnapshot) {
    self.init(snapshot, services: Services(snapshot))
  }

  /// Only the other ends of unix sockets, where nobody asks for those of the others.
  public init(unixSocketsOf snapshot: SocketSnapshot) {
    ends = [Int](repeating: -1, count: snapshot.sockets.count)
    pairUnixSockets(snapshot.sockets, Services(snapshot))
  }

  /// With the listeners, where the caller has use for them too.
  public init(_ snapshot: SocketSnapshot, services: Services) {
    ends = [Int](repeating: -1, count: snapshot.sockets.count)
    pairUnixSockets(snapshot.sockets, services)
    TuplePairing(snapshot.sockets).resolve { ends[$0] = $1 }
    pairWithReceivers(snapshot.sockets, services)
  }

  /// The place in `snapshot.sockets` of the other end; nil where there is none or it is not known.
  ///
  /// For a client that waits to be accepted it is the listener. The other end of a datagram socket need not be connected
  /// to it in turn: compare `peer(of:)` of both.
  public func peer(of index: Int) -> Int? {
    guard ends.indices.contains(index), ends[index] >= 0 else { return nil }
    return ends[index]
  }

  /// The inode of a unix socket's peer that is not in the snapshot: one in a network namespace that was not read.
  public func absentPeer(of index: Int) -> UInt64? { absent[index] }

  /// Names what each connected unix socket is connected to: the name of its peer, unnamed for a peer without one.
  public func nameUnixPeers(in snapshot: inout SocketSnapshot) {
    for index in snapshot.sockets.indices where snapshot.sockets[index].family == .unix {
      guard let other = peer(of: index), snapshot.sockets.indices.contains(other) else { continue }
      snapshot.sockets[index].remote = snapshot.sockets[other].local
    }
  }

  // MARK: - Unix sockets

  private mutating func pairUnixSockets(_ sockets: [SocketRecord], _ services: Services) {
    let unix = sockets.indices.filter { sockets[$0].family == .unix }
    let places = Self.places(of: unix, in: sockets)
    for index in unix {
      if let inode = sockets[index].peerInode, inode != 0 {
        guard let other = places[inode] else {
          absent[index] = inode
          continue
        }
        if other >= 0, Self.areConnected(index, other, in: sockets) { ends[index] = other }
      }
    }
    // A connection that waits to be accepted has no inode yet, and so its client names no peer: the listener knows it.
    for index in unix where sockets[index].state == .listen {
      for inode in sockets[index].details?.pendingInodes ?? [] where inode != 0 {
        guard let client = places[inode], client >= 0, sockets[client].type == sockets[index].type else { continue }
        if ends[client] < 0 { ends[client] = index }
      }
    }
    // Where the listener was not asked: by the name that the waiting connection has from it.
    for index in unix where sockets[index].inode == 0 {
      guard ends[index] >= 0, ends[ends[index]] < 0 else { continue }
      let listeners = services.listeners(of: sockets[index])
      ends[ends[index]] = listeners.count == 1 ? listeners[0] : index
    }
  }

  /// The place of each unix socket by its inode, -1 where two sockets claim the same one.
  private static func places(of unix: [Int], in sockets: [SocketRecord]) -> NumberIndex {
    var places = NumberIndex(capacity: unix.count)
    for index in unix where sockets[index].inode != 0 {
      if let earlier = places.insert(sockets[index].inode, index) {
        let isSame =
          earlier >= 0 && sockets[index].cookie != nil && sockets[earlier].cookie == sockets[index].cookie
        if !isSame { places[sockets[index].inode] = -1 }
      }
    }
    return places
  }

  /// Whether a unix socket can be connected to the one that has its peer's inode now: the list is not made in an instant,
  /// and an inode may have been used again.
  private static func areConnected(_ socket: Int, _ other: Int, in sockets: [SocketRecord]) -> Bool {
    guard sockets[socket].type == sockets[other].type, sockets[other].state != .listen else { return false }
    // A datagram socket is connected to one that may be connected to another, or to none. A waiting connection has no
    // inode that its client could name.
    if sockets[socket].type == .datagram || sockets[socket].inode == 0 { return true }
    return sockets[other].peerInode == sockets[socket].inode
  }

  // MARK: - Receivers that are not connected

  /// A connected datagram socket sends to a socket that receives from anybody, and a connection that is being made
  /// goes to a listener: the other end is that socket, where there is just one.
  private mutating func pairWithReceivers(_ sockets: [SocketRecord], _ services: Services) {
    for index in sockets.indices where ends[index] < 0 {
      let state = sockets[index].state
      guard state == .synSent || state == .established && sockets[index].type == .datagram else { continue }
      guard case .internet(let address, let port, _)? = sockets[index].remote, port != 0 else { continue }
      let receivers = services.receivers(at: address, port: port, for: sockets[index])
      if receivers.count == 1 { ends[index] = receivers[0] }
    }
  }
}
