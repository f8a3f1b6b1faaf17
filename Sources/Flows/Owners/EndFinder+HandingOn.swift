internal import Linux
internal import Sockets
internal import Wire

/// What may have been handed to another process before anybody could look.
extension EndFinder {
  /// Whether a process that held a socket which is gone may have handed it to another one before: it lives, and has a unix
  /// socket whose other end it does not have itself. See unix(7), SCM_RIGHTS.
  func mayHaveHandedOn(_ answer: EndAnswer) -> Bool {
    guard answer.hasProcess, answer.end.method == .exact else { return false }
    for process in processes.processes(at: answer.place) {
      guard let sockets = door.sockets(of: process, besides: [:], limit: Self.mostHeld) else { continue }
      let held = Set(sockets.map(\.inode))
      for inode in held {
        guard let peer = namespaces.own.unixPeer(of: inode) else { continue }
        if peer == 0 || !held.contains(peer) { return true }
      }
    }
    return false
  }

  /// Of a process with more descriptors than that it is not known.
  private static var mostHeld: Int { 4096 }
}
