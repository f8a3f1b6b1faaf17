import CLinux
import Glibc

/// Asks the kernel what it can do, by trying it in the smallest way.
public enum KernelSupport {
  /// The answer to one question.
  public enum Answer: Sendable, Equatable {
    /// It works.
    case works
    /// It does not: the reason in the kernel's words.
    case fails(String)
    /// It cannot be tried without a right that this process lacks.
    case untried
  }

  /// A family of sockets that sock_diag(7) can list.
  public struct SocketFamily: Sendable {
    /// Its name, as in `ss --family`.
    public let name: StaticString
    /// The kernel module that answers for it.
    public let module: StaticString
    fileprivate let request: @Sendable () -> SocketDumpRequest
  }

  /// The families that matter here.
  public static let socketFamilies = [
    SocketFamily(name: "inet tcp", module: "tcp_diag") { inet(AF_INET, UInt8(IPPROTO_TCP)) },
    SocketFamily(name: "inet udp", module: "udp_diag") { inet(AF_INET, UInt8(IPPROTO_UDP)) },
    SocketFamily(name: "inet raw", module: "raw_diag") { inet(AF_INET, UInt8(IPPROTO_RAW)) },
    SocketFamily(name: "unix", module: "unix_diag") { SocketDumpRequest(family: AF_UNIX, unix_diag_req()) },
    SocketFamily(name: "packet", module: "af_packet_diag") { SocketDumpRequest(family: AF_PACKET, packet_diag_req()) },
    SocketFamily(name: "netlink", module: "netlink_diag") { SocketDumpRequest(family: AF_NETLINK, netlink_diag_req()) },
    SocketFamily(name: "vsock", module: "vsock_diag") { SocketDumpRequest(family: AF_VSOCK, vsock_diag_req()) },
    SocketFamily(name: "xdp", module: "xsk_diag") { SocketDumpRequest(family: AF_XDP, xdp_diag_req()) },
  ]

  /// Whether the kernel lists sockets of a family. See sock_diag(7).
  public static func lists(_ family: SocketFamily) -> Answer {
    do {
      // A list that is empty is an answer too.
      var socket = try DiagnosticSocket()
      if let error = try socket.ask(family.request()).error { return .fails(String(describing: error)) }
      return .works
    } catch {
      return .fails(String(describing: error))
    }
  }

  /// Whether a packet socket takes a memory-mapped ring of version 3 with so many octets. See packet(7).
  ///
  /// The socket has protocol 0: it receives nothing.
  public static func packetRing(octets: Int) -> Answer {
    do {
      let socket = try PacketSocket(cooked: false)
      try socket.setOption(SOL_PACKET, PACKET_VERSION, to: Int32(TPACKET_V3.rawValue), "PACKET_VERSION")
      let blockSize = 1 << 18
      var ring = tpacket_req3()
      ring.tp_block_size = UInt32(blockSize)
      ring.tp_block_nr = UInt32(clamping: max(octets / blockSize, 1))
      ring.tp_frame_size = 1 << 11
      ring.tp_frame_nr = UInt32(clamping: max(octets / blockSize, 1) &* (blockSize >> 11))
      try socket.setOption(SOL_PACKET, PACKET_RX_RING, to: ring, "PACKET_RX_RING")
      return .works
    } catch {
      return error.code == EPERM ? .untried : .fails(String(describing: error))
    }
  }

  /// A request to list the internet sockets of a protocol in no state at all: the list stays empty.
  private static func inet(_ family: Int32, _ transport: UInt8) -> SocketDumpRequest {
    var body = inet_diag_req_v2()
    body.sdiag_protocol = transport
    return SocketDumpRequest(family: family, body)
  }
}
