import CLinux
import Glibc
import Linux

/// Unix sockets as unix_diag tells of them. See sock_diag(7), unix(7) and linux/unix_diag.h.
enum UnixDiagnostics {
  /// A request for the sockets in the states of a mask (bit n for state n).
  static func request(states: UInt32, withDetails: Bool) -> SocketDumpRequest {
    var body = unix_diag_req()
    body.udiag_states = states
    var show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID
    if withDetails { show |= UDIAG_SHOW_VFS | UDIAG_SHOW_ICONS | UDIAG_SHOW_MEMINFO }
    body.udiag_show = UInt32(show)
    return SocketDumpRequest(family: AF_UNIX, body)
  }

  /// The socket that a message tells of; nil where it is no such message.
  static func record(_ payload: NetlinkPayload, withDetails: Bool) -> SocketRecord? {
    guard let message = payload.value(as: unix_diag_msg.self), Int32(message.udiag_family) == AF_UNIX,
      let type = SocketType(kernel: Int32(message.udiag_type)), let state = SocketState(kernel: message.udiag_state)
    else { return nil }
    var record = SocketRecord(family: .unix, type: type, state: state, local: .unix(.unnamed))
    record.inode = UInt64(message.udiag_ino)
    record.cookie = SocketRecord.cookie(message.udiag_cookie)
    var hasPeer = false
    var queues = unix_diag_rqlen()
    var place = NetlinkPayload.aligned(MemoryLayout<unix_diag_msg>.size)
    while let attribute = payload.attribute(at: &place) {
      switch Int(attribute.type) {
      case UNIX_DIAG_NAME: record.local = .unix(UnixName(kernel: payload.octets(of: attribute)))
      case UNIX_DIAG_PEER:
        hasPeer = true
        let inode: UInt32 = payload.number(attribute)
        // The other end of a connection that waits to be accepted has no inode yet.
        if inode != 0 { record.peerInode = UInt64(inode) }
      case UNIX_DIAG_RQLEN: queues = payload.value(of: attribute, as: unix_diag_rqlen.self) ?? queues
      case UNIX_DIAG_UID: record.uid = payload.value(of: attribute, as: UInt32.self)
      default: break
      }
    }
    // The kernel calls a datagram socket that somebody is connected to `established`, too.
    if type == .datagram { record.state = hasPeer ? .established : .unconnected }
    if record.state == .listen {
      record.acceptQueue = queues.udiag_rqueue
      record.backlog = queues.udiag_wqueue
    } else {
      record.receiveQueue = queues.udiag_rqueue
      record.sendQueue = queues.udiag_wqueue
    }
    if withDetails { record.setDetails(toldBy: payload) }
    return record
  }

  /// What a message tells beyond the record that was made of it.
  static func details(_ payload: NetlinkPayload) -> ToldDetails {
    var details = ToldDetails(payload)
    var place = NetlinkPayload.aligned(MemoryLayout<unix_diag_msg>.size)
    while let attribute = payload.attribute(at: &place) {
      switch Int(attribute.type) {
      case UNIX_DIAG_SHUTDOWN: details.shutdown = payload.number(attribute)
      case UNIX_DIAG_ICONS: details.pending = attribute
      case UNIX_DIAG_MEMINFO: details.memory = attribute
      case UNIX_DIAG_VFS:
        if let file = payload.value(of: attribute, as: unix_diag_vfs.self) {
          details.pathInode = (device: file.udiag_vfs_dev, inode: file.udiag_vfs_ino)
        }
      default: break
      }
    }
    return details
  }
}

extension UnixName {
  /// A name as it stands in sun_path: an abstract one begins with a zero, a path ends before one. See unix(7).
  init(kernel octets: [UInt8]) {
    switch octets.first {
    case nil: self = .unnamed
    case 0: self = .abstract(Array(octets.dropFirst()))
    default: self = .path(Array(octets.prefix { $0 != 0 }))
    }
  }
}
