import Linux
import Testing

@testable import Sockets

/// Tables with an end of each kind.
private var sample: SavedTables {
  var tables = SavedTables()
  tables.moment = .end
  tables.time = 1_700_000_000_123_456_789
  let ends: [(SocketFamily, SocketAddress)] = [
    (.inet, .internet(.v4(0x7f00_0001), port: 80, interface: 0)), (.inet6, .internet(.v6(1), port: 443, interface: 2)),
    (.unix, .unix(.unnamed)), (.unix, .unix(.path(Array("/run/a".utf8)))), (.unix, .unix(.abstract([0xff, 0]))),
    (.packet, .packet(interface: 3, protocolNumber: 3)), (.netlink, .netlink(portID: 9, groups: [1, 31])),
    (.vsock, .vsock(context: 2, port: 1024)), (.xdp, .xdp(interface: 4, queue: 5)),
  ]
  for (index, (family, end)) in ends.enumerated() {
    var socket = SocketRecord(family: family, type: .stream, state: .listen, local: end)
    socket.inode = UInt64(100 + index)
    socket.namespace = 4_026_531_840
    socket.protocolNumber = 6
    socket.receiveQueue = 7
    socket.sendQueue = 8
    if index.isMultiple(of: 2) {
      socket.remote = end
      socket.acceptQueue = 1
      socket.cookie = 0x1_0000_0001
      socket.isIPv6Only = index == 0
    } else {
      socket.backlog = 128
      socket.uid = 1000
      socket.peerInode = 5
    }
    tables.snapshot.sockets.append(socket)
  }
  tables.snapshot.namespaces = [4_026_531_840]
  tables.snapshot.notes = ["a note"]
  var process = ProcessRecord(pid: 4242)
  process.name = Array("nginx".utf8)
  process.cgroup = Array("/system.slice/nginx.service".utf8)
  process.startTime = 77
  process.uid = 33
  process.parent = 1
  process.namespace = 4_026_531_840
  tables.owners = OwnerTable(
    processes: [process],
    held: [HeldSocket(inode: 100, process: 0, descriptor: 6), HeldSocket(inode: 101, process: 0, descriptor: 7)])
  tables.owners.unreadableProcesses = 3
  tables.surroundings.interfaces = [4_026_531_840: [2: "eth0"]]
  tables.surroundings.users = [33: "www-data"]
  tables.surroundings.namespaces = [4_026_531_840: "blue"]
  return tables
}

@Suite struct SavedTablesTests {
  @Test func whatIsWrittenIsReadBack() throws {
    let read = try #require(SavedTables.read(sample.blocks()).first)
    #expect(read.moment == .end)
    #expect(read.time == sample.time)
    #expect(read.snapshot.sockets.map { "\($0)" } == sample.snapshot.sockets.map { "\($0)" })
    #expect(read.snapshot.namespaces == sample.snapshot.namespaces)
    #expect(read.snapshot.notes == sample.snapshot.notes)
    #expect(read.owners.processes == sample.owners.processes)
    #expect(read.owners.held == sample.owners.held)
    #expect(read.owners.unreadableProcesses == 3)
    #expect(read.surroundings.interfaces == sample.surroundings.interfaces)
    #expect(read.surroundings.users == sample.surroundings.users)
    #expect(read.surroundings.namespaces == sample.surroundings.namespaces)
  }

  @Test func theHeadIsAsTheManualPageHasIt() throws {
    let block = try #require(sample.blocks().first)
    #expect(
      Array(block.prefix(24)) == [
        0x53, 0x4b, 0x59, 0x45, 1, 0, 1, 0,  // "SKYE", version 1, at the end
        0x15, 0xcd, 0x85, 0x3d, 0xfe, 0x9c, 0x97, 0x17,  // nanoseconds
        0, 0, 0, 0, 1, 0, 0, 0,  // part 0 of 1
      ])
    #expect(Array(block[24..<28]) == [1, 0, 64, 0])  // a process, 64 octets
  }

  /// Blocks that end anywhere, or have any octet changed, give what is whole in them.
  @Test func damagedBlocks() throws {
    let block = try #require(sample.blocks().first)
    for length in 0..<block.count {
      let read = SavedTables.read([Array(block.prefix(length))])
      #expect(read.count == (length < 24 ? 0 : 1))
      #expect((read.first?.snapshot.sockets.count ?? 0) <= sample.snapshot.sockets.count)
    }
    for place in block.indices {
      var damaged = block
      damaged[place] ^= 0xff
      #expect(SavedTables.read([damaged]).count <= 1)
    }
  }

  @Test func manySocketsAreSeveralBlocksOfOneTable() {
    var tables = SavedTables()
    let path = [UInt8](repeating: 0x61, count: 107)
    for number in 0..<40_000 {
      var socket = SocketRecord(family: .unix, type: .stream, state: .listen, local: .unix(.path(path)))
      socket.inode = UInt64(number)
      tables.snapshot.sockets.append(socket)
    }
    let blocks = tables.blocks()
    #expect(blocks.count == 2)
    #expect(blocks.allSatisfy { $0.count < 16 << 20 })
    let read = SavedTables.read(blocks + blocks)
    #expect(read.map(\.snapshot.sockets.count) == [40_000, 40_000])
  }
}
