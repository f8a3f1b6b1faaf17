import CLinux
import Glibc
import Linux

/// Virtual machine sockets as vsock_diag tells of them. See vsock(7) and linux/vm_sockets_diag.h.
enum VsockDiagnostics {
  /// A request for the sockets in the states of a mask (bit n for state n).
  static func request(states: UInt32) -> SocketDumpRequest {
    var body = vsock_diag_req()
    body.vdiag_states = states
    return SocketDumpRequest(family: AF_VSOCK, body)
  }

  /// The socket that a message tells of; nil where it is no such message.
  static func record(_ payload: NetlinkPayload, withDetails: Bool) -> SocketRecord? {
    guard let message = payload.value(as: vsock_diag_msg.self), Int32(message.vdiag_family) == AF_VSOCK,
      let type = SocketType(kernel: Int32(message.vdiag_type)), var state = SocketState(kernel: message.vdiag_state)
    else { return nil }
    // VMADDR_PORT_ANY and VMADDR_CID_ANY are all ones: no peer.
    let hasPeer = message.vdiag_dst_port != .max && state != .listen
    if type == .datagram { state = hasPeer ? .established : .unconnected }
    var record = SocketRecord(
      family: .vsock, type: type, state: state,
      local: .vsock(context: message.vdiag_src_cid, port: message.vdiag_src_port))
    if hasPeer { record.remote = .vsock(context: message.vdiag_dst_cid, port: message.vdiag_dst_port) }
    record.inode = UInt64(message.vdiag_ino)
    record.cookie = SocketRecord.cookie(message.vdiag_cookie)
    if withDetails {
      var details = SocketDetails()
      details.shutdown = message.vdiag_shutdown
      record.details = details
    }
    return record
  }
}
