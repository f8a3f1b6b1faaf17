import CLinux
import Glibc
public import Linux

/// Looks up one internet socket after another by its two ends. It keeps a netlink socket open for that, and the kernel
/// looks each up in its tables: a few microseconds, however many sockets there are. No privilege is needed.
public struct SocketFinder: ~Copyable {
  private var socket: DiagnosticSocket
  private let namespace: UInt64

  /// Looks in a network namespace; nil is the calling thread's own.
  public init(
    namespace: NetworkNamespace? = nil, through door: some SocketDumpDoor
  ) throws(SystemError) {
    let inode = try door.inode(of: namespace)
    socket = DiagnosticSocket(try door.diagnosticSocket(groups: [], in: namespace))
    self.namespace = inode
  }

  /// The socket of this machine that has the source as its own end; for TCP a listener too, for UDP also one that is
  /// bound to no more than the port. nil where there is none.
  ///
  /// - Parameters:
  ///   - protocolNumber: IPPROTO_TCP, IPPROTO_UDP and so on.
  ///   - interface: the index of the interface that the packet came or went by; 0 where it does not matter.
  public mutating func find(
    protocolNumber: UInt16, source: InternetAddress, sourcePort: UInt16, destination: InternetAddress,
    destinationPort: UInt16, interface: UInt32 = 0
  ) throws(SystemError) -> SocketRecord? {
    let own = (address: source, port: sourcePort), other = (address: destination, port: destinationPort)
    let isUDP = [Int32(IPPROTO_UDP), Int32(IPPROTO_UDPLITE)].contains(Int32(protocolNumber))
    // For UDP the kernel takes the two ends the other way round, since ever: as a packet that arrives has them.
    let (first, second) = isUDP ? (other, own) : (own, other)
    guard
      let request = InetDiagnostics.request(
        protocolNumber: protocolNumber, first: first, second: second, interface: interface)
    else { return nil }
    let answer = try socket.ask(request)
    if let error = answer.error {
      guard error.code == ENOENT else { throw error }
      return nil
    }
    var messages = NetlinkPayload(answer.pieces.first ?? [])
    guard let message = messages.nextMessage(),
      var record = InetDiagnostics.record(message.payload, protocolNumber: protocolNumber, withDetails: false),
      case .internet(_, sourcePort, _) = record.local
    else { return nil }
    record.namespace = namespace
    return record
  }

  /// The TCP sockets that listen: some tens of microseconds, where an inventory takes some hundreds.
  public mutating func listeners() throws(SystemError) -> [SocketRecord] {
    try list(protocolNumber: UInt16(truncatingIfNeeded: Int32(IPPROTO_TCP)), states: 1 << UInt32(TCP_LISTEN))
  }

  /// The sockets of a protocol, TCP's or UDP's, in some states, which are bits by their numbers; every one if nothing is said.
  public mutating func list(protocolNumber: UInt16, states: UInt32 = .max) throws(SystemError) -> [SocketRecord] {
    var found: [SocketRecord] = []
    for family in [AF_INET, AF_INET6] {
      var body = inet_diag_req_v2()
      body.sdiag_protocol = UInt8(truncatingIfNeeded: protocolNumber)
      body.idiag_states = states
      let answer = try socket.ask(SocketDumpRequest(family: family, body))
      if let error = answer.error {
        // A kernel without IPv6 has no such sockets.
        guard error.code == ENOENT else { throw error }
        continue
      }
      if answer.wasInterrupted { throw SystemError(call: "sock_diag", code: EINTR) }
      for piece in answer.pieces {
        var messages = NetlinkPayload(piece)
        while let message = messages.nextMessage() {
          guard
            var record = InetDiagnostics.record(message.payload, protocolNumber: protocolNumber, withDetails: false)
          else { continue }
          record.namespace = namespace
          found.append(record)
        }
      }
    }
    return found
  }
}

extension SocketInventory {
  /// One internet socket by its two ends, as `SocketFinder` looks it up: for a single question.
  public static func find(
    protocolNumber: UInt16, source: InternetAddress, sourcePort: UInt16, destination: InternetAddress,
    destinationPort: UInt16, interface: UInt32 = 0, through door: some SocketDumpDoor
  ) throws(SystemError) -> SocketRecord? {
    var finder = try SocketFinder(through: door)
    return try finder.find(
      protocolNumber: protocolNumber, source: source, sourcePort: sourcePort, destination: destination,
      destinationPort: destinationPort, interface: interface)
  }
}

extension InetDiagnostics {
  /// A request for the one socket between two ends; nil where they are of different families.
  static func request(
    protocolNumber: UInt16, first: (address: InternetAddress, port: UInt16),
    second: (address: InternetAddress, port: UInt16), interface: UInt32
  ) -> SocketDumpRequest? {
    var body = inet_diag_req_v2()
    body.sdiag_protocol = UInt8(truncatingIfNeeded: protocolNumber)
    body.idiag_states = .max
    body.id.idiag_sport = first.port.bigEndian
    body.id.idiag_dport = second.port.bigEndian
    body.id.idiag_if = interface
    // INET_DIAG_NOCOOKIE: whichever socket it is.
    body.id.idiag_cookie = (.max, .max)
    let family: Int32
    switch (first.address, second.address) {
    case (.v4(let one), .v4(let other)):
      family = AF_INET
      body.id.idiag_src.0 = one.bigEndian
      body.id.idiag_dst.0 = other.bigEndian
    case (.v6(let one), .v6(let other)):
      family = AF_INET6
      body.id.idiag_src = words(one)
      body.id.idiag_dst = words(other)
    default: return nil
    }
    var request = SocketDumpRequest(family: family, body)
    request.isDump = false
    return request
  }

  private static func words(_ address: UInt128) -> (UInt32, UInt32, UInt32, UInt32) {
    func word(_ shift: UInt128) -> UInt32 { UInt32(truncatingIfNeeded: address >> shift).bigEndian }
    return (word(96), word(64), word(32), word(0))
  }
}
