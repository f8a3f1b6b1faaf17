import Sockets

/// Sockets as a kernel would list them.
enum Samples {
  static func tcp(
    _ state: SocketState, _ local: (UInt32, UInt16), _ remote: (UInt32, UInt16)? = nil, inode: UInt64 = 1
  ) -> SocketRecord {
    var socket = SocketRecord(
      family: .inet, type: .stream, state: state, local: .internet(.v4(local.0), port: local.1, interface: 0))
    socket.protocolNumber = 6
    socket.remote = remote.map { .internet(.v4($0.0), port: $0.1, interface: 0) }
    socket.inode = inode
    socket.uid = 0
    socket.namespace = 4_026_531_840
    return socket
  }

  static func udp(port: UInt16, inode: UInt64 = 1) -> SocketRecord {
    var socket = SocketRecord(
      family: .inet, type: .datagram, state: .unconnected, local: .internet(.v4(0), port: port, interface: 0))
    socket.protocolNumber = 17
    socket.inode = inode
    return socket
  }

  static func unix(_ type: SocketType, _ state: SocketState, _ name: UnixName, inode: UInt64 = 1) -> SocketRecord {
    var socket = SocketRecord(family: .unix, type: type, state: state, local: .unix(name))
    socket.inode = inode
    return socket
  }

  static func process(_ pid: Int32, _ name: String, uid: UInt32 = 0, cgroup: String = "") -> ProcessRecord {
    var process = ProcessRecord(pid: pid)
    process.name = Array(name.utf8)
    process.uid = uid
    process.cgroup = Array(cgroup.utf8)
    return process
  }
}
