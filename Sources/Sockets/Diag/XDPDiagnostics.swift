import CLinux
import Glibc
import Linux

/// XDP sockets as xsk_diag tells of them. See linux/xdp_diag.h and the kernel's networking/af_xdp.rst.
enum XDPDiagnostics {
  /// A request for all XDP sockets.
  static func request(withDetails: Bool) -> SocketDumpRequest {
    var body = xdp_diag_req()
    var show = XDP_SHOW_INFO | XDP_SHOW_MEMINFO
    if withDetails { show |= XDP_SHOW_RING_CFG | XDP_SHOW_UMEM | XDP_SHOW_STATS }
    body.xdiag_show = UInt32(show)
    return SocketDumpRequest(family: AF_XDP, body)
  }

  /// The socket that a message tells of; nil where it is no such message.
  static func record(_ payload: NetlinkPayload, withDetails: Bool) -> SocketRecord? {
    guard let message = payload.value(as: xdp_diag_msg.self), Int32(message.xdiag_family) == AF_XDP,
      let type = SocketType(kernel: Int32(message.xdiag_type))
    else { return nil }
    var record = SocketRecord(
      family: .xdp, type: type, state: .unconnected, local: .xdp(interface: 0, queue: 0))
    record.inode = UInt64(message.xdiag_ino)
    record.cookie = SocketRecord.cookie(message.xdiag_cookie)
    var details = SocketDetails()
    var xdp = XDPSocketDetails()
    var attributes = payload.dropping(MemoryLayout<xdp_diag_msg>.size)
    while let (type, value) = attributes.nextAttribute() {
      switch Int(type) {
      case XDP_DIAG_INFO:
        guard let information = value.value(as: xdp_diag_info.self) else { break }
        record.local = .xdp(interface: information.ifindex, queue: information.queue_id)
      case XDP_DIAG_UID: record.uid = value.value(as: UInt32.self)
      case XDP_DIAG_MEMINFO:
        details.memory = value.numbers
        record.setQueues(memory: details.memory)
      case XDP_DIAG_RX_RING: xdp.receiveRingEntries = value.uint32(at: 0)
      case XDP_DIAG_TX_RING: xdp.transmitRingEntries = value.uint32(at: 0)
      case XDP_DIAG_UMEM_FILL_RING: xdp.fillRingEntries = value.uint32(at: 0)
      case XDP_DIAG_UMEM_COMPLETION_RING: xdp.completionRingEntries = value.uint32(at: 0)
      case XDP_DIAG_UMEM:
        guard let area = value.value(as: xdp_diag_umem.self) else { break }
        xdp.areaSize = area.size
        xdp.chunkSize = area.chunk_size
        xdp.isZeroCopy = Int32(bitPattern: area.flags) & XDP_DU_F_ZEROCOPY != 0
      case XDP_DIAG_STATS:
        guard let statistics = value.value(as: xdp_diag_stats.self) else { break }
        xdp.receiveDropped = statistics.n_rx_dropped
        xdp.receiveInvalid = statistics.n_rx_invalid
        xdp.receiveFull = statistics.n_rx_full
        xdp.transmitInvalid = statistics.n_tx_invalid
      default: break
      }
    }
    if withDetails {
      details.xdp = xdp
      record.details = details
    }
    return record
  }
}
