import CLinux
import Glibc

/// How a protocol over IP uses the fields that all internet sockets have. Both sock_diag and /proc/net have them so.
struct InetKind: Equatable {
  let protocolNumber: Int32

  init(_ protocolNumber: UInt16) {
    self.protocolNumber = Int32(protocolNumber)
  }

  /// A raw socket of any protocol is asked for, and listed, under this number.
  static let raw = InetKind(UInt16(IPPROTO_RAW))

  /// The type of its sockets.
  var type: SocketType {
    switch protocolNumber {
    case Int32(IPPROTO_TCP), Int32(IPPROTO_MPTCP), Int32(IPPROTO_SCTP): .stream
    case Int32(IPPROTO_RAW): .raw
    default: .datagram
    }
  }

  /// A port in its sockets' addresses: a raw socket has its protocol's number there.
  func port(_ number: UInt16) -> UInt16 { self == .raw ? 0 : number }

  /// The state by the kernel's number; nil for a number that it does not have.
  func state(_ number: UInt8) -> SocketState? {
    switch protocolNumber {
    case Int32(IPPROTO_TCP), Int32(IPPROTO_MPTCP), Int32(IPPROTO_SCTP), Int32(IPPROTO_DCCP):
      SocketState(kernel: number)
    default:
      SocketState(kernel: number) == .established ? .established : .unconnected
    }
  }
}

extension InetKind {
  /// The state of an SCTP association by the kernel's number for it, as the state of TCP that is most like it.
  ///
  /// See enum sctp_state in the kernel's include/net/sctp/constants.h: closed, cookie_wait, cookie_echoed, established,
  /// shutdown_pending, shutdown_sent, shutdown_received, shutdown_ack_sent.
  static func associationState(_ number: UInt8) -> SocketState {
    let states: [SocketState] = [
      .close, .synSent, .synSent, .established, .finWait1, .finWait2, .closeWait, .lastAck,
    ]
    return Int(number) < states.count ? states[Int(number)] : .close
  }
}

extension SocketState {
  /// A state by the kernel's number, TCP_ESTABLISHED and so on; nil for one that it does not have.
  init?(kernel number: UInt8) {
    guard let state = SocketState(rawValue: number), state != .unconnected else { return nil }
    self = state
  }
}

extension SocketType {
  /// A type by the number of socket(2); nil for one that has no name here.
  init?(kernel number: Int32) {
    switch number {
    case Int32(SOCK_STREAM.rawValue): self = .stream
    case Int32(SOCK_DGRAM.rawValue): self = .datagram
    case Int32(SOCK_SEQPACKET.rawValue): self = .sequencedPacket
    case Int32(SOCK_RAW.rawValue), Int32(SOCK_PACKET.rawValue): self = .raw
    default: return nil
    }
  }
}
