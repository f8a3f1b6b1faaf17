import CLinux
import Glibc

/// A conversation with sock_diag(7), for any number of questions one after another.
///
/// It speaks for the network namespace that it was opened in. No privilege is needed; without CAP_NET_ADMIN the kernel
/// leaves out marks and filters.
public struct DiagnosticSocket: ~Copyable {
  /// The socket, to wait on.
  public let socket: Socket<NetlinkEndpoint, RawStyle>
  private var sequence: UInt32 = 0
  private var buffer = [UInt8](repeating: 0, count: Self.bufferSize)

  /// The kernel makes the pieces of a list as large as the buffer that it is read with, up to 32 KiB.
  private static let bufferSize = 1 << 16
  /// How often a list is asked for again that changed while it was made.
  private static let attempts = 4

  /// Opens a socket in the calling thread's network namespace.
  public init() throws(SystemError) {
    try self.init(groups: [])
  }

  /// Opens a socket that is also told what happens to sockets: SKNLGRP_INET_TCP_DESTROY and so on, at most 32.
  public init(groups: [Int32]) throws(SystemError) {
    let opened = try Socket<NetlinkEndpoint, RawStyle>(protocolNumber: NETLINK_SOCK_DIAG)
    if !groups.isEmpty {
      // Joining alone is not enough: the kernel tells nothing to a socket without an address.
      let mask = groups.reduce(0) { $0 | UInt32(1) << UInt32(truncatingIfNeeded: $1 &- 1) }
      try opened.bind(to: NetlinkEndpoint(groupMask: mask))
    }
    socket = opened
  }

  /// Takes a socket that somebody else has opened, as the privileged door does.
  public init(_ descriptor: consuming Descriptor) {
    socket = Socket(descriptor)
  }

  /// Gives the descriptor away.
  public consuming func take() -> Descriptor { socket.take() }

  /// Asks, and again where the list changed meanwhile or the kernel ran out of space for it. What the kernel refuses is
  /// an error in the answer; what fails here is thrown.
  public mutating func ask(_ request: SocketDumpRequest) throws(SystemError) -> SocketDumpAnswer {
    if request.isDump, sequence == 0 { try prime() }
    var answer = SocketDumpAnswer()
    for _ in 0..<Self.attempts {
      answer = try askOnce(request)
      if !answer.wasInterrupted, answer.error?.code != ENOBUFS { break }
    }
    return answer
  }

  /// Puts a question that the kernel refuses at once. It makes a list's first piece before it knows how much is received
  /// at a time, unless something has been: the piece then has room for less than 4 KiB, and a socket that needs more,
  /// such as one with a long filter, ends the list.
  private mutating func prime() throws(SystemError) {
    var request = SocketDumpRequest(family: Int32(UInt8.max), sock_diag_req())
    request.isDump = false
    _ = try askOnce(request)
  }

  private mutating func askOnce(_ request: SocketDumpRequest) throws(SystemError) -> SocketDumpAnswer {
    sequence &+= 1
    let message = request.message(sequence: sequence)
    try socket.send(message)
    var answer = SocketDumpAnswer()
    while true {
      let count: Int
      do throws(SystemError) {
        count = try receive()
      } catch {
        guard error.code == ENOBUFS else { throw error }
        answer.error = error
        return answer
      }
      if take(count, of: request, into: &answer) { return answer }
    }
  }

  /// Looks through a piece of the answer, and keeps the messages in it; true at the end of the answer.
  private func take(_ count: Int, of request: SocketDumpRequest, into answer: inout SocketDumpAnswer) -> Bool {
    var rest = NetlinkPayload(buffer, range: 0..<count)
    var kept = 0, isOver = false
    messages: while let (header, payload) = rest.nextMessageWithHeader() {
      // An answer to an earlier question, given up on, or what a multicast group tells: never mixed in one datagram.
      guard header.sequence == sequence else { return false }
      if Int32(header.flags) & NLM_F_DUMP_INTR != 0 { answer.wasInterrupted = true }
      switch Int32(header.type) {
      case NLMSG_NOOP: continue
      case NLMSG_DONE, NLMSG_ERROR:
        // Both begin with an error number, 0 for none; a list's end has had it since Linux 4.20.
        let code = payload.value(as: Int32.self) ?? 0
        if code < 0 { answer.error = SystemError(call: "sock_diag", code: 0 &- code) }
        isOver = true
        break messages
      default:
        kept = payload.range.upperBound
        if !request.isDump { isOver = true }
      }
    }
    if kept > 0 { answer.pieces.append(Array(buffer[0..<kept])) }
    return isOver
  }

  /// What a multicast group tells next, all messages of it; nil where nothing waits. Throws ENOBUFS where some were lost.
  public mutating func nextEvents() throws(SystemError) -> NetlinkPayload? {
    do throws(SystemError) {
      let count = try receive(flags: .doNotWait)
      return NetlinkPayload(Array(buffer[0..<count]))
    } catch {
      guard error.code == EAGAIN else { throw error }
      return nil
    }
  }

  /// Receives a datagram of the kernel's; one of anybody else's is empty.
  private mutating func receive(flags: ReceiveFlags = []) throws(SystemError) -> Int {
    let received = try socket.receive(into: &buffer, flags: flags)
    guard received.source?.portID == 0 else { return 0 }
    guard !received.isTruncated else { throw SystemError(call: "recvmsg(NETLINK_SOCK_DIAG)", code: EMSGSIZE) }
    return received.count
  }
}
