internal import Linux
internal import Sockets
internal import Wire

/// Who uses a socket, where the kernel has noted it: then nobody need be looked for.
///
/// What the resolver calls is `mutating` though it changes nothing: a value of this size that is only read is copied for it.
extension EndFinder {
  /// The process that uses a socket alone; nil where that is not known, or where others used it, too.
  func soleUser(of socket: SocketRecord) -> SocketUse? {
    // One that has ended may have left it to those that it has started.
    guard let cookie = socket.cookie, let use = uses?.last(ofCookie: cookie), !use.isShared,
      processes.isAlive(use, through: door) || processes.hasEndedChildless(use.process)
    else { return nil }
    return use
  }

  /// Whether a socket will be noted to be somebody's soon: it need not be looked for in processes.
  func awaitsUse(of socket: SocketRecord) -> Bool {
    guard awaitsUse, let uses, let cookie = socket.cookie, uses.last(ofCookie: cookie) == nil else { return false }
    // Not what is never noted, such as a socket of the kernel's own.
    return !holders.isInVain(socket.inode) && holders.known(socket.inode).isEmpty
  }

  /// Whether a socket that was seen will be.
  mutating func awaitsUse(_ sight: EndSight) -> Bool {
    guard case .sockets(let sockets, .exact) = sight else { return false }
    return sockets.contains { awaitsUse(of: $0) }
  }

  /// The processes that are the likeliest to hold a socket: who used it last, and who may have accepted it.
  func likelyHolders(of socket: SocketRecord) -> [Int32] {
    let user = socket.cookie.flatMap { uses?.last(ofCookie: $0) }?.process
    return (user.map { [$0] } ?? []) + acceptors(of: socket)
  }

  /// Who used the socket of an end since that was looked at, one after another, the first of them whoever had used it by then; nil where
  /// nobody else has, or not all are known.
  mutating func turns(since memory: OwnerHistory.EndMemory) -> [SocketUse]? {
    guard let uses, memory.mark != 0, memory.answer.hasProcess, !memory.answer.isShared, !uses.isCurrent(memory.mark)
    else { return nil }
    return Self.retry { uses.turns(ofCookie: memory.answer.end.cookie, since: memory.mark) }
  }

  /// Tries again where it may be that something is written just now.
  private static func retry<Result>(_ body: () -> Result?) -> Result? {
    for _ in 0..<4 {
      if let result = body() { return result }
    }
    return nil
  }

  /// Who used the socket of an end, which is just found, one after another, as far as that is known; nil where it was one only.
  mutating func turns(of answer: EndAnswer) -> [SocketUse]? {
    guard let uses, answer.hasProcess, !answer.isShared, answer.end.cookie != 0,
      answer.end.method == .exact || answer.end.method == .port,
      uses.hadSeveralUsers(answer.end.cookie)
    else { return nil }
    return Self.retry { uses.turns(ofCookie: answer.end.cookie, since: nil) } ?? []
  }

  /// Whether others than its owner used the socket of an end, nobody knows in which order.
  mutating func hadManyUsers(_ memory: OwnerHistory.EndMemory) -> Bool {
    guard !memory.answer.isShared, memory.mark != 0 else { return false }
    return !(uses?.isCurrent(memory.mark) ?? true)
  }

  /// Whether nothing was noted of a socket since a mark of it.
  func isCurrent(_ mark: UInt32) -> Bool { uses?.isCurrent(mark) ?? true }

  /// Whether nobody else was noted to use the sockets of a flow since it was looked at.
  mutating func areUsersCurrent(_ entry: OwnerHistory.Entry) -> Bool {
    guard let uses else { return true }
    return uses.isCurrent(entry.lower.mark) && uses.isCurrent(entry.upper.mark)
  }

  /// Whether somebody is noted to have used a socket that was seen.
  mutating func isNoted(_ sight: EndSight) -> Bool {
    guard let uses, case .sockets(let sockets, _) = sight else { return false }
    return sockets.contains { $0.cookie.map { uses.last(ofCookie: $0) != nil } ?? false }
  }

  /// Looks into who used a socket last, where that is not known to hold it.
  mutating func meetUser(of socket: SocketRecord) {
    guard let cookie = socket.cookie, let use = uses?.last(ofCookie: cookie), use.isShared,
      !holders.known(socket.inode).isEmpty, !holders.known(socket.inode).contains(use.process)
    else { return }
    holders.meet(use.process, for: socket.inode, through: door)
  }

  /// Whether the socket of an end may have been another's since it was looked at, of whom nothing is noted any more.
  mutating func mayHaveGoneAround(_ answer: EndAnswer) -> Bool {
    !answer.isShared && uses?.hadSeveralUsers(answer.end.cookie) ?? false
  }

  /// Whether somebody who is not the owner of an end used its socket last.
  mutating func hasOtherUser(_ answer: EndAnswer) -> Bool {
    lastUser(answer).map { !isAmong($0.process, answer) } ?? false
  }

  /// When the last of several users used the socket of an end last, in nanoseconds since the Epoch; 0 where there were not several.
  mutating func lastTurn(_ memory: OwnerHistory.EndMemory) -> Int64 {
    guard memory.mark != 0, let user = lastUser(memory.answer), user.isShared else { return 0 }
    return user.last
  }

  /// Who used the socket of an end last; nil where that is not known.
  mutating func lastUser(_ answer: EndAnswer) -> SocketUse? {
    answer.hasProcess ? uses?.last(ofCookie: answer.end.cookie) : nil
  }

  /// Whether the owner of an end is known to use its socket alone still.
  mutating func isStillSoleUser(_ answer: EndAnswer) -> Bool {
    guard let uses, !answer.isShared, answer.end.cookie != 0,
      let process = processes.processes(at: answer.place).first
    else { return false }
    return uses.isSoleUser(process, ofCookie: answer.end.cookie) && !processes.hasEnded(process)
  }

  /// The same, and its socket is not one of a connection that is over.
  mutating func isStillUsedAlone(_ answer: EndAnswer) -> Bool {
    guard isStillSoleUser(answer), let process = processes.processes(at: answer.place).first else { return false }
    return uses?.usesAlone(process, ofCookie: answer.end.cookie) ?? false
  }

  /// Who had a socket that has gone.
  mutating func answer(_ gone: GoneSockets.Socket) -> EndAnswer {
    var answer = EndAnswer(local: .exact)
    answer.end.cookie = gone.cookie
    answer.end.inode = gone.inode
    answer.end.socketType = Self.number(of: gone.type)
    return self.answer(answer, now: gone.user)
  }

  /// An end once its socket is the one's who is noted to use it.
  mutating func answer(_ answer: EndAnswer, now user: SocketUse) -> EndAnswer {
    var answer = answer
    answer.place =
      processes.place(of: [user.process], [user.process: user], isOneOfSeveral: false, through: door)
      ?? FrameOwner.notFound
    answer.isSettled = true
    return answer
  }

  /// Whether a process is one of those that an end is of.
  mutating func isAmong(_ process: Int32, _ answer: EndAnswer) -> Bool {
    processes.processes(at: answer.place).contains(process)
  }

  /// The process that alone uses a socket without a peer, where whoever captures can see that nobody else comes to its port; 0 else.
  mutating func portUser(of memory: OwnerHistory.EndMemory) -> Int32 {
    let answer = memory.answer
    guard memory.mark != 0, answer.end.method == .port, answer.isSettled, isStillSoleUser(answer) else { return 0 }
    return processes.processes(at: answer.place).first ?? 0
  }

  /// What is noted of the socket of an end that is known; 0 where that would not tell of another user.
  mutating func mark(of memory: OwnerHistory.EndMemory) -> UInt32 {
    canMark(memory, isThere: memory.mark != 0) ? uses?.mark(ofCookie: memory.answer.end.cookie) ?? 0 : 0
  }

  /// Whether another user of an end's socket is all that could make it another's. That a process becomes another program the
  /// kernel has to tell.
  mutating func canMark(_ memory: OwnerHistory.EndMemory, isThere: Bool = false) -> Bool {
    let answer = memory.answer
    return answer.hasProcess && (answer.end.method == .exact || answer.end.method == .port) && answer.end.cookie != 0
      && !answer.isShared && (!memory.isOver || isThere) && processes.hearsOfChanges
  }
}
