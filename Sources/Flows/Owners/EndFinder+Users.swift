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

  /// Whether the owner of an end still uses its socket alone; nil where nothing is known of that.
  func isStillSoleUser(_ answer: EndAnswer) -> Bool? {
    guard let uses, !answer.isShared, answer.end.cookie != 0,
      let process = processes.processes(at: answer.place).first
    else { return nil }
    return uses.isSoleUser(process, ofCookie: answer.end.cookie) ? true : nil
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
}
