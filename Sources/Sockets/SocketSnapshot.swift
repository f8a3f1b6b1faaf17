/// The sockets of one or more network namespaces, as they were when the kernel was asked.
public struct SocketSnapshot: Sendable {
  public var sockets: [SocketRecord] = []
  /// The inode numbers of the network namespaces that were read.
  public var namespaces: Set<UInt64> = []
  /// What a reader should know, each in a line: a list that changed while it was read, a kind that could not be listed.
  public var notes: [String] = []
  /// What was read from a place that tells less than sock_diag(7) would, or could not be asked, each in a line: for those
  /// who miss something.
  public var substitutes: [String] = []
  /// The note on sockets of a family that the kernel counts and does not list; gone once they are found otherwise.
  var countedOnly: [SocketFamily: String] = [:]

  public init() {}

  /// Takes out the sockets through which a process asks sock_diag(7): they are gone by now.
  public mutating func removeSockets(thatAskFor process: Int32) {
    sockets.removeAll { $0.family == .netlink && $0.asksForSockets(from: process) }
  }

  /// The users who created sockets, each once.
  public var users: Set<UInt32> {
    var users: Set<UInt32> = []
    // Most sockets are of the same few users.
    var last: UInt32?
    for place in sockets.indices {
      guard let uid = sockets[place].uid, uid != last else { continue }
      users.insert(uid)
      last = uid
    }
    return users
  }

  /// The inode numbers of the network namespaces of which a socket names an interface by its index.
  public var namespacesWithInterfaces: Set<UInt64> {
    var namespaces: Set<UInt64> = []
    for place in sockets.indices where sockets[place].namesAnInterface { namespaces.insert(sockets[place].namespace) }
    return namespaces
  }
}
