import CLinux
import Glibc

/// An end of the packet domain: an interface, and which frames of it.
public struct PacketEndpoint: SocketEndpoint, Equatable, Sendable {
  /// AF_PACKET. See packet(7).
  public static var domain: Int32 { AF_PACKET }
  /// The interface's index; 0 is all of them, negative that it is gone.
  public var interface: Int32
  /// The EtherType in host order; 0 is none.
  public var protocolNumber: UInt16

  /// An endpoint with its parts.
  public init(interface: Int32, protocolNumber: UInt16) {
    self.interface = interface
    self.protocolNumber = protocolNumber
  }

  /// Every protocol. ETH_P_ALL in packet(7).
  public static let everyProtocol = UInt16(ETH_P_ALL)
}

/// A packet socket. See packet(7).
public typealias PacketSocket = Socket<PacketEndpoint>

/// What the kernel counted on a packet socket since it was asked last. PACKET_STATISTICS in packet(7).
public struct PacketSocketCounts: Equatable, Sendable {
  /// Frames that passed the filter, those that were dropped among them.
  public var received: UInt64
  /// Frames for which the ring had no room.
  public var dropped: UInt64
}

extension Socket where Endpoint == PacketEndpoint {
  /// Opens a packet socket that receives nothing until it is bound: with protocol 0, as packet(7) advises.
  ///
  /// Cooked (SOCK_DGRAM) begins at the network header; otherwise (SOCK_RAW) at the link's. Needs CAP_NET_RAW.
  public init(cooked: Bool) throws(SystemError) {
    let type = Int32(cooked ? SOCK_DGRAM.rawValue : SOCK_RAW.rawValue)
    try self.init(type: type, protocolNumber: 0, name: "AF_PACKET")
  }

  /// Attaches a filter program in the place of the one that is there. SO_ATTACH_FILTER in socket(7).
  public func attach(_ program: FilterProgram) throws(SystemError) {
    let number = descriptor.rawValue
    let count = UInt16(clamping: program.instructions.count)
    var instructions = program.instructions
    try systemCall("setsockopt(SO_ATTACH_FILTER)") {
      // SAFETY: the kernel copies the instructions during the call.
      unsafe instructions.withUnsafeMutableBufferPointer { buffer in
        var filter = unsafe sock_fprog(len: count, filter: buffer.baseAddress)
        return unsafe setsockopt(
          number, SOL_SOCKET, SO_ATTACH_FILTER, &filter, socklen_t(MemoryLayout<sock_fprog>.size))
      }
    }
  }

  /// Binds to an interface and protocol; frames come from here on. See bind(2).
  public func bind(to endpoint: PacketEndpoint) throws(SystemError) {
    var address = sockaddr_ll()
    address.sll_family = UInt16(AF_PACKET)
    address.sll_protocol = endpoint.protocolNumber.bigEndian
    address.sll_ifindex = endpoint.interface
    try systemCall("bind(AF_PACKET)") {
      // SAFETY: a sockaddr_ll is passed as the sockaddr that it begins with, with its own size.
      unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe Glibc.bind(descriptor.rawValue, $0, socklen_t(MemoryLayout<sockaddr_ll>.size))
        }
      }
    }
  }

  /// What it is bound to now; the interface is negative after it was deleted. See getsockname(2).
  public func boundEndpoint() throws(SystemError) -> PacketEndpoint {
    var address = sockaddr_ll()
    var length = socklen_t(MemoryLayout<sockaddr_ll>.size)
    try systemCall("getsockname(AF_PACKET)") {
      // SAFETY: the kernel writes at most `length` octets of the structure.
      unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe getsockname(descriptor.rawValue, $0, &length)
        }
      }
    }
    return PacketEndpoint(interface: address.sll_ifindex, protocolNumber: UInt16(bigEndian: address.sll_protocol))
  }

  /// Makes the interface take frames for everybody, as long as the socket lives. PACKET_MR_PROMISC in packet(7).
  public func joinPromiscuous(interface: Int32) throws(SystemError) {
    var request = packet_mreq()
    request.mr_ifindex = interface
    request.mr_type = UInt16(PACKET_MR_PROMISC)
    try setOption(SOL_PACKET, PACKET_ADD_MEMBERSHIP, to: request, "PACKET_ADD_MEMBERSHIP")
  }

  /// Leaves out frames that this host sends. Throws ENOPROTOOPT before Linux 4.20. See packet(7).
  public func ignoreOutgoing() throws(SystemError) {
    try setOption(SOL_PACKET, PACKET_IGNORE_OUTGOING, to: Int32(1), "PACKET_IGNORE_OUTGOING")
  }

  /// Asks for a TPACKET_V3 receive ring with that much room before each frame. PACKET_RX_RING in packet(7).
  public func requestRing(_ geometry: RingGeometry) throws(SystemError) {
    try setOption(SOL_PACKET, PACKET_VERSION, to: Int32(TPACKET_V3.rawValue), "PACKET_VERSION")
    try setOption(SOL_PACKET, PACKET_RESERVE, to: geometry.headroom, "PACKET_RESERVE")
    // The frame size only bounds the headers here: in version 3 frames have the length that they need.
    let frameSize: UInt32 = 2048
    var request = tpacket_req3()
    request.tp_block_size = geometry.blockSize
    request.tp_block_nr = geometry.blockCount
    request.tp_frame_size = frameSize
    request.tp_frame_nr = geometry.blockSize / frameSize &* geometry.blockCount
    request.tp_retire_blk_tov = geometry.retireMilliseconds
    try setOption(SOL_PACKET, PACKET_RX_RING, to: request, "PACKET_RX_RING")
  }

  /// The counts since they were last asked for: reading clears them. PACKET_STATISTICS in packet(7).
  public func takeCounts() throws(SystemError) -> PacketSocketCounts {
    let counts = try option(SOL_PACKET, PACKET_STATISTICS, initial: tpacket_stats_v3(), "PACKET_STATISTICS")
    return PacketSocketCounts(received: UInt64(counts.tp_packets), dropped: UInt64(counts.tp_drops))
  }

  /// Stops frames from coming in, and returns when none is on its way any more; the ring stays readable.
  public func silence() throws(SystemError) {
    try attach(.rejectAll)
    let bound = try boundEndpoint()
    guard bound.interface > 0 else { return }
    // Binding to another protocol makes the kernel take its hook off and wait for the processors that are inside it.
    // Protocol 0 would be taken for "as before"; 0xFFFF is reserved, and the filter rejects it besides.
    do {
      try bind(to: PacketEndpoint(interface: bound.interface, protocolNumber: 0xFFFF))
    } catch {
      guard error.code == ENODEV || error.code == ENETDOWN else { throw error }
    }
  }
}
