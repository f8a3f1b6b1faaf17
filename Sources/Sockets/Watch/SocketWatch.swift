import CLinux
import Linux

/// What became of a socket.
public struct SocketEvent: Sendable {
  /// What it is.
  public enum Kind: Sendable, Equatable {
    case appeared
    /// Its state or one of its ends is another one, or somebody has accepted it.
    case changed
    case gone
  }

  public var kind: Kind
  /// The socket as it was last seen.
  public var socket: SocketRecord
  /// The state before, where that has changed.
  public var previousState: SocketState?
  /// False for a socket that came and went between two scans, of which the kernel told at its end.
  public var wasSeen = true
}

/// Finds what became of sockets, from lists of them one after another and from what the kernel tells between those.
///
/// What is left of a TCP connection in time_wait is the kernel's memory of it, no socket: it has no inode and another
/// cookie than the socket had. It is left out, unless it is asked for.
public struct SocketWatch: Sendable {
  /// What tells a socket from every other one.
  private enum Key: Hashable {
    case cookie(UInt64)
    case inode(UInt64, namespace: UInt64)
    case ends(SocketFamily, UInt16, SocketAddress, SocketAddress?, namespace: UInt64)
  }

  private let withTimeWait: Bool
  private var known: [Key: SocketRecord] = [:]
  /// Those of which the kernel told that they went: an older list may still have them.
  private var ended: Set<Key> = []
  private var isFirst = true

  /// A watch that has seen nothing; `withTimeWait` says whether what is left of connections counts as sockets.
  public init(withTimeWait: Bool) {
    self.withTimeWait = withTimeWait
  }

  /// How many sockets there are.
  public var count: Int { known.count }

  /// What has become of sockets since the list before; nothing for the first list.
  public mutating func take(_ sockets: [SocketRecord]) -> [SocketEvent] {
    var present: [Key: SocketRecord] = [:]
    present.reserveCapacity(sockets.count)
    var events: [SocketEvent] = []
    for socket in sockets where counts(socket) {
      let key = Self.key(socket)
      // It was in the list, and went before the list was read to its end.
      guard !ended.contains(key) else { continue }
      present[key] = socket
      guard !isFirst else { continue }
      if let before = known[key] {
        if let event = Self.change(from: before, to: socket) { events.append(event) }
      } else {
        events.append(SocketEvent(kind: .appeared, socket: socket))
      }
    }
    let gone = known.filter { present[$0.key] == nil }.values.map { SocketEvent(kind: .gone, socket: $0) }
    known = present
    ended.removeAll(keepingCapacity: true)
    isFirst = false
    // Those that went make room for those that came: a port may be another one's now.
    return gone.sorted { Self.number($0.socket) < Self.number($1.socket) } + events
  }

  /// What the kernel told of a socket that went.
  public mutating func took(_ socket: SocketRecord) -> SocketEvent? {
    guard !isFirst else { return nil }
    let key = Self.key(socket)
    guard ended.insert(key).inserted else { return nil }
    if let before = known.removeValue(forKey: key) { return SocketEvent(kind: .gone, socket: before) }
    return SocketEvent(kind: .gone, socket: socket, wasSeen: false)
  }

  private func counts(_ socket: SocketRecord) -> Bool {
    if !withTimeWait, socket.inode == 0, socket.state == .timeWait || socket.state == .finWait2 { return false }
    return !socket.asksForASnapshot
  }

  private static func key(_ socket: SocketRecord) -> Key {
    if let cookie = socket.cookie, cookie != 0 { return .cookie(cookie) }
    if socket.inode != 0 { return .inode(socket.inode, namespace: socket.namespace) }
    return .ends(socket.family, socket.protocolNumber, socket.local, socket.remote, namespace: socket.namespace)
  }

  private static func number(_ socket: SocketRecord) -> UInt64 { socket.cookie ?? socket.inode }

  private static func change(from before: SocketRecord, to now: SocketRecord) -> SocketEvent? {
    let hasState = before.state != now.state
    let isAccepted = before.inode == 0 && now.inode != 0
    guard hasState || isAccepted || before.local != now.local || before.remote != now.remote else { return nil }
    return SocketEvent(kind: .changed, socket: now, previousState: hasState ? before.state : nil)
  }
}

extension SocketRecord {
  /// Whether it may be a second socket of a process that asks sock_diag(7) just now, as every scan does: the kernel
  /// gives it a port in the upper half, since the first one has the process's number.
  fileprivate var asksForASnapshot: Bool {
    guard family == .netlink, protocolNumber == UInt16(NETLINK_SOCK_DIAG), case .netlink(let port, let groups) = local
    else { return false }
    return groups.isEmpty && port > UInt32(Int32.max)
  }
}
