import CLinux
import Glibc
public import Linux

/// The sockets of this machine, from sock_diag(7) and, where the kernel has no module for a kind, from /proc/net.
public enum SocketInventory {
  /// Every socket that a query asks for.
  ///
  /// Throws where a namespace may not be entered, or netlink does not work at all.
  public static func read(
    _ query: SocketQuery, through door: some SocketDumpDoor
  ) throws(SystemError) -> SocketSnapshot {
    var snapshot = SocketSnapshot()
    switch query.namespaces {
    case .own: try read(query, in: nil, through: door, into: &snapshot)
    case .path(let path): try read(query, in: NetworkNamespace(path: path), through: door, into: &snapshot)
    case .every:
      for namespace in try door.networkNamespaces() {
        do throws(SystemError) {
          try read(query, in: namespace, through: door, into: &snapshot)
        } catch {
          // Its last process may have ended since it was found.
          guard error.code == ENOENT else { throw error }
        }
      }
    }
    return snapshot
  }

  private static func read(
    _ query: SocketQuery, in namespace: NetworkNamespace?, through door: some SocketDumpDoor,
    into snapshot: inout SocketSnapshot
  ) throws(SystemError) {
    let inode = try door.inode(of: namespace)
    snapshot.namespaces.insert(inode)
    let sources = SocketSource.all(for: query)
    let asked = sources.filter { $0.request != nil }
    let answers = try door.dump(asked.compactMap(\.request), in: namespace)
    let start = snapshot.sockets.count
    for (source, answer) in zip(asked, answers) {
      take(answer, of: source, query, into: &snapshot)
    }
    if let states = query.states {
      snapshot.sockets[start...].removeAll { !states.contains($0.state) }
    }
    for place in start..<snapshot.sockets.count { snapshot.sockets[place].namespace = inode }
  }

  /// Takes the records out of an answer.
  private static func take(
    _ answer: SocketDumpAnswer, of source: SocketSource, _ query: SocketQuery, into snapshot: inout SocketSnapshot
  ) {
    if answer.wasInterrupted {
      snapshot.notes.append("the list of \(source.name) sockets changed while it was read: some may be missing")
    }
    var rest = NetlinkPayload(answer.octets)
    while let (type, payload) = rest.nextMessage() {
      guard type == Int32(SOCK_DIAG_BY_FAMILY) else { continue }
      if let record = source.record(payload, withDetails: query.withDetails) { snapshot.sockets.append(record) }
    }
  }
}
