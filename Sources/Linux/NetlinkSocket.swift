import CLinux
import Glibc

/// A conversation with the kernel over netlink. See netlink(7).
///
/// Requests and answers are octets in host byte order; answers are checked like any input.
public struct NetlinkSocket: ~Copyable {
  private let socket: Socket<NetlinkEndpoint, RawStyle>

  /// Opens a socket of a netlink family, such as NETLINK_ROUTE. No privilege is needed.
  public init(family: Int32) throws(SystemError) {
    socket = try Socket(protocolNumber: family)
  }

  /// Sends a request to list everything of a kind, and hands over the messages of the answer.
  ///
  /// - Parameters:
  ///   - type: the request's type, such as RTM_GETLINK.
  ///   - body: the request's fixed part.
  ///   - visit: is given each message's type and what follows its header; false ends the conversation.
  public func dump(
    type: Int32, body: [UInt8], _ visit: (_ type: Int32, _ payload: NetlinkPayload) -> Bool
  ) throws(SystemError) {
    try send(type: type, body: body)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let received = try socket.receive(into: &buffer)
      guard received.count > 0 else { return }
      // Any program may send to this port; only the kernel is asked.
      guard received.source?.portID == 0 else { continue }
      var rest = NetlinkPayload(buffer, range: 0..<received.count)
      while let (type, payload) = rest.nextMessage() {
        switch type {
        case NLMSG_DONE: return
        case NLMSG_NOOP: continue
        case NLMSG_ERROR:
          let number = Int32(bitPattern: payload.uint32(at: 0))
          if number != 0 { throw SystemError(call: "netlink", code: 0 &- number) }
          return
        default:
          if !visit(type, payload) { return }
        }
      }
    }
  }

  private func send(type: Int32, body: [UInt8]) throws(SystemError) {
    let headerLength = MemoryLayout<nlmsghdr>.size
    var header = nlmsghdr()
    header.nlmsg_len = UInt32(truncatingIfNeeded: headerLength &+ body.count)
    header.nlmsg_type = UInt16(truncatingIfNeeded: type)
    header.nlmsg_flags = UInt16(NLM_F_REQUEST | NLM_F_DUMP)
    header.nlmsg_seq = 1
    try socket.send(octets(of: header) + body)
  }
}
