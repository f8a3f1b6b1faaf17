import CLinux
import Glibc
public import Linux

/// The TCP and UDP sockets of a network namespace as they go, told by the kernel: none is missed between two scans.
///
/// A socket that goes has no inode any more: its cookie tells which it was. See sock_diag(7) and linux/sock_diag.h.
public struct SocketDestroyEvents: ~Copyable {
  private var socket: DiagnosticSocket
  private let namespace: UInt64
  private var waiting: [SocketRecord] = []
  /// How often the kernel had more to tell than its buffer took: each time an unknown number of sockets was missed.
  public private(set) var overruns = 0

  /// The number of the descriptor that is readable when something waits. See poll(2).
  public var descriptor: Int32 { socket.socket.descriptor.rawValue }

  /// Listens from now on in a namespace; nil is the calling thread's own. Throws where the kernel has no such groups.
  ///
  /// - Parameter withConnections: whether those of TCP are told of, too.
  public init(
    namespace: NetworkNamespace? = nil, withConnections: Bool = true, through door: some SocketDumpDoor
  ) throws(SystemError) {
    let inode = try door.inode(of: namespace)
    var groups = [SKNLGRP_INET_UDP_DESTROY, SKNLGRP_INET6_UDP_DESTROY]
    if withConnections { groups += [SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY] }
    socket = DiagnosticSocket(
      try door.diagnosticSocket(groups: groups.map { Int32($0.rawValue) }, in: namespace))
    self.namespace = inode
  }

  /// The next socket that went, with its last TCP_INFO among the details; nil where none waits.
  public mutating func next() throws(SystemError) -> SocketRecord? {
    while waiting.isEmpty {
      do throws(SystemError) {
        guard let events = try socket.nextEvents() else { return nil }
        waiting = Self.records(events, namespace: namespace).reversed()
      } catch {
        guard error.code == ENOBUFS else { throw error }
        overruns &+= 1
      }
    }
    return waiting.popLast()
  }

  /// The sockets that a datagram of the group tells of.
  static func records(_ events: NetlinkPayload, namespace: UInt64) -> [SocketRecord] {
    var events = events
    var records: [SocketRecord] = []
    while let message = events.nextMessage() {
      guard message.type == Int32(SOCK_DIAG_BY_FAMILY), let number = protocolNumber(message.payload),
        var record = InetDiagnostics.record(message.payload, protocolNumber: number, withDetails: true)
      else { continue }
      record.namespace = namespace
      records.append(record)
    }
    return records
  }

  /// The protocol, which no question says here, from its attribute.
  private static func protocolNumber(_ payload: NetlinkPayload) -> UInt16? {
    var attributes = payload.dropping(MemoryLayout<inet_diag_msg>.size)
    while let (type, value) = attributes.nextAttribute() {
      if Int(type) == INET_DIAG_PROTOCOL { return UInt16(value.uint8(at: 0)) }
    }
    return nil
  }
}
