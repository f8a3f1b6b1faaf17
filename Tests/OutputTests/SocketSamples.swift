import Sockets

/// Sockets and owners for the tests of what is written about them.
enum SocketSamples {
  static let namespace: UInt64 = 4_026_531_840

  static func socket(
    _ family: SocketFamily, _ type: SocketType, _ state: SocketState, _ local: SocketAddress, number: UInt16 = 0,
    inode: UInt64 = 7
  ) -> SocketRecord {
    var socket = SocketRecord(family: family, type: type, state: state, local: local)
    socket.protocolNumber = number
    socket.inode = inode
    socket.cookie = 0x1a
    socket.uid = 33
    socket.namespace = namespace
    return socket
  }

  /// A listener on every address with one of 128 waiting.
  static var listener: SocketRecord {
    var socket = socket(.inet, .stream, .listen, .internet(.v4(0), port: 80, interface: 0), number: 6)
    socket.acceptQueue = 1
    socket.backlog = 128
    return socket
  }

  static func listing(
    _ sockets: [SocketRecord], _ processes: [ProcessRecord] = [], _ held: [HeldSocket] = [],
    interfaces: [UInt32: String] = [2: "eth0"]
  ) -> SocketListing {
    var snapshot = SocketSnapshot()
    snapshot.sockets = sockets
    var surroundings = Surroundings()
    surroundings.interfaces[namespace] = interfaces
    surroundings.users[33] = "www-data"
    return SocketListing(
      snapshot, OwnerTable(processes: processes, held: held), places: Array(sockets.indices), OwnerFilter(),
      surroundings, peers: Peers(snapshot))
  }

  static func process(_ pid: Int32, _ name: String, cgroup: String = "") -> ProcessRecord {
    var process = ProcessRecord(pid: pid)
    process.name = Array(name.utf8)
    process.uid = 33
    process.cgroup = Array(cgroup.utf8)
    return process
  }
}
