internal import Linux
internal import Sockets
internal import Wire

/// Who uses a socket, where the kernel has noted it: then nobody need be looked for.
extension EndFinder {
  /// The process that uses a socket alone; nil where that is not known, or where others used it, too.
  func soleUser(of socket: SocketRecord) -> SocketUse? {
    guard let cookie = socket.cookie, let use = uses?.last(ofCookie: cookie), !use.isShared else { return nil }
    return use
  }

  /// The processes that are the likeliest to hold a socket: who used it last, and who may have accepted it.
  func likelyHolders(of socket: SocketRecord) -> [Int32] {
    let user = socket.cookie.flatMap { uses?.last(ofCookie: $0) }?.process
    return (user.map { [$0] } ?? []) + acceptors(of: socket)
  }

  /// Who used the socket of an end after its owner, and nobody between them; nil where nobody is known to have.
  func heir(of answer: EndAnswer) -> SocketUse? {
    guard let uses, answer.hasProcess, !answer.isShared, answer.end.cookie != 0,
      let use = uses.last(ofCookie: answer.end.cookie),
      use.isShared, processes.processes(at: answer.place).first == use.before
    else { return nil }
    return use
  }

  /// Looks into who used a socket last, where that is not known to hold it.
  mutating func meetUser(of socket: SocketRecord) {
    guard let cookie = socket.cookie, let use = uses?.last(ofCookie: cookie), use.isShared,
      !holders.known(socket.inode).isEmpty, !holders.known(socket.inode).contains(use.process)
    else { return }
    holders.meet(use.process, for: socket.inode, through: door)
  }

  /// Whether somebody who is not the owner of an end used its socket last.
  func hasOtherUser(_ answer: EndAnswer) -> Bool {
    guard let use = uses?.last(ofCookie: answer.end.cookie) else { return false }
    return !processes.processes(at: answer.place).contains(use.process)
  }

  /// Whether the owner of an end is known to use its socket alone still.
  func isStillSoleUser(_ answer: EndAnswer) -> Bool {
    guard let uses, !answer.isShared, answer.end.cookie != 0,
      let process = processes.processes(at: answer.place).first
    else { return false }
    return uses.isSoleUser(process, ofCookie: answer.end.cookie)
  }

  /// Who had a socket that has gone.
  mutating func answer(_ gone: GoneSockets.Socket) -> EndAnswer {
    var answer = EndAnswer(local: .exact)
    answer.end.cookie = gone.cookie
    answer.end.socketType = Self.number(of: gone.type)
    let user = gone.user
    answer.place =
      processes.place(of: [user.process], [user.process: user], isOneOfSeveral: false, through: door)
      ?? FrameOwner.notFound
    return answer
  }

  /// The same end once its socket is another process's.
  mutating func answer(_ answer: EndAnswer, now user: SocketUse) -> EndAnswer {
    var answer = answer
    answer.place =
      processes.place(of: [user.process], [user.process: user], isOneOfSeveral: false, through: door)
      ?? FrameOwner.notFound
    return answer
  }

  /// Whether a process is one of those that an end is of.
  func isAmong(_ process: Int32, _ answer: EndAnswer) -> Bool {
    processes.processes(at: answer.place).contains(process)
  }

  /// What is noted of the socket of an end that is known; 0 where that would not tell of another user.
  func mark(of memory: OwnerHistory.EndMemory) -> UInt32 {
    let answer = memory.answer
    guard answer.hasProcess, answer.end.method == .exact, !answer.isShared, !memory.isOver else { return 0 }
    return uses?.mark(ofCookie: answer.end.cookie) ?? 0
  }
}
