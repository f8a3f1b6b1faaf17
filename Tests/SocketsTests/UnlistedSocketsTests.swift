import CLinux
import Glibc
import Linux
import Testing

@testable import Sockets

/// Sockets that only their owners' descriptors tell of.
struct UnlistedSocketsTests {
  /// struct sockaddr_vm: family, reserved, port, context, padding. Host order, as on x86.
  static let vsock: [UInt8] = [
    0x28, 0x00, 0x00, 0x00,  // AF_VSOCK
    0x60, 0xb8, 0x00, 0x00,  // port 47200
    0xff, 0xff, 0xff, 0xff,  // VMADDR_CID_ANY
    0x00, 0x00, 0x00, 0x00,
  ]
  /// struct sockaddr_in: 127.0.0.1:80.
  static let inet: [UInt8] = [0x02, 0x00, 0x00, 0x50, 0x7f, 0x00, 0x00, 0x01, 0, 0, 0, 0, 0, 0, 0, 0]
  /// struct sockaddr_in6: [fe80::1%3]:443.
  static let inet6: [UInt8] =
    [0x0a, 0x00, 0x01, 0xbb, 0, 0, 0, 0] + [0xfe, 0x80] + [UInt8](repeating: 0, count: 13) + [0x01] + [3, 0, 0, 0]
  /// struct sockaddr_ll: IPv4 on interface 2.
  static let packet: [UInt8] = [0x11, 0x00, 0x08, 0x00, 2, 0, 0, 0, 1, 0, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0]
  /// struct sockaddr_nl: port 1000, groups 1 and 5.
  static let netlink: [UInt8] = [0x10, 0x00, 0, 0, 0xe8, 0x03, 0, 0, 0x11, 0, 0, 0]

  static let names: [(SocketFamily, [UInt8], SocketAddress)] = [
    (.vsock, vsock, .vsock(context: UInt32.max, port: 47200)),
    (.inet, inet, .internet(.v4(0x7f00_0001), port: 80, interface: 0)),
    (.inet6, inet6, .internet(.v6(0xfe80 << 112 | 1), port: 443, interface: 3)),
    (.packet, packet, .packet(interface: 2, protocolNumber: 0x0800)),
    (.netlink, netlink, .netlink(portID: 1000, groups: [1, 5])),
  ]

  @Test("A name of each family is read", arguments: names) func name(
    family: SocketFamily, octets: [UInt8], address: SocketAddress
  ) {
    #expect(SocketAddress(name: octets, family: family) == address)
  }

  @Test("A name that is cut off is none, or what is whole of it", arguments: names) func truncated(
    family: SocketFamily, octets: [UInt8], address: SocketAddress
  ) {
    for length in 0..<octets.count {
      let read = SocketAddress(name: Array(octets.prefix(length)), family: family)
      #expect(read == nil || read == address, "\(length) octets")
    }
    #expect(SocketAddress(name: [], family: family) == nil)
  }

  @Test("A unix name is a path, an abstract name with zeros, or none") func unixNames() {
    #expect(SocketAddress(name: [1, 0], family: .unix) == .unix(.unnamed))
    #expect(SocketAddress(name: [1, 0, 0x2f, 0x61, 0], family: .unix) == .unix(.path([0x2f, 0x61])))
    #expect(SocketAddress(name: [1, 0, 0, 0x61, 0, 0x62], family: .unix) == .unix(.abstract([0x61, 0, 0x62])))
    #expect(SocketAddress(name: [1], family: .unix) == nil)
    #expect(SocketAddress(name: [1, 0], family: .xdp) == nil)
  }

  /// A real socket of this process, and what its descriptor tells.
  private func inspect(_ descriptor: Int32) throws -> (HeldSocketRequest, HeldSocketAnswer) {
    var status = stat()
    #expect(unsafe fstat(descriptor, &status) == 0)
    let request = HeldSocketRequest(process: getpid(), descriptor: descriptor, inode: UInt64(status.st_ino))
    return (request, try #require(OwnInspection().inspect([request]).first ?? nil))
  }

  @Test("An unbound TCP socket is in no list, and is added with what its descriptor tells") func unbound() throws {
    let socket = try Descriptor(owning: systemCall("socket") { Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
    let (request, answer) = try inspect(socket.rawValue)
    #expect(answer.domain == AF_INET)
    #expect(answer.protocolNumber == Int32(IPPROTO_TCP))
    #expect(answer.remote == nil)
    #expect(answer.cookie != nil)
    var process = ProcessRecord(pid: getpid())
    process.namespace = try OwnInspection().inode(of: nil)
    let owners = OwnerTable(
      processes: [process], held: [HeldSocket(inode: request.inode, process: 0, descriptor: request.descriptor)])
    var snapshot = SocketSnapshot()
    snapshot.namespaces = [process.namespace]
    UnlistedSockets.add(to: &snapshot, heldBy: owners, through: OwnInspection())
    let record = try #require(snapshot.sockets.first)
    #expect(snapshot.sockets.count == 1)
    #expect((record.family, record.type, record.state) == (.inet, .stream, .close))
    #expect(record.inode == request.inode)
    #expect(record.protocolNumber == UInt16(IPPROTO_TCP))
    #expect(record.namespace == process.namespace)

    // Once it is listed nothing is added, and nothing of a namespace that was not read.
    UnlistedSockets.add(to: &snapshot, heldBy: owners, through: OwnInspection())
    #expect(snapshot.sockets.count == 1)
    var elsewhere = SocketSnapshot()
    elsewhere.namespaces = [1]
    UnlistedSockets.add(to: &elsewhere, heldBy: owners, through: OwnInspection())
    #expect(elsewhere.sockets.isEmpty)
  }

  @Test("A netlink socket without a peer has none, though the kernel names itself") func netlinkPeer() throws {
    var answer = HeldSocketAnswer()
    answer.domain = AF_NETLINK
    answer.type = Int32(SOCK_RAW.rawValue)
    answer.local = Self.netlink
    // struct sockaddr_nl: port 0, no groups.
    answer.remote = [0x10, 0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    let record = try #require(SocketRecord(answer))
    #expect(record.remote == nil)
    #expect(record.state == .unconnected)
  }

  @Test("A waiting connection that has been accepted since gets its inode") func accepted() throws {
    let socket = try Descriptor(owning: systemCall("socket") { Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
    let (request, answer) = try inspect(socket.rawValue)
    var process = ProcessRecord(pid: getpid())
    process.namespace = try OwnInspection().inode(of: nil)
    var waiting = SocketRecord(family: .inet, type: .stream, state: .established, local: .init(unboundOf: .inet))
    waiting.cookie = answer.cookie
    var snapshot = SocketSnapshot()
    snapshot.sockets = [waiting]
    snapshot.namespaces = [process.namespace]
    let owners = OwnerTable(
      processes: [process], held: [HeldSocket(inode: request.inode, process: 0, descriptor: request.descriptor)])
    UnlistedSockets.add(to: &snapshot, heldBy: owners, through: OwnInspection())
    #expect(snapshot.sockets.map(\.inode) == [request.inode])
    #expect(snapshot.sockets.map(\.state) == [.established])
  }

  @Test("A descriptor that stands for another socket by now, or for none, tells nothing") func reused() throws {
    let socket = try Descriptor(owning: systemCall("socket") { Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0) })
    let wrong = HeldSocketRequest(process: getpid(), descriptor: socket.rawValue, inode: 1)
    let closed = HeldSocketRequest(process: getpid(), descriptor: 1_000_000, inode: 1)
    #expect(OwnInspection().inspect([wrong, closed]) == [nil, nil])
  }
}
