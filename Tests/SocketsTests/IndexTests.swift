import Linux
import Testing

@testable import Sockets

/// The tables that tens of thousands of sockets are found by, against what is slow and plain.
@Suite struct IndexTests {
  @Test(arguments: [0, 1, 63, 3000]) func numbersHaveTheirFirstPlace(_ count: Int) {
    var index = NumberIndex(capacity: 8)
    var plain: [UInt64: Int] = [:]
    let few = UInt64(count / 2 + 1)
    for place in 0..<count {
      // Some twice, zero and the largest number among them.
      let number = place % 97 == 1 ? UInt64.max : UInt64.random(in: 0..<few)
      #expect(index.insert(number, place) == plain[number])
      if plain[number] == nil { plain[number] = place }
    }
    for number in 0..<few { #expect(index[number] == plain[number]) }
    index[few + 1] = -1
    #expect(index[few + 1] == nil)
    for number in plain.keys { index[number] = -1 }
    #expect(plain.keys.allSatisfy { index[$0] == -1 })
  }

  /// Inodes one after another, far apart, all alike, and nearly all in one place.
  @Test(
    arguments: [
      [], [5], [5, 5, 5], Array(1000..<1300), [1, UInt64.max], [0, 1, 2, 1 << 40, 1 << 63],
      [1] + Array(UInt64(1) << 50..<UInt64(1) << 50 + 500) + [.max],
    ] as [[UInt64]])
  func holdersAreFoundByInode(_ inodes: [UInt64]) {
    let held = inodes.enumerated().map { HeldSocket(inode: $1, process: 0, descriptor: Int32($0)) }
    let table = OwnerTable(processes: [ProcessRecord(pid: 1)], held: held.shuffled())
    let asked = inodes.flatMap { [$0 &- 1, $0, $0 &+ 1] } + [0, 77, .max]
    for inode in asked {
      #expect(Array(table.descriptors(of: inode)) == held.filter { $0.inode == inode })
    }
  }

  /// Connections of which both ends are there, one end, and three with the same ends.
  @Test func manyConnectionsAreOfTwoEndsEach() {
    func socket(_ near: UInt16, _ far: UInt16, inode: UInt64) -> SocketRecord {
      var record = SocketRecord(
        family: .inet, type: .stream, state: .established,
        local: .internet(.v4(0x7f00_0001), port: near, interface: 0))
      record.remote = .internet(.v4(0x7f00_0001), port: far, interface: 0)
      record.protocolNumber = 6
      record.inode = inode
      return record
    }
    var snapshot = SocketSnapshot()
    for port in UInt16(2000)..<6000 {
      snapshot.sockets += [socket(80, port, inode: UInt64(port) * 2), socket(port, 80, inode: UInt64(port) * 2 + 1)]
    }
    snapshot.sockets.shuffle()
    let places = Dictionary(uniqueKeysWithValues: snapshot.sockets.enumerated().map { ($1.inode, $0) })
    let lonely = snapshot.sockets.count
    snapshot.sockets += [
      socket(80, 7000, inode: 1), socket(9, 8, inode: 2), socket(8, 9, inode: 3), socket(9, 8, inode: 4),
    ]
    let peers = Peers(snapshot)
    for (place, socket) in snapshot.sockets.enumerated() {
      #expect(peers.peer(of: place) == (place < lonely ? places[socket.inode ^ 1] : nil))
    }
  }
}
