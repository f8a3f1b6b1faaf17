internal import Linux
internal import Wire

/// What was found of flows a while ago: two generations, so that what is not asked for again is forgotten.
struct OwnerHistory {
  /// What was found of a flow.
  struct Entry {
    var key: FlowKey
    var ends: FrameEnds
    var lower = EndMemory()
    var upper = EndMemory()
    var interface: Int32 = 0
    /// When it was looked at last, in nanoseconds since the Epoch.
    var found: Int64 = 0
    /// The packet that asked last, in nanoseconds since the Epoch.
    var asked: Int64 = 0
    /// How often it was looked at, and when it shall be again, in nanoseconds since the system's start; 0: not.
    var looks = 0
    var next: Int64 = 0
    /// When the connection began, in nanoseconds since the Epoch, and whether its lower end accepted it; 0: that was not seen.
    var began: Int64 = 0
    var isAcceptedBelow = false
    /// Whether that end was seen to have a socket of its own: what is translated on its way to another address has none here.
    var isTraced = false
    /// Whether its process has had a child, so that it may soon be another's.
    var isShared = false

    /// Takes what was found by what the kernel noted, as if it had been looked at.
    mutating func take(_ noted: OwnerAnswer) {
      lower = EndMemory(answer: noted.lower, since: noted.lowerSince)
      upper = EndMemory(answer: noted.upper, since: noted.upperSince)
      (lower.closed, upper.closed) = (noted.lowerClosed, noted.upperClosed)
      (lower.alive, upper.alive) = (noted.found, noted.found)
      (lower.mark, upper.mark) = (noted.lowerMark, noted.upperMark)
      found = noted.found
      looks = max(looks, 1)
      (isShared, next) = (false, 0)
    }

    /// Whether the packet that it was looked at for last came from its lower end.
    var isSourceLower: Bool {
      var sourceIsLower = true
      _ = FlowKey(ends, sourceIsLower: &sourceIsLower)
      return sourceIsLower
    }
    /// Whether the answer for an end would be better with more known of who holds what.
    var isUnsettled: Bool { !lower.answer.isSettled || !upper.answer.isSettled }
    /// Whether what was found holds for a segment that begins a connection, too: it is the one that it was found for, seen again.
    func isBegun(by time: Int64, within same: Int64) -> Bool {
      ends.begins && abs(time &- began) < same && lower.since <= time && upper.since <= time
    }
    /// Whether a socket of it is still open, as far as is known.
    var isOpen: Bool { lower.isOpen || upper.isOpen }
  }

  /// What was found of one end.
  struct EndMemory {
    var answer = EndAnswer()
    /// The packet from which on it holds, in nanoseconds since the Epoch.
    var since: Int64 = 0
    /// When its socket was closed; 0 for one that is open, as far as is known.
    var closed: Int64 = 0
    /// When its socket was seen last, in nanoseconds since the Epoch.
    var alive: Int64 = 0
    /// When its owner used its socket last, as far as that was noted before another did, in nanoseconds since the Epoch.
    var used: Int64 = 0
    /// Whether it was looked for in vain since.
    var isOver = false
    /// What was noted of its socket before it was looked at last (`SocketUses.mark`), where nobody else can use it unnoted.
    var mark: UInt32 = 0

    /// Its socket was found to have gone: it was its user's since that was started.
    mutating func end(_ gone: GoneSockets.Socket, hasBegun: Bool) {
      since = max(since, hasBegun ? gone.user.started : gone.user.since &- GoneSockets.lag)
      closed = gone.told
    }

    /// Whether a process of this machine has it, and its socket is open as far as is known.
    var isOpen: Bool { answer.isLocal && answer.hasProcess && closed == 0 && !isOver }

    /// Whether the kernel will tell more of this end: it is not known to be over.
    var awaits: Bool { answer.awaits && !isOver }

    /// Whether a packet is surely of the socket, though that is gone by now: none of another one with the same ends.
    func covers(_ ends: FrameEnds, _ time: Int64) -> Bool {
      switch ends.protocolNumber {
      case .tcp:
        // Another connection begins with a segment of its own; the one that began this may be asked about again.
        return !ends.begins || time <= max(since, alive)
      case .icmp, .icmpv6: return true
      default: return time <= max(alive, closed)
      }
    }
  }

  /// How many flows a generation has.
  private static let most = 1 << 14

  private var young: [FlowKey: Entry] = [:]
  private var old: [FlowKey: Entry] = [:]
  /// Which flow a socket is of, by its cookie.
  private var youngCookies: [UInt64: FlowKey] = [:]
  private var oldCookies: [UInt64: FlowKey] = [:]
  /// Which flows a process was found to be an end of.
  private var youngOwners: [Int32: Set<FlowKey>] = [:]
  private var oldOwners: [Int32: Set<FlowKey>] = [:]

  /// What was found of a flow.
  func find(_ key: FlowKey) -> Entry? { young[key] ?? old[key] }

  /// The flow of a socket.
  func flow(ofCookie cookie: UInt64) -> Entry? {
    (youngCookies[cookie] ?? oldCookies[cookie]).flatMap { find($0) }
  }

  /// The flows that a process was found to be an end of.
  func flows(of process: Int32) -> Set<FlowKey> {
    (youngOwners[process] ?? []).union(oldOwners[process] ?? [])
  }

  /// Those of them whose sockets are still open; the others are forgotten. `isOver`: whether a socket is known to be of a connection
  /// that is over, by its cookie.
  mutating func openFlows(of process: Int32, _ isOver: (UInt64) -> Bool) -> Set<FlowKey> {
    guard youngOwners[process] != nil || oldOwners[process] != nil else { return [] }
    let open = flows(of: process).filter { key in
      guard let entry = find(key), entry.isOpen else { return false }
      return [entry.lower, entry.upper].contains { $0.isOpen && !isOver($0.answer.end.cookie) }
    }
    youngOwners[process] = open.isEmpty ? nil : open
    oldOwners[process] = nil
    return open
  }

  /// Remembers that a process was found to be an end of a flow.
  mutating func note(_ process: Int32, _ key: FlowKey) { youngOwners[process, default: []].insert(key) }

  /// Keeps what was found.
  mutating func keep(_ entry: Entry) {
    if young.count >= Self.most {
      swap(&old, &young)
      young.removeAll(keepingCapacity: true)
      swap(&oldCookies, &youngCookies)
      youngCookies.removeAll(keepingCapacity: true)
      swap(&oldOwners, &youngOwners)
      youngOwners.removeAll(keepingCapacity: true)
    }
    young[entry.key] = entry
    for end in [entry.lower.answer.end, entry.upper.answer.end] where end.method == .exact && end.cookie != 0 {
      youngCookies[end.cookie] = entry.key
    }
  }
}
