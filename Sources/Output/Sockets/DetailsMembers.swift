import Sockets
import Wire

/// What JSON has of a socket's details, whether they are still in the kernel's message or copied out of it. What has no
/// fixed length is lent; it is empty where nothing was told.
protocol DetailsMembers {
  var timer: UInt8 { get }
  var timerMilliseconds: UInt32 { get }
  var retransmits: UInt8 { get }
  var typeOfService: UInt8? { get }
  var mark: UInt32? { get }
  var boundInterface: UInt32 { get }
  var shutdown: UInt8 { get }
  var options: UInt16? { get }
  var cgroup: UInt64? { get }
  var pathInode: (device: UInt32, inode: UInt32)? { get }
  var pendingInodes: [UInt64] { get }
  var packet: PacketSocketDetails? { get }
  func withCongestionControl(_ body: (RawSpan) -> Void)
  func withUpperLayerProtocol(_ body: (RawSpan) -> Void)
  func withTCPInformation(_ body: (RawSpan) -> Void)
  func withMemory(_ body: (RawSpan) -> Void)
}

extension SocketDetails: DetailsMembers {
  func withCongestionControl(_ body: (RawSpan) -> Void) { withBytes(congestionControl, body) }
  func withUpperLayerProtocol(_ body: (RawSpan) -> Void) { withBytes(upperLayerProtocol, body) }
  func withTCPInformation(_ body: (RawSpan) -> Void) { withBytes(tcpInformation, body) }
  func withMemory(_ body: (RawSpan) -> Void) { withBytes(ofNumbers: memory, body) }
}

extension ToldDetails: DetailsMembers {
  var packet: PacketSocketDetails? { nil }

  func withCongestionControl(_ body: (RawSpan) -> Void) {
    if let congestionControl { body(Self.untilZero(message.bytes(of: congestionControl))) }
  }

  func withUpperLayerProtocol(_ body: (RawSpan) -> Void) {
    if let upperLayerProtocol { body(Self.untilZero(message.bytes(of: upperLayerProtocol))) }
  }

  func withTCPInformation(_ body: (RawSpan) -> Void) {
    if let tcpInformation { body(message.bytes(of: tcpInformation)) }
  }

  func withMemory(_ body: (RawSpan) -> Void) {
    if let memory { body(message.bytes(of: memory)) }
  }

  /// The octets before the first zero.
  @_lifetime(copy octets)
  private static func untilZero(_ octets: RawSpan) -> RawSpan {
    var count = 0
    while count < octets.byteCount, octets.uint8(at: count) != 0 { count &+= 1 }
    return octets.slice(from: 0, length: count)
  }
}
