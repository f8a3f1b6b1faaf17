internal import Linux
internal import Sockets

/// Sockets of one protocol in a network namespace, as they were listed.
struct SocketList {
  /// What is listed.
  struct Key: Hashable {
    var protocolNumber: UInt16
    var isListening: Bool
  }

  var sockets: [SocketRecord]
  /// When, in nanoseconds since the system's start, and how long it took.
  var read: Int64
  var duration: Int64
  /// Since when it has been the same whenever it was read.
  var sameSince: Int64
  /// Where the sockets with a port are among them.
  private var places: [UInt16: [Int]] = [:]

  init(_ sockets: [SocketRecord], read: Int64, duration: Int64, sameSince: Int64) {
    self.sockets = sockets
    self.read = read
    self.duration = duration
    self.sameSince = sameSince
    for (place, socket) in sockets.enumerated() {
      if case .internet(_, let port, _) = socket.local { places[port, default: []].append(place) }
    }
  }

  /// Those with a port.
  func with(_ port: UInt16) -> [SocketRecord] { (places[port] ?? []).map { sockets[$0] } }

  /// For how long it is good where it has the socket that is looked for, between two bounds: the kernel itself tells of a new one
  /// in a group by choosing it.
  func life(_ bounds: ClosedRange<Int64>) -> Int64 {
    min(max((read &- sameSince) / 2, bounds.lowerBound), bounds.upperBound)
  }
}

/// Since when sockets are known to listen.
struct KnownListeners {
  private static let most = 1 << 12

  /// By their inodes, in nanoseconds since the Epoch.
  private var since: [UInt64: Int64] = [:]

  /// Whether a socket is known to have listened at a time, in nanoseconds since the Epoch.
  func include(_ inode: UInt64, since time: Int64) -> Bool { since[inode].map { $0 <= time } ?? false }

  /// Notes those that listen now.
  mutating func note(_ sockets: [SocketRecord]) {
    if since.count > Self.most { since.removeAll() }
    let now = BootClock.nanosecondsSinceEpoch
    for socket in sockets where since[socket.inode] == nil { since[socket.inode] = now }
  }
}

/// Which unix sockets are connected with which, read again now and then.
struct UnixPeers {
  /// The other end's inode of each, 0 for none.
  private var peers: [UInt64: UInt64] = [:]
  /// When that was listed, in nanoseconds since the system's start, and how long it took.
  private var read = Int64.min
  private var duration: Int64 = 0

  /// The inode of a unix socket's other end, 0 for none; nil where it is no unix socket.
  ///
  /// - Parameter life: how long a list is good for at least, in nanoseconds.
  mutating func peer(of inode: UInt64, life: Int64, _ list: () -> [SocketRecord]) -> UInt64? {
    let now = BootClock.nanosecondsSinceStart
    if read == .min || now &- read > max(duration &* 10, life) {
      peers = Dictionary(list().map { ($0.inode, $0.peerInode ?? 0) }, uniquingKeysWith: { first, _ in first })
      read = now
      duration = BootClock.nanosecondsSinceStart &- now
    }
    return peers[inode]
  }
}
