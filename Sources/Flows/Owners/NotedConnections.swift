internal import Linux
internal import Sockets
internal import Wire

/// Finds the owners of TCP's connections by what the kernel notes of their sockets: memory is read, and nobody is asked.
///
/// Only where what is noted says all: one process alone has used the socket, and what it is is known already.
struct NotedConnections {
  /// What is found of an end.
  enum End {
    case owner(NotedEnd)
    /// Nothing is noted yet of a socket that may soon be used.
    case none
    /// There is more to be looked at.
    case unsure
  }

  /// How long it is used that the clocks were looked at, in nanoseconds.
  private static let clockLife: Int64 = 100_000_000

  private let uses: SocketUses
  private let namespace: UInt32
  private var processes: [Int32: KnownProcess] = [:]
  private var clock = KernelClock()
  private var clockRead: Int64

  /// By what is noted of the sockets in a network namespace, which its inode's number names.
  init(_ uses: SocketUses, namespace: UInt64) {
    self.uses = uses
    self.namespace = UInt32(truncatingIfNeeded: namespace)
    clockRead = BootClock.nanosecondsSinceEpoch
  }

  /// Takes what became known of processes, and which of them are not what they were.
  mutating func take(_ news: KnownProcess.News) {
    if news.areAllForgotten { processes.removeAll() }
    for process in news.forgotten { processes[process] = nil }
    for known in news.known { processes[known.process] = known }
  }

  /// Who has the socket at an end of this machine, by a packet of it.
  ///
  /// - Parameters:
  ///   - time: when the packet was captured, in nanoseconds since the Epoch.
  ///   - connection: when its connection began, and whether this end accepted it.
  ///   - interface: the index of the one that it came or went by, 0 where that is not known.
  ///   - now: the present time.
  mutating func end(
    _ end: OwnedEnd, at time: Int64, _ connection: ConnectionBeginning, interface: Int32, now: Int64
  ) -> End {
    if abs(now &- clockRead) > Self.clockLife {
      clock = KernelClock()
      clockRead = now
    }
    guard let found = uses.connection(end.connection(in: namespace)), found.process != 0,
      found.covers(time, connection, clock)
    else {
      return .none
    }
    guard found.before == 0, found.isNoted(since: uses.began, time, connection), found.isOn(interface),
      let process = processes[found.process], process.is(found.start, found.name),
      // What was started or became what it is after the packet has not sent it.
      clock.time(sinceStart: found.start) <= time, process.since <= time
    else { return .unsure }
    var answer = EndAnswer(local: .exact)
    answer.end.cookie = found.cookie
    answer.end.inode = found.inode
    answer.end.socketType = EndFinder<OwnInspection>.number(of: .stream)
    answer.place = process.place
    let first = clock.time(ofMonotonic: found.opened != 0 ? found.opened : found.since)
    return .owner(
      NotedEnd(
        answer: answer, since: connection.time != 0 && connection.time <= time ? connection.time : min(first, time),
        closed: clock.time(ofMonotonic: found.closed), mark: found.mark, process: found.process))
  }
}

/// When a connection began, as far as that was seen.
struct ConnectionBeginning: Sendable, BitwiseCopyable {
  /// In nanoseconds since the Epoch; 0: it was not seen.
  var time: Int64 = 0
  /// Whether the end at hand has accepted it.
  var isAccepted = false
}

/// What is noted of an end.
struct NotedEnd {
  var answer: EndAnswer
  /// From when on the connection was, and when it was over, or 0, in nanoseconds since the Epoch.
  var since: Int64
  var closed: Int64
  var mark: UInt32
  var process: Int32
}

extension SocketConnection {
  /// How long after its first segment a connection is established at most until more has to be looked at, in nanoseconds: that may
  /// have been in vain.
  private static var handshake: Int64 { 100_000_000 }

  /// Whether a packet with the connection's ends is of it, and of no other with the same.
  ///
  /// - Parameter time: when it was captured, in nanoseconds since the Epoch.
  func covers(_ time: Int64, _ beginning: ConnectionBeginning, _ clock: KernelClock) -> Bool {
    let (since, closed) = (clock.time(ofMonotonic: since), clock.time(ofMonotonic: closed))
    let opened = opened != 0 ? clock.time(ofMonotonic: opened) : since
    let isSeen = beginning.time != 0 && beginning.time <= time
    // Another one with the same ends was over by then.
    guard (isSeen ? beginning.time : time) > clock.time(ofMonotonic: previous) else { return false }
    guard isSeen else { return time >= opened && (closed == 0 || time <= closed) }
    // Its last segments may come a moment after it is over.
    guard closed == 0 || beginning.time <= closed && time <= closed &+ GoneSockets.lag else { return false }
    // Who begins to connect is noted just before its first segment, and who accepts after it.
    let first = beginning.isAccepted ? opened : since
    guard first >= beginning.time &- GoneSockets.lag else { return false }
    return time >= first || first <= beginning.time &+ (beginning.isAccepted ? Self.handshake : GoneSockets.lag)
  }
}

extension SocketConnection {
  /// Whether whoever used its socket for a packet was noted, which is so since a time: another one may have used it before.
  func isNoted(since began: Int64, _ time: Int64, _ beginning: ConnectionBeginning) -> Bool {
    time >= began && (opened != 0 || beginning.time == 0 || beginning.time >= began)
  }

  /// Whether it may have packets of an interface, 0 for one that is not known: on another one another socket may have the same ends.
  func isOn(_ interface: Int32) -> Bool { self.interface == 0 || self.interface == UInt32(bitPattern: interface) }
}
