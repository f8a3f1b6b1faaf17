import CLinux
import Glibc

/// The seam for hearing of processes that come and go.
public protocol ProcessEventDoor {
  /// Begins to listen. Throws as `ProcessEventSource.init` does.
  func processEvents() throws(SystemError) -> ProcessEventSource
}

extension OwnInspection: ProcessEventDoor {
  /// The kernel tells only sockets of the first network namespace, which is entered where this program is in another one.
  public func processEvents() throws(SystemError) -> ProcessEventSource {
    var failure: SystemError
    do throws(SystemError) {
      return try ProcessEventSource()
    } catch {
      failure = error
    }
    // The kernel's own threads are in the first namespace, and kthreadd(2) may be looked into where init may not.
    for path in ["/proc/1/ns/net", "/proc/2/ns/net"] where failure.code == ECONNREFUSED {
      do throws(SystemError) {
        return try NetworkNamespace(path: path).run { () throws(SystemError) in try ProcessEventSource() }
      } catch {
        failure = error.code == EACCES ? failure : error
      }
    }
    throw failure
  }
}

/// The kernel's process connector: a message for each process that is started, becomes another program, or ends.
///
/// Needs CAP_NET_ADMIN, and tells of all processes, in whatever namespace. See the kernel's driver-api/connector.rst.
public struct ProcessEventSource: ~Copyable {
  private let socket: Socket<NetlinkEndpoint, DatagramStyle>
  private var buffer = [UInt8](repeating: 0, count: 1 << 13)

  /// How many messages are taken at once.
  private static let batch = 256
  /// Room for the messages of some ten thousand processes.
  private static let receiveBuffer: Int32 = 1 << 21

  /// Begins to listen. Throws EPERM without CAP_NET_ADMIN, ECONNREFUSED in another network namespace than the first, and
  /// EPROTONOSUPPORT where the kernel has no connector.
  public init() throws(SystemError) {
    let opened = try Socket<NetlinkEndpoint, DatagramStyle>(protocolNumber: NETLINK_CONNECTOR)
    // A larger buffer than the limit needs the same capability; without it some is better than none.
    try? opened.setOption(SOL_SOCKET, SO_RCVBUFFORCE, to: Self.receiveBuffer, "SO_RCVBUFFORCE")
    do {
      try opened.bind(to: NetlinkEndpoint(groupMask: UInt32(CN_IDX_PROC)))
      try Self.ask(PROC_CN_MCAST_LISTEN, through: opened)
    } catch {
      throw error.code == EPERM ? error.hinting("CAP_NET_ADMIN is needed") : error
    }
    socket = opened
  }

  deinit {
    // Before Linux 6.6 the kernel counted listeners by what they asked, not by who is there.
    try? Self.ask(PROC_CN_MCAST_IGNORE, through: socket)
  }

  /// The number of the descriptor, readable when a message waits; valid as long as this value lives.
  public var descriptor: Int32 { socket.descriptor.rawValue }

  /// Takes the messages that wait, at most a few hundred: what follows each one's header. Does not wait.
  ///
  /// - Returns: the messages, and whether others were lost before them since nobody took them in time.
  public mutating func next() throws(SystemError) -> (messages: [NetlinkPayload], lost: Bool) {
    var messages: [NetlinkPayload] = []
    var lost = false
    while messages.count < Self.batch {
      do {
        guard try socket.hasWaiting() else { break }
        let received = try socket.receive(into: &buffer, flags: .doNotWait)
        // Only the kernel speaks here; what another program sends is passed over.
        guard received.source?.portID == 0, !received.isTruncated else { continue }
        var rest = NetlinkPayload(Array(buffer.prefix(received.count)))
        while let (_, message) = rest.nextMessage() { messages.append(message) }
      } catch {
        if error.code == ENOBUFS {
          lost = true
          continue
        }
        guard error.code == EAGAIN || error.code == EWOULDBLOCK else { throw error }
        break
      }
    }
    return (messages, lost)
  }

  /// Sends a request: a netlink header, a connector header, and the operation.
  private static func ask(
    _ operation: proc_cn_mcast_op, through socket: borrowing Socket<NetlinkEndpoint, DatagramStyle>
  ) throws(SystemError) {
    var header = nlmsghdr()
    let length = MemoryLayout<nlmsghdr>.size &+ MemoryLayout<cn_msg>.size &+ MemoryLayout<UInt32>.size
    header.nlmsg_len = UInt32(truncatingIfNeeded: length)
    header.nlmsg_type = UInt16(NLMSG_DONE)
    let name = cb_id(idx: UInt32(CN_IDX_PROC), val: UInt32(CN_VAL_PROC))
    // The rest of struct cn_msg, which ends in an array of no length: seq and ack, then len and flags.
    let rest = octets(of: UInt64(0)) + octets(of: UInt16(MemoryLayout<UInt32>.size)) + octets(of: UInt16(0))
    try socket.send(octets(of: header) + octets(of: name) + rest + octets(of: operation.rawValue), to: .kernel)
  }
}
