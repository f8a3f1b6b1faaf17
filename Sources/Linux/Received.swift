import CLinux
import Glibc

/// What one call received: how much, from whom, and what came beside it. See recvmsg(2).
public struct Received<Endpoint: SocketEndpoint>: ~Copyable {
  /// The octets that are now in the buffer. For a stream, 0 says that the other end sends no more.
  public let count: Int
  /// The length of the whole record, of which the buffer may hold less; for a stream the same as `count`.
  public let recordLength: Int
  /// Whether octets of the record did not fit into the buffer, and are gone. MSG_TRUNC.
  public let isTruncated: Bool
  /// Whether something beside the octets did not fit into its room, and is gone. MSG_CTRUNC.
  public let isControlTruncated: Bool
  /// Whether the sender marked the end of a record here, for protocols that carry the mark. MSG_EOR.
  public let endsRecord: Bool
  /// Who sent it; nil where the domain does not tell it, as for what is connected.
  public let source: Endpoint?
  /// The sender's credentials, where they were asked for. See `passCredentials`.
  public let credentials: ProcessCredentials?
  /// Everything else that came beside the octets.
  public let control: [ControlMessage]
  /// The descriptors that came with it, closed on exec.
  public var descriptors: DescriptorList

  init(count: Int, room: Int, flags: Int32, source: Endpoint?, control: [UInt8]) {
    self.count = min(count, room)
    recordLength = count
    isTruncated = flags & Int32(MSG_TRUNC) != 0
    isControlTruncated = flags & Int32(MSG_CTRUNC) != 0
    endsRecord = flags & Int32(MSG_EOR) != 0
    self.source = source
    var numbers: [Int32] = []
    var credentials: ProcessCredentials?
    var others: [ControlMessage] = []
    for message in ControlMessage.all(in: control) {
      switch (message.level, message.type) {
      case (SOL_SOCKET, Int32(SCM_RIGHTS)):
        let size = MemoryLayout<Int32>.size
        numbers += (0..<message.octets.count / size).compactMap {
          plain(Int32(0), from: message.octets, at: $0 &* size)
        }
      case (SOL_SOCKET, clinux_scm_credentials()):
        credentials = plain(clinux_credentials(), from: message.octets).map(ProcessCredentials.init)
      default: others.append(message)
      }
    }
    self.credentials = credentials
    self.control = others
    descriptors = DescriptorList(owning: numbers)
  }
}

/// How a call receives. See recv(2).
public struct ReceiveFlags: OptionSet, Sendable {
  public let rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }
  /// Leaves what is received in the queue. MSG_PEEK.
  public static let peek = ReceiveFlags(rawValue: Int32(MSG_PEEK))
  /// Throws EAGAIN instead of waiting. MSG_DONTWAIT.
  public static let doNotWait = ReceiveFlags(rawValue: Int32(MSG_DONTWAIT))
  /// Waits until a stream has filled the buffer. MSG_WAITALL.
  public static let waitForAll = ReceiveFlags(rawValue: Int32(MSG_WAITALL))
  /// Receives what was sent out of band. MSG_OOB.
  public static let outOfBand = ReceiveFlags(rawValue: Int32(MSG_OOB))
  /// Receives errors that wait on the socket, in control messages. MSG_ERRQUEUE.
  public static let errorQueue = ReceiveFlags(rawValue: Int32(MSG_ERRQUEUE))
}

/// How a call sends; that no signal comes for an end that is gone (MSG_NOSIGNAL) is always so. See send(2).
public struct SendFlags: OptionSet, Sendable {
  public let rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }
  /// Throws EAGAIN instead of waiting. MSG_DONTWAIT.
  public static let doNotWait = SendFlags(rawValue: Int32(MSG_DONTWAIT))
  /// Marks the end of a record, for protocols that carry the mark. MSG_EOR.
  public static let endOfRecord = SendFlags(rawValue: Int32(MSG_EOR))
  /// Sends out of band. MSG_OOB.
  public static let outOfBand = SendFlags(rawValue: Int32(MSG_OOB))
  /// More will follow at once. MSG_MORE.
  public static let more = SendFlags(rawValue: Int32(MSG_MORE))
  /// To hosts on networks that this one is on only. MSG_DONTROUTE.
  public static let doNotRoute = SendFlags(rawValue: Int32(MSG_DONTROUTE))
}

/// The room for what comes beside a message's octets; what does not fit is gone, and descriptors are closed.
public struct ControlRoom: Sendable {
  /// Octets of the buffer.
  let octets: Int

  /// Room for so many descriptors, for credentials, and for other messages by their octets with headers and padding.
  public init(descriptors: Int = 0, credentials: Bool = false, others: Int = 0) {
    // SCM_MAX_FD: the kernel never passes more at once. See unix(7).
    let count = min(max(descriptors, 0), 253)
    octets =
      (count > 0 ? ControlMessage.room(for: count &* MemoryLayout<Int32>.size) : 0)
      &+ (credentials ? ControlMessage.room(for: MemoryLayout<clinux_credentials>.size) : 0)
      &+ min(max(others, 0), 1 << 16)
  }
}
