import CLinux
import Glibc
import Linux

/// Netlink sockets as netlink_diag tells of them. See sock_diag(7), netlink(7) and linux/netlink_diag.h.
enum NetlinkDiagnostics {
  /// A request for the sockets of all netlink families.
  static func request(withDetails: Bool) -> SocketDumpRequest {
    var body = netlink_diag_req()
    // NDIAG_PROTO_ALL, which is a cast expression and so does not import.
    body.sdiag_protocol = .max
    body.ndiag_show = UInt32(
      NDIAG_SHOW_MEMINFO | NDIAG_SHOW_GROUPS | (withDetails ? NDIAG_SHOW_FLAGS : 0))
    return SocketDumpRequest(family: AF_NETLINK, body)
  }

  /// The socket that a message tells of; nil where it is no such message.
  static func record(_ payload: NetlinkPayload, withDetails: Bool) -> SocketRecord? {
    guard let message = payload.value(as: netlink_diag_msg.self), Int32(message.ndiag_family) == AF_NETLINK,
      let type = SocketType(kernel: Int32(message.ndiag_type))
    else { return nil }
    // NETLINK_CONNECTED, which is the kernel's own: it is 1.
    var record = SocketRecord(
      family: .netlink, type: type, state: message.ndiag_state == 1 ? .established : .unconnected,
      local: .netlink(portID: message.ndiag_portid, groups: []))
    record.protocolNumber = UInt16(message.ndiag_protocol)
    if record.state == .established || message.ndiag_dst_portid != 0 || message.ndiag_dst_group != 0 {
      let group = message.ndiag_dst_group
      record.remote = .netlink(portID: message.ndiag_dst_portid, groups: group == 0 ? [] : [group])
    }
    record.inode = UInt64(message.ndiag_ino)
    record.cookie = SocketRecord.cookie(message.ndiag_cookie)
    var details = SocketDetails()
    var attributes = payload.dropping(MemoryLayout<netlink_diag_msg>.size)
    while let (type, value) = attributes.nextAttribute() {
      switch Int(type) {
      case NETLINK_DIAG_MEMINFO:
        details.memory = value.numbers
        record.setQueues(memory: details.memory)
      case NETLINK_DIAG_GROUPS:
        record.local = .netlink(portID: message.ndiag_portid, groups: groups(value.numbers))
      case NETLINK_DIAG_FLAGS: details.netlinkFlags = value.value(as: UInt32.self)
      default: break
      }
    }
    if withDetails { record.details = details }
    return record
  }

  /// The numbers of the groups, from 1, whose bits are set.
  static func groups(_ words: [UInt32]) -> [UInt32] {
    var groups: [UInt32] = []
    for (place, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        groups.append(UInt32(truncatingIfNeeded: place &* 32 &+ rest.trailingZeroBitCount &+ 1))
        rest &= rest &- 1
      }
    }
    return groups
  }
}
