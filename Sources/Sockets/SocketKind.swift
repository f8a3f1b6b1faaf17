/// A family of sockets: the domain of socket(2), by the name that JSON has.
public enum SocketFamily: UInt8, Sendable, CaseIterable {
  case inet, inet6, unix, packet, netlink, vsock, xdp

  /// Its name.
  public var name: StaticString {
    switch self {
    case .inet: "inet"
    case .inet6: "inet6"
    case .unix: "unix"
    case .packet: "packet"
    case .netlink: "netlink"
    case .vsock: "vsock"
    case .xdp: "xdp"
    }
  }
}

/// How a socket carries data: the type of socket(2), by the name that JSON has.
public enum SocketType: UInt8, Sendable, CaseIterable {
  /// A two-way stream without record boundaries.
  case stream
  /// Messages, maybe out of order.
  case datagram
  /// A reliable sequence of records.
  case sequencedPacket
  /// The protocol below.
  case raw

  /// Its name.
  public var name: StaticString {
    switch self {
    case .stream: "stream"
    case .datagram: "dgram"
    case .sequencedPacket: "seqpacket"
    case .raw: "raw"
    }
  }
}

/// The state of a socket, by the kernel's names in lower case.
public enum SocketState: UInt8, Sendable, CaseIterable {
  case established = 1
  case synSent, synReceived, finWait1, finWait2, timeWait, close, closeWait, lastAck, listen, closing
  case newSynReceived, boundInactive
  /// A datagram or raw socket without a peer, which the kernel calls `close`.
  case unconnected

  /// Its name.
  public var name: StaticString {
    switch self {
    case .established: "established"
    case .synSent: "syn_sent"
    case .synReceived: "syn_recv"
    case .finWait1: "fin_wait1"
    case .finWait2: "fin_wait2"
    case .timeWait: "time_wait"
    case .close: "close"
    case .closeWait: "close_wait"
    case .lastAck: "last_ack"
    case .listen: "listen"
    case .closing: "closing"
    case .newSynReceived: "new_syn_recv"
    case .boundInactive: "bound_inactive"
    case .unconnected: "unconnected"
    }
  }
}
