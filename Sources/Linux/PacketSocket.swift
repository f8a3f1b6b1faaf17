import CLinux
import Glibc

/// A packet socket, raw or cooked. See packet(7).
public typealias PacketSocket = Socket<PacketEndpoint, FrameStyle>

/// What the kernel counted on a packet socket since it was asked last. PACKET_STATISTICS in packet(7).
public struct PacketSocketCounts: Equatable, Sendable {
  /// Frames that passed the filter, those that were dropped among them.
  public var received: UInt64
  /// Frames for which the ring had no room.
  public var dropped: UInt64
}

extension Socket where Endpoint == PacketEndpoint, Style == FrameStyle {
  /// Opens a packet socket that receives nothing until it is bound: with protocol 0, as packet(7) advises.
  ///
  /// Cooked (SOCK_DGRAM) begins at the network header; otherwise (SOCK_RAW) at the link's. Needs CAP_NET_RAW.
  public init(cooked: Bool) throws(SystemError) {
    try self.init(number: cooked ? DatagramStyle.number : RawStyle.number, protocolNumber: 0)
  }
}

extension Socket where Endpoint == PacketEndpoint {
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
    let bound = try localAddress()
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
