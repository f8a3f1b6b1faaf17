internal import Glibc
internal import Linux
internal import Sockets

/// Sockets of one protocol in a network namespace, as they were listed.
struct SocketList {
  /// What is listed.
  struct Key: Hashable {
    var protocolNumber: UInt16
    var isListening: Bool

    /// Who listens for connections of TCP.
    static var listeners: Key { Key(protocolNumber: UInt16(IPPROTO_TCP), isListening: true) }
    /// The sockets of UDP.
    static var datagrams: Key { Key(protocolNumber: UInt16(IPPROTO_UDP), isListening: false) }
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

/// Which socket alone listens at each port, at whatever address, and since when that is known.
struct LonelyListeners {
  private struct Listener {
    var inode: UInt64
    /// In nanoseconds since the Epoch.
    var since: Int64
  }

  private var all: [UInt16: Listener] = [:]
  /// When all that listen were listed last, in nanoseconds since the Epoch.
  private(set) var read = Int64.min

  /// Whether a socket has alone listened at a port from a time on until all were listed last, in nanoseconds since the Epoch.
  func include(_ inode: UInt64, _ port: UInt16, since time: Int64) -> Bool {
    all[port].map { $0.inode == inode && $0.since <= time } ?? false
  }

  /// Their inodes.
  var inodes: [UInt64] { all.values.map(\.inode) }

  /// Takes all sockets that listen, which were listed from a time on.
  mutating func take(_ sockets: [SocketRecord], read time: Int64) {
    let now = BootClock.nanosecondsSinceEpoch
    var found: [UInt16: Listener] = [:]
    var several: Set<UInt16> = []
    for socket in sockets {
      guard case .internet(_, let port, _) = socket.local else { continue }
      if found[port] != nil { several.insert(port) }
      let since = all[port].flatMap { $0.inode == socket.inode ? $0.since : nil } ?? now
      found[port] = Listener(inode: socket.inode, since: since)
    }
    all = found.filter { !several.contains($0.key) }
    read = time
  }

  /// A socket without a peer has gone that had a port: it may have listened there, too, since all were listed last.
  mutating func forget(_ port: UInt16) { all[port] = nil }

  /// Some of those that have gone were not told of.
  mutating func forgetAll() { all.removeAll() }
}

/// Whether all that listen are known, since nobody has begun to or ended it since they were listed.
struct KnownListeners {
  /// So long after the kernel has counted one that begins to listen, in nanoseconds, it can be found, and one that ends it not.
  private static let delay: Int64 = 5_000_000

  /// Who counts them.
  var uses: SocketUses?
  /// How often that was so when they were listed, and since when it was that often, in nanoseconds since the system's start.
  private var count: UInt64 = 0
  private var since = Int64.max
  /// Whether they were listed so long after that that the last one was found, and none has gone since.
  private var isComplete = false

  /// They are about to be listed.
  mutating func begin(_ now: Int64) {
    guard let uses else { return }
    let counted = uses.listens
    if counted != count || since == .max { (count, since) = (counted, now) }
    isComplete = now &- since > Self.delay
  }

  /// One has gone.
  mutating func forget() { isComplete = false }

  /// Whether any has begun to listen, or ended it, since they were listed.
  var haveChanged: Bool { uses.map { $0.listens != count } ?? false }

  /// Whether those that were listed are all.
  var areAll: Bool { isComplete && uses?.listens == count }
}

/// Which unix sockets are connected with which, read again now and then.
struct UnixPeers {
  /// The other end's inode of each, 0 for none.
  private var peers: [UInt64: UInt64] = [:]
  /// When that was listed, in nanoseconds since the system's start, and how long it took.
  private var read = Int64.min
  private var duration: Int64 = 0

  /// The other end's inode of each unix socket, 0 for none, as it was at a time or later, in nanoseconds since the system's start;
  /// nil where that cannot be had: to list them may take a tenth of the time.
  mutating func peers(since time: Int64, _ list: () -> [SocketRecord]?) -> [UInt64: UInt64]? {
    if read >= time { return peers }
    let now = BootClock.nanosecondsSinceStart
    guard read == .min || now &- read > duration &* 10, let sockets = list() else { return nil }
    peers = Dictionary(sockets.map { ($0.inode, $0.peerInode ?? 0) }, uniquingKeysWith: { first, _ in first })
    read = now
    duration = BootClock.nanosecondsSinceStart &- now
    return peers
  }
}
