internal import Linux
internal import Sockets
internal import Wire

/// Who listens at a port: the likeliest to hold the connections that come to it.
extension EndFinder {
  /// Where the kernel's range of ports for clients begins if nobody has changed it. See ip(7).
  private static var firstEphemeral: UInt16 { 32768 }

  /// Whether an end of a connection may be a server's whose listener is not known yet.
  func mayHaveAccepted(_ end: OwnedEnd) -> Bool {
    guard acceptors[end.port] == nil, !(end.isSource && end.ends.begins) else { return false }
    return end.port < Self.firstEphemeral || end.otherPort >= end.port
  }

  /// Finds out who holds the listener of the port of a connection whose holder is not known.
  mutating func learnAcceptors(
    of end: OwnedEnd, _ socket: SocketRecord, in view: NamespaceView<Door>, interface: Int32
  ) {
    guard holders.known(socket.inode).isEmpty,
      let listener = view.findListener(end.address, end.port, for: end.otherPort, interface: interface),
      listener.inode != 0
    else { return }
    let known = holders.known(listener.inode)
    if !known.isEmpty { keep(acceptors: known, of: end.port) }
  }

  /// The process that accepted a connection which is gone, where no other can have: from before the connection began it alone has
  /// listened at the port, and it hands nothing on.
  ///
  /// - Parameter beginning: when the connection began, in nanoseconds since the Epoch.
  mutating func acceptor(of end: OwnedEnd, since beginning: Int64, interface: Int32) -> EndAnswer? {
    let view = namespaces.own
    // Of other namespaces nobody tells which sockets go.
    guard namespaces.owners(of: end.address).views.allSatisfy({ $0 === view }),
      let listener = view.findListener(end.address, end.port, for: end.otherPort, interface: interface),
      listener.inode != 0,
      view.hasListenedAlone(listener.inode, end.port, since: beginning)
    else { return nil }
    let answer = answer(holding: [listener], .listener)
    guard answer.isSettled, keepsWhatItAccepts(answer, since: beginning) else { return nil }
    return answer
  }

  /// Remembers who listens at a port. It says where to look first, and no more: it may be so no longer.
  mutating func keep(acceptors processes: [Int32], of port: UInt16) {
    if acceptors.count > 1 << 10 { acceptors.removeAll() }
    acceptors[port] = processes
  }

  /// Who listens at a socket's port, and so may have accepted it.
  func acceptors(of socket: SocketRecord) -> [Int32] {
    guard socket.type == .stream, case .internet(_, let port, _) = socket.local else { return [] }
    return acceptors[port] ?? []
  }
}
