internal import CLinux
internal import Glibc
public import Linux
internal import Sockets
internal import Wire

/// What is needed of the seam to find owners.
public typealias OwnerDoor = FlowScoutDoor & HeldSocketDoor & HolderDoor & InterfaceDoor & ProcessDoor
  & ProcessEventDoor
  & ProcessListing & SocketDumpDoor & SocketUseDoor

/// Finds the socket at one end of a flow, and who holds it.
struct EndFinder<Door: OwnerDoor> {
  let door: Door
  let namespaces: NamespaceViews<Door>
  var holders = HolderSearch()
  var processes: ProcessRegistry
  /// Who uses sockets, where the kernel notes it.
  let uses: SocketUses?
  /// The processes of the last answer that names some.
  private(set) var lastHolders: [Int32] = []
  /// What was noted of the socket of the last answer before it was answered, if anything was.
  private(set) var lastMark: UInt32 = 0
  /// What the last answer was for the packet that asked, where some were started since that it names; nil where none was.
  private(set) var earlier: EndAnswer?
  /// Whether there are more flows at once than can be looked at one by one.
  var isFlooded = false
  private var recents: [LocalEnd: (answer: EndAnswer, time: Int64)] = [:]
  /// How long that is good for, in nanoseconds.
  private static var recentLife: Int64 { 100_000_000 }
  /// How many times longer than it is ago that its socket was seen alone an end must have been the same before that.
  private static var seenShare: Int64 { 8 }
  /// What was seen since then is new enough, in nanoseconds since the Epoch; and the oldest of what was answered from.
  private(set) var newEnough = Int64.max
  private(set) var oldestSeen = Int64.max
  /// Whether this program has every right to look into processes.
  let seesAll: Bool
  /// Who holds the listener of a port: who accepts its connections.
  var acceptors: [UInt16: [Int32]] = [:]
  /// When processes were seen to have no unix socket to somebody else, in nanoseconds since the system's start; and those that had
  /// one.
  var keepers: [Int32: Int64] = [:]
  var givers: Set<Int32> = []
  var askers = EchoAskers()
  /// Which process alone holds a listener, by the listener's inode, and since when that is known, in nanoseconds since the Epoch.
  var soleHolders: [UInt64: (process: Int32, since: Int64)] = [:]
  /// Whether more would be known if all processes were looked into.
  var wantsScan = false
  /// Whether a socket that nobody was noted to use yet is left alone: its process has it, and is about to use it.
  var awaitsUse = false
  /// Sockets that were just looked for in vain.
  private var missed: Set<UInt64> = []

  init(door: Door, _ namespaces: NamespaceViews<Door>, _ processes: ProcessRegistry, _ uses: SocketUses?) {
    self.door = door
    self.uses = uses
    self.namespaces = namespaces
    self.processes = processes
    let rights = (try? Capabilities.current())?.effective ?? []
    seesAll = rights.isSuperset(of: [.sysPtrace, .dacReadSearch]) || rights.isSuperset(of: [.sysPtrace, .dacOverride])
  }

  /// Looks for the socket at an end.
  mutating func sight(_ end: OwnedEnd, interface: Int32) -> EndSight {
    if let recent = recent(end) { return .answer(recent) }
    switch end.ends.kind {
    case .ports: break
    case .echoRequest, .echoReply: return sightEcho(end)
    case .other: return sightRaw(end)
    default: return .answer(.remote)
    }
    let (address, isGroup) = (end.address, end.address.isMulticast || namespaces.own.broadcasts.contains(end.address))
    if isGroup, end.isSource || end.ends.protocolNumber == .tcp { return .answer(.remote) }
    // A group is nobody's own: only who listens to it counts.
    if isGroup {
      let found = sight(end, in: namespaces.own, interface: interface)
      guard case .answer(let answer) = found, answer.isSettled else { return found }
      return .answer(.remote)
    }
    let found = sight(end, at: address, interface: interface)
    // The namespace may have been replaced by another one with the same address.
    guard case .answer(let answer) = found, answer.isLocal, answer.end.reason == .noSocket, namespaces.looksAgain()
    else { return found }
    return sight(end, at: address, interface: interface)
  }

  private mutating func sight(_ end: OwnedEnd, at address: InternetAddress, interface: Int32) -> EndSight {
    let (views, isCertain) = namespaces.owners(of: address)
    guard isCertain else {
      var answer = EndAnswer.remote
      answer.isSettled = false
      return .answer(answer)
    }
    var best = EndSight.answer(.remote)
    for view in views {
      let isOwn = view === namespaces.own
      let found = sight(end, in: view, interface: isOwn ? interface : 0)
      // What is captured here for an address that is here is of a socket here, if there is one.
      if isOwn, found.hasSocket { return found }
      best = best.joined(with: found)
    }
    return best
  }

  private mutating func sight(_ end: OwnedEnd, in view: NamespaceView<Door>, interface: Int32) -> EndSight {
    guard
      let socket = view.find(
        end.ends.protocolNumber, end.address, end.port, end.other, end.otherPort, interface: interface)
    else { return .answer(EndAnswer(local: .unattributed, .noSocket)) }
    if end.ends.protocolNumber == .tcp { return sightTCP(end, socket, in: view, interface: interface) }
    guard socket.inode != 0 else { return .answer(EndAnswer(local: .unattributed, .gone)) }
    let rivals = view.rivals(of: socket, end.address, end.port, interface: interface)
    if socket.remote != nil { return rivals.isEmpty ? .sockets([socket], .exact) : .sockets([socket] + rivals, .port) }
    // The one that the kernel chooses comes first.
    let fellows = view.fellows(of: socket, since: newEnough).filter { $0.inode != socket.inode }
    let others = rivals.filter { rival in !fellows.contains { $0.inode == rival.inode } }
    return .sockets([socket] + fellows + others, .port)
  }

  private mutating func sightTCP(
    _ end: OwnedEnd, _ socket: SocketRecord, in view: NamespaceView<Door>, interface: Int32
  ) -> EndSight {
    if socket.state == .listen { return .listener(view.fellows(of: socket, since: newEnough)) }
    if socket.inode != 0 {
      if mayHaveAccepted(end) { learnAcceptors(of: end, socket, in: view, interface: interface) }
      return .sockets([socket], .exact)
    }
    if socket.state == .timeWait || socket.state == .close {
      var answer = EndAnswer(local: .unattributed, .gone)
      // The kernel lets a new connection take the place of one that is over.
      answer.isSettled = !end.ends.begins
      return .answer(answer)
    }
    // Nobody has accepted it yet, or its process has closed it and the kernel ends it alone.
    guard
      socket.state == .synReceived || socket.state == .newSynReceived || socket.state == .established
        || socket.state == .closeWait,
      let listener = view.findListener(end.address, end.port, for: end.otherPort, interface: interface)
    else { return .answer(EndAnswer(local: .unattributed, .gone)) }
    return .sockets(view.fellows(of: listener, since: newEnough), .listener)
  }

  /// In a flood of flows to one socket, what was found for it a moment ago; nil where it has to be looked at.
  private func recent(_ end: OwnedEnd) -> EndAnswer? {
    guard isFlooded, end.ends.protocolNumber != .tcp, let known = recents[LocalEnd(end)],
      BootClock.nanosecondsSinceStart &- known.time < Self.recentLife
    else { return nil }
    return known.answer
  }

  /// Keeps what was found for a socket without a peer.
  mutating func remember(_ answer: EndAnswer, of end: OwnedEnd) {
    guard answer.end.method == .port, answer.isSettled else { return }
    if recents.count > 1 << 10 { recents.removeAll() }
    recents[LocalEnd(end)] = (answer, BootClock.nanosecondsSinceStart)
  }

  /// Begins to look at a flow because of a packet: that a socket was held when or after it was captured holds for it, and
  /// need not be looked at for each packet of a burst.
  mutating func begin(becauseOf time: Int64) {
    newEnough = time
    oldestSeen = .max
    missed.removeAll(keepingCapacity: true)
  }

  /// Looks into the likeliest processes for the socket at an end.
  mutating func seek(_ sight: EndSight) {
    guard case .sockets(let sockets, .exact) = sight else { return }
    for socket in sockets where socket.inode != 0 && soleUser(of: socket) == nil && !awaitsUse(of: socket) {
      if !holders.seek(socket.inode, since: newEnough, hint: likelyHolders(of: socket), through: door) {
        missed.insert(socket.inode)
      }
    }
  }

  /// Who an end belongs to, of which that was seen.
  mutating func answer(_ sight: EndSight) -> EndAnswer {
    lastHolders = []
    lastMark = 0
    earlier = nil
    switch sight {
    case .answer(let answer): return answer
    case .sockets(let sockets, let method): return answer(holding: sockets, method)
    case .listener(let sockets): return answer(holding: sockets, .listener)
    }
  }

  /// The processes that hold one of some sockets.
  mutating func answer(holding sockets: [SocketRecord], _ method: AttributionMethod) -> EndAnswer {
    var answer = EndAnswer(local: .unattributed, .noHolder)
    var found: [Int32] = []
    var users: [Int32: SocketUse] = [:]
    var holding = 0
    lastMark = 0
    for socket in sockets where socket.inode != 0 {
      // What is noted from here on changes what is said here.
      lastMark = socket.cookie.flatMap { uses?.mark(ofCookie: $0) } ?? 0
      if method != .listener, let user = soleUser(of: socket) {
        holding += 1
        users[user.process] = user
        if !found.contains(user.process) { found.append(user.process) }
        continue
      }
      if method == .exact, awaitsUse(of: socket) {
        answer.isSettled = false
        continue
      }
      if method != .listener { meetUser(of: socket) }
      // What was just looked for in vain may have been seen since, but nowhere else.
      let isMissed = missed.contains(socket.inode) && holders.known(socket.inode).isEmpty
      let holds =
        isMissed
        ? []
        : holders.find(
          socket.inode, since: newEnough, hint: method == .exact ? likelyHolders(of: socket) : [], through: door)
      oldestSeen = min(oldestSeen, holders.lastSeen)
      if holds.isEmpty {
        if !holders.isInVain(socket.inode) { answer.isSettled = false }
      } else {
        holding += 1
        for hold in holds where !found.contains(hold.process) { found.append(hold.process) }
      }
    }
    // It is of one socket.
    if sockets.count != 1 { lastMark = 0 }
    // Who was started after the packet has not accepted its connection.
    let all = found.count
    if method == .listener { found.removeAll { processes.began($0, after: newEnough) } }
    answer.isHandedOn = method == .listener && (found.count < all || found.contains { holders.hasChildren($0) })
    // All of one process are as one: the kernel chooses the first.
    let isOne = sockets.count == 1 || method != .listener && found.count == 1 && answer.isSettled
    if let socket = sockets.first {
      answer.end.inode = isOne ? socket.inode : 0
      answer.end.cookie = isOne ? socket.cookie ?? 0 : 0
      answer.end.socketType = Self.number(of: socket.type)
    }
    // Whoever holds a listener may accept; whoever holds a connection has it.
    let isOneOfSeveral = !isOne || method == .listener
    let placeBefore = method == .listener ? nil : placeBefore(found, isOneOfSeveral)
    guard !found.isEmpty, let place = processes.place(of: found, users, isOneOfSeveral: isOneOfSeveral, through: door)
    else {
      // Who may look into all processes is not told that he may not: some are closed to everybody.
      if answer.isSettled, holders.unreadableProcesses > 0, !seesAll { answer.end.reason = .forbidden }
      return answer
    }
    answer.place = place
    answer.isShared = found.count > 1
    lastHolders = found
    if method == .listener, case .internet(_, let port, _)? = sockets.first?.local {
      keep(acceptors: found, of: port)
    }
    answer.end.method = method == .port && isOne && sockets.first?.remote != nil ? .exact : method
    answer.end.reason = .none
    // Among several it will be known which, once the connection is accepted.
    answer.isSettled = answer.isSettled && !(method == .listener && found.count > 1)
    if let placeBefore {
      earlier = answer
      earlier?.place = placeBefore
      earlier?.isShared = processes.isGroup(placeBefore)
    }
    return answer
  }

  /// The place of those that held a socket when the packet was captured, where some that hold it now were started since:
  /// they have it from those that did. nil where none was.
  private mutating func placeBefore(_ found: [Int32], _ isOneOfSeveral: Bool) -> UInt32? {
    var before = found.filter { !processes.began($0, after: newEnough) }
    guard before.count < found.count else { return nil }
    if before.isEmpty {
      for process in found {
        let origin = holders.ancestor(of: process) { !processes.began($0, after: newEnough) }
        if let origin, !before.contains(origin) { before.append(origin) }
      }
    }
    return processes.place(of: before, isOneOfSeveral: isOneOfSeveral, through: door)
  }

  /// Whether the owner of an end is surely the same as when it was last looked at.
  ///
  /// - Parameters:
  ///   - beginning: from when on it was the same.
  ///   - time: when it was last looked at.
  mutating func isUnchanged(
    _ answer: EndAnswer, of end: OwnedEnd, interface: Int32, from beginning: Int64, since time: Int64
  ) -> Bool {
    guard answer.end.inode != 0, answer.isSettled else { return false }
    switch answer.end.method {
    case .exact: break
    case .port:
      guard isStillChosen(answer, for: end, interface: interface, from: beginning) else { return false }
    default: return false
    }
    if hasOtherUser(answer) { return false }
    if isStillUsedAlone(answer) {
      return !processes.processes(at: answer.place).contains { processes.hasChanged($0, since: time) }
    }
    // It may have been found since that others hold it, too.
    let known = holders.known(answer.end.inode)
    guard known.contains(where: { $0 != known.first }) == answer.isShared else { return false }
    for process in known where processes.hasChanged(process, since: time) { return false }
    let isUnchanged = holders.isUnchanged(answer.end.inode, since: newEnough, through: door)
    oldestSeen = min(oldestSeen, holders.lastSeen)
    return isUnchanged
  }

  /// Who alone holds the socket at an end, where that says whose the end is; nil where more has to be looked at.
  ///
  /// It changes nothing: a value of this size that is only read is copied for it.
  mutating func hold(of answer: EndAnswer) -> SocketHold? {
    // A process that becomes another program keeps its sockets: the kernel has to tell of it.
    guard answer.end.method == .exact, answer.isSettled, !answer.isShared, processes.hearsOfChanges else { return nil }
    if isStillUsedAlone(answer), let process = processes.processes(at: answer.place).first {
      return SocketHold(process: process, descriptor: SocketHold.noted)
    }
    return holders.onlyHold(of: answer.end.inode)
  }

  /// Whether the kernel still gives the packets of a flow to a socket without a peer: another one may have been connected to
  /// just that peer, or have come to the group.
  private mutating func isStillChosen(
    _ answer: EndAnswer, for end: OwnedEnd, interface: Int32, from beginning: Int64
  ) -> Bool {
    guard end.ends.kind == .ports, !end.address.isMulticast, !answer.isShared else { return false }
    let views = namespaces.owners(of: end.address).views
    guard views.count == 1, let view = views.first else { return false }
    // What was seen for all flows at once is new enough for one that was long so.
    let number = UInt16(end.ends.protocolNumber.rawValue)
    if let seen = view.seenAlone(answer.end.inode, number, end.port, since: newEnough) {
      // How long it has been so says how long it is likely to be so still.
      let length = seen.last &- min(beginning, seen.since)
      if seen.last >= newEnough || length > (BootClock.nanosecondsSinceEpoch &- seen.last) &* Self.seenShare {
        oldestSeen = min(oldestSeen, max(seen.last, newEnough))
        return true
      }
    }
    let socket = view.find(
      end.ends.protocolNumber, end.address, end.port, end.other, end.otherPort,
      interface: view === namespaces.own ? interface : 0)
    guard let socket, socket.inode == answer.end.inode, socket.cookie == answer.end.cookie else { return false }
    return view.rivals(
      of: socket, end.address, end.port, interface: view === namespaces.own ? interface : 0
    ).isEmpty
  }

  static func number(of type: SocketType) -> UInt8 {
    switch type {
    case .stream: UInt8(SOCK_STREAM.rawValue)
    case .datagram: UInt8(SOCK_DGRAM.rawValue)
    case .raw: UInt8(SOCK_RAW.rawValue)
    case .sequencedPacket: UInt8(SOCK_SEQPACKET.rawValue)
    }
  }
}
