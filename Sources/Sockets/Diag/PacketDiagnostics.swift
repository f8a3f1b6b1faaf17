import CLinux
import Glibc
import Linux

/// Packet sockets as packet_diag tells of them. See sock_diag(7), packet(7) and linux/packet_diag.h.
enum PacketDiagnostics {
  /// A request for all packet sockets. Filters are asked for apart from the rest, since one that is too long for a
  /// message makes the kernel end the list there.
  static func request(withDetails: Bool, withFilters: Bool) -> SocketDumpRequest {
    var body = packet_diag_req()
    var show = PACKET_SHOW_INFO | PACKET_SHOW_MEMINFO
    if withDetails { show |= PACKET_SHOW_MCLIST | PACKET_SHOW_RING_CFG | PACKET_SHOW_FANOUT }
    if withFilters { show |= PACKET_SHOW_FILTER }
    body.pdiag_show = UInt32(show)
    return SocketDumpRequest(family: AF_PACKET, body)
  }

  /// The socket that a message tells of; nil where it is no such message.
  ///
  /// - Parameter withFilters: whether filters were asked for.
  static func record(_ payload: NetlinkPayload, withDetails: Bool, withFilters: Bool) -> SocketRecord? {
    guard let message = payload.value(as: packet_diag_msg.self), Int32(message.pdiag_family) == AF_PACKET,
      let type = SocketType(kernel: Int32(message.pdiag_type))
    else { return nil }
    var record = SocketRecord(
      family: .packet, type: type, state: .unconnected,
      local: .packet(interface: 0, protocolNumber: message.pdiag_num))
    record.protocolNumber = message.pdiag_num
    record.inode = UInt64(message.pdiag_ino)
    record.cookie = SocketRecord.cookie(message.pdiag_cookie)
    var details = SocketDetails()
    details.isFilterUnknown = !withFilters
    var packet = PacketSocketDetails()
    var attributes = payload.dropping(MemoryLayout<packet_diag_msg>.size)
    while let (type, value) = attributes.nextAttribute() {
      switch Int(type) {
      case PACKET_DIAG_INFO:
        guard let information = value.value(as: packet_diag_info.self) else { break }
        record.local = .packet(interface: information.pdi_index, protocolNumber: message.pdiag_num)
        packet.version = information.pdi_version
        packet.reserve = information.pdi_reserve
        packet.copyThreshold = information.pdi_copy_thresh
        packet.flags = information.pdi_flags
      case PACKET_DIAG_UID: record.uid = value.value(as: UInt32.self)
      case PACKET_DIAG_MEMINFO:
        details.memory = value.numbers
        record.setQueues(memory: details.memory)
      case PACKET_DIAG_MCLIST: packet.memberships = memberships(value)
      case PACKET_DIAG_RX_RING: packet.receiveRing = PacketRingDetails(value)
      case PACKET_DIAG_TX_RING: packet.transmitRing = PacketRingDetails(value)
      case PACKET_DIAG_FANOUT:
        let number = value.uint32(at: 0)
        packet.fanout = (UInt16(truncatingIfNeeded: number), UInt16(truncatingIfNeeded: number >> 16))
      case PACKET_DIAG_FILTER:
        // Without CAP_NET_ADMIN it is empty, without a filter it is missing.
        details.filter = value.octets
        details.isFilterUnknown = value.count == 0
      default: break
      }
    }
    if withDetails {
      details.packet = packet
      record.details = details
    }
    return record
  }

  private static func memberships(_ value: NetlinkPayload) -> [PacketMembership] {
    let size = MemoryLayout<packet_diag_mclist>.size
    return (0..<value.count / size).compactMap { place in
      guard let entry = value.value(at: place &* size, as: packet_diag_mclist.self) else { return nil }
      var membership = PacketMembership()
      membership.interface = entry.pdmc_index
      membership.count = entry.pdmc_count
      membership.type = entry.pdmc_type
      return membership
    }
  }
}

extension PacketRingDetails {
  /// A ring from struct packet_diag_ring; nil where it is cut short.
  init?(_ value: NetlinkPayload) {
    guard let ring = value.value(as: packet_diag_ring.self) else { return nil }
    self.init()
    blockSize = ring.pdr_block_size
    blockCount = ring.pdr_block_nr
    frameSize = ring.pdr_frame_size
    frameCount = ring.pdr_frame_nr
    retireMilliseconds = ring.pdr_retire_tmo
  }
}
