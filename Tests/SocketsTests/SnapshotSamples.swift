import Glibc
import Linux

@testable import Sockets

/// The sockets of a snapshot, made in words.
struct Sample {
  var snapshot = SocketSnapshot()
  static let home: UInt64 = 4_026_531_840

  @discardableResult
  mutating func add(_ socket: SocketRecord) -> Int {
    snapshot.sockets.append(socket)
    return snapshot.sockets.count - 1
  }

  /// A unix socket; inode 0 for a connection that was not accepted.
  @discardableResult
  mutating func unix(
    _ type: SocketType = .stream, _ state: SocketState = .established, inode: UInt64, peer: UInt64? = nil,
    name: UnixName = .unnamed, receiveQueue: UInt32 = 0, accept: UInt32? = nil, backlog: UInt32? = nil,
    pending: [UInt64] = []
  ) -> Int {
    var socket = SocketRecord(family: .unix, type: type, state: state, local: .unix(name))
    socket.inode = inode
    socket.peerInode = peer
    socket.receiveQueue = receiveQueue
    socket.acceptQueue = accept
    socket.backlog = backlog
    socket.namespace = Sample.home
    if !pending.isEmpty {
      var details = SocketDetails()
      details.pendingInodes = pending
      socket.details = details
    }
    return add(socket)
  }

  /// A socket of the internet; port 0 for no peer.
  @discardableResult
  mutating func internet(
    _ protocolNumber: Int = Int(IPPROTO_TCP), _ state: SocketState = .established, inode: UInt64,
    from local: (String, UInt16), to remote: (String, UInt16)? = nil, interface: UInt32 = 0,
    namespace: UInt64 = Sample.home, accept: UInt32? = nil, backlog: UInt32? = nil, sendQueue: UInt32 = 0,
    receiveQueue: UInt32 = 0
  ) -> Int {
    let address = Sample.address(local.0)
    var family = SocketFamily.inet6
    if case .v4 = address { family = .inet }
    let type: SocketType =
      protocolNumber == Int(IPPROTO_UDP) || protocolNumber == Int(IPPROTO_UDPLITE) ? .datagram : .stream
    var socket = SocketRecord(
      family: family, type: type, state: state, local: .internet(address, port: local.1, interface: interface))
    socket.protocolNumber = UInt16(protocolNumber)
    if let remote {
      socket.remote = .internet(Sample.address(remote.0), port: remote.1, interface: interface)
    }
    socket.inode = inode
    socket.namespace = namespace
    socket.acceptQueue = accept
    socket.backlog = backlog
    socket.sendQueue = sendQueue
    socket.receiveQueue = receiveQueue
    return add(socket)
  }

  /// The addresses that the tests use, from text: dotted decimal, `::ffff:` before it, or hexadecimal groups.
  static func address(_ text: String) -> InternetAddress {
    if text.contains(".") {
      let four = text.split(separator: ":").last ?? ""
      let value = four.split(separator: ".").reduce(UInt32(0)) { $0 << 8 | (UInt32($1) ?? 0) }
      return text.hasPrefix("::ffff:") ? .v6(0xffff << 32 | UInt128(value)) : .v4(value)
    }
    let halves = text.split(separator: ":", omittingEmptySubsequences: false)
    // Head, `::`, tail: enough for fe80::1, ::1 and ::.
    let head = halves.first.flatMap { UInt128($0, radix: 16) } ?? 0
    let tail = halves.last.flatMap { UInt128($0, radix: 16) } ?? 0
    return .v6(head << 112 | tail)
  }

  /// Both ends of a TCP connection.
  @discardableResult
  mutating func connection(
    from client: (String, UInt16), to server: (String, UInt16), inodes: (UInt64, UInt64),
    namespaces: (UInt64, UInt64) = (Sample.home, Sample.home)
  ) -> (Int, Int) {
    (
      internet(inode: inodes.0, from: client, to: server, namespace: namespaces.0),
      internet(inode: inodes.1, from: server, to: client, namespace: namespaces.1)
    )
  }
}

/// Owners from a list of process number, name and the inodes that it holds.
func owners(_ list: [(pid: Int32, name: String, inodes: [UInt64])], cgroups: [Int32: String] = [:]) -> OwnerTable {
  var processes: [ProcessRecord] = []
  var held: [HeldSocket] = []
  for (place, one) in list.enumerated() {
    var record = ProcessRecord(pid: one.pid)
    record.name = Array(one.name.utf8)
    record.cgroup = Array((cgroups[one.pid] ?? "").utf8)
    processes.append(record)
    for (number, inode) in one.inodes.enumerated() {
      held.append(HeldSocket(inode: inode, process: Int32(place), descriptor: Int32(number + 3)))
    }
  }
  return OwnerTable(processes: processes, held: held)
}
