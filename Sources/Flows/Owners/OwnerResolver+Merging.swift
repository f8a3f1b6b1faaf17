internal import Linux
internal import Sockets
internal import Wire

/// How what is found of a flow goes together with what was found before.
extension OwnerResolver {
  /// Puts together what is found now and what was.
  ///
  /// - Parameter isGone: whether the socket was found by what was told of it when it had gone.
  func merge(
    _ found: EndAnswer, into memory: inout OwnerHistory.EndMemory, _ ends: FrameEnds, time: Int64, now: Int64,
    isGone isToldGone: Bool = false
  ) {
    let known = memory.answer
    // A datagram is of a socket that was there: one that came later is another one.
    let hadNone =
      ends.kind == .ports && ends.protocolNumber != .tcp && known.hasNoSocket && !finder.namespaces.looksIntoAll
    if found.hasProcess {
      let isSame =
        found.end.cookie == known.end.cookie && found.place == known.place && found.end.method == known.end.method
      // What was known of this end before its owner was found holds for the packets of then, too.
      let isBetter =
        memory.since != 0 && (!known.hasProcess || known.end.method == .listener) && (!hadNone || isToldGone)
      // The same socket is another's, or its owner another program: that may have been heard of.
      let change = finder.processes.lastChange
      let isSameSocket = !isBetter && found.end.cookie == known.end.cookie
      if !isSame {
        // What it was named before that is not known.
        // Who began after a packet was captured has not sent it.
        var since = max(isBetter ? memory.since : time, change)
        // It was still the earlier owner's when that was seen last, or used it.
        if isSameSocket { since = change > memory.alive ? change : memory.alive &+ 1 }
        // A connection begins with a segment of its own, which is still to come where this is not it.
        if known.hasProcess, !isBetter, !isSameSocket, ends.protocolNumber == .tcp, !ends.begins { since = now }
        memory = OwnerHistory.EndMemory(answer: found, since: since)
      }
      if isSame, ends.begins { memory.since = min(memory.since, max(time, change)) }
      memory.closed = 0
      memory.isOver = false
      memory.alive = now
      return
    }
    // The socket is there, and nobody has it: it may be on its way to another process, which is noted when it uses it.
    if memory.mark != 0, found.end.cookie != 0, found.end.cookie == known.end.cookie {
      memory.answer.isSettled = found.isSettled
      return
    }
    // The socket is gone, and its last packets are its all the same.
    let isGone = found.isSettled || found.end.reason == .gone
    if known.end.method == .exact || known.end.method == .port, found.isLocal, isGone, memory.covers(ends, time) {
      memory.isOver = true
      if finder.hadManyUsers(memory) {
        memory = OwnerHistory.EndMemory(answer: EndAnswer(local: .unattributed, .gone), since: memory.alive &+ 1)
        return
      }
      // Unless it was another's by then: one that ended had it to its end.
      guard isAfterSilence, time > memory.alive, !finder.isStillSoleUser(known),
        finder.mayHaveHandedOn(known)
      else {
        return
      }
      memory = OwnerHistory.EndMemory(answer: EndAnswer(local: .unattributed, .gone), since: time)
      return
    }
    // What came after it was seen to wait for being accepted is not the listener's for certain.
    if known.end.method == .listener, known.hasProcess, found.isLocal, memory.alive > 0 {
      memory = OwnerHistory.EndMemory(answer: found, since: min(time, memory.alive &+ 1))
      return
    }
    guard found != known || memory.since == 0 else { return }
    // Nobody was known before, nor is now: whoever is found later was it all the time.
    let isUnknown =
      known.isLocal && found.isLocal && !known.hasProcess && memory.since != 0 && !ends.begins
      && (!hadNone || found.hasNoSocket)
    // What came before it was seen last is still the former one's: another one may be about to get the socket.
    memory = OwnerHistory.EndMemory(
      answer: found,
      since: isUnknown
        ? memory.since
        : known.end.method == .exact || known.end.method == .port
          ? max(time, memory.alive &+ 1) : time)
  }

  /// So often it is waited for that a process which is ending has ended.
  private static var looksForEnd: Int { 4 }

  /// Who had the socket of an end that has gone, where the kernel noted it; nil where that is not known, or where it is known
  /// who owns the packet that asked.
  ///
  /// `isToBeTold`: whether the kernel may be about to tell of that socket.
  func goneOwner(
    of end: OwnedEnd, _ sight: EndSight, _ found: EndAnswer, _ memory: OwnerHistory.EndMemory,
    _ entry: OwnerHistory.Entry
  ) -> (socket: GoneSockets.Socket?, isToBeTold: Bool) {
    let known = memory.answer
    guard destroyEvents != nil, finder.uses != nil, end.ends.kind == .ports,
      !known.hasProcess || known.awaits || !memory.covers(end.ends, entry.asked),
      finder.namespaces.owners(of: end.address).views.allSatisfy({ $0 === finder.namespaces.own })
    else { return (nil, false) }
    switch sight {
    case .sockets:
      // Who is noted to use it and has ended is believed once it has gone, too.
      guard !found.hasProcess, finder.isNoted(sight) else { return (nil, false) }
      // Of one that is ending that will soon be heard.
      if users != nil, end.ends.protocolNumber == .tcp { return (nil, entry.looks <= Self.looksForEnd) }
    case .answer(let answer) where !answer.isLocal || answer.end.method != .unattributed: return (nil, false)
    case .answer, .listener:
      if users != nil, end.ends.protocolNumber == .tcp { return (notedSocket(of: end, sight, entry), false) }
      let isLower = end.isSource == entry.isSourceLower
      let socket = gone.find(
        end, of: entry.key, at: entry.asked, connectionOf: end.ends.protocolNumber == .tcp ? entry.began : 0,
        hasAccepted: isLower == entry.isAcceptedBelow)
      if let socket { return (socket, false) }
    }
    gone.miss(end, of: entry.key)
    // One that listens may accept it still. In a flood of packets to nobody none waits.
    if case .listener = sight, end.ends.begins { return (nil, false) }
    let age = BootClock.nanosecondsSinceEpoch &- entry.asked
    return (nil, !finder.isFlooded && abs(age) < GoneSockets.telling)
  }

  /// The socket of a connection that is over, by what the kernel noted of it.
  private func notedSocket(
    of end: OwnedEnd, _ sight: EndSight, _ entry: OwnerHistory.Entry
  ) -> GoneSockets.Socket? {
    let isLower = end.isSource == entry.isSourceLower
    let beginning = ConnectionBeginning(time: entry.began, isAccepted: isLower == entry.isAcceptedBelow)
    let ends = end.connection(in: UInt32(truncatingIfNeeded: finder.namespaces.own.inode))
    let clock = KernelClock()
    guard let uses = finder.uses, let found = uses.connection(ends), found.covers(entry.asked, beginning, clock),
      found.isNoted(since: uses.began, entry.asked, beginning), found.isOn(entry.interface),
      // The kernel may still be ending it alone.
      found.closed != 0 || sight.isTrace,
      let user = uses.last(ofCookie: found.cookie), !user.isShared, user.process == found.process
    else { return nil }
    let now = BootClock.nanosecondsSinceEpoch
    return GoneSockets.Socket(
      cookie: found.cookie, inode: found.inode, type: .stream, local: end.address, port: end.port, isIPv6Only: false,
      user: user,
      told: found.closed == 0 ? now : clock.time(ofMonotonic: found.closed))
  }

  /// Who accepted a connection that is over before that was seen, where it can be only one process; nil where that is not sure,
  /// or where the owner is known.
  func acceptor(of end: OwnedEnd, _ sight: EndSight, _ found: EndAnswer, _ entry: OwnerHistory.Entry) -> EndAnswer? {
    // That nobody else came to listen meanwhile, the kernel has to tell.
    guard entry.isTraced, destroyEvents != nil, end.ends.protocolNumber == .tcp, found.isLocal else { return nil }
    let known = (entry.isAcceptedBelow ? entry.lower : entry.upper).answer
    if known.hasProcess, known.end.method == .exact || known.isShared { return nil }
    // It was looked for in all processes, and that which listens did not have it.
    if known.isSettled, known.end.inode != 0, !known.hasProcess { return nil }
    if case .listener = sight {
      // It may be about to begin.
      guard !end.ends.begins else { return nil }
    } else {
      guard found.end.method == .unattributed, found.end.reason == .gone, found.isSettled else { return nil }
    }
    guard let found = finder.acceptor(of: end, since: entry.began, interface: entry.interface) else { return nil }
    // Another one that listened may have gone while that was found out.
    noteGoneSockets()
    let listeners = finder.namespaces.own
    return listeners.hasListenedAlone(found.end.inode, end.port, since: entry.began) ? found : nil
  }

  /// The same where there is a listener, and no trace of the connection.
  func merge(
    listener found: EndAnswer, into memory: inout OwnerHistory.EndMemory, _ entry: inout OwnerHistory.Entry, time: Int64
  ) {
    if entry.ends.begins, entry.looks == 1, !memory.covers(entry.ends, time) || !memory.answer.hasProcess {
      // It is about to begin: what comes after this segment is not the listener's for certain.
      memory = OwnerHistory.EndMemory(answer: found, since: time)
      memory.alive = time
      entry.found = time
      return
    }
    var gone = EndAnswer(local: .unattributed, .gone)
    gone.isSettled = true
    let before = memory.alive
    let isListener = memory.answer.end.method == .listener
    merge(gone, into: &memory, entry.ends, time: isListener ? before &+ 1 : time, now: entry.found)
  }
}
