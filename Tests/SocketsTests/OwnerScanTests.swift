import Foundation
import Glibc
import Linux
import Testing

@testable import Sockets

/// The scan over this very process and real sockets.
@Suite struct OwnerScanTests {
  @Test func findsOwnSocketsByInode() throws {
    let (first, second) = try socketPair()
    let copy = dup(first)
    defer { for one in [first, second, copy] { close(one) } }
    var query = OwnerQuery()
    query.inodes = [inode(of: first), inode(of: second)]
    let table = try OwnerScan.read(query, through: OwnInspection())
    let holders = table.holders(of: inode(of: first))
    let own = try #require(holders.first { table.processes[$0.process].pid == getpid() })
    #expect(own.descriptors == [first, copy].sorted())
    #expect(table.descriptors(of: inode(of: second)).contains { $0.descriptor == second })
    #expect(table.holders(of: 0).isEmpty)
  }

  @Test func readsOnlyTheProcessesAskedFor() throws {
    let (first, second) = try socketPair()
    defer { for one in [first, second] { close(one) } }
    var query = OwnerQuery()
    query.pids = [getpid()]
    let table = try OwnerScan.read(query, through: OwnInspection())
    #expect(table.processes.map(\.pid) == [getpid()])
    #expect(table.holders(of: inode(of: first)).map(\.process) == [0])
    let process = try #require(table.processes.first)
    #expect(process.uid == geteuid())
    #expect(process.parent == getppid())
    #expect(process.startTime > 0)
    #expect(process.namespace > 0)
    query.pids = [Int32.max, -1, 0]
    #expect(try OwnerScan.read(query, through: OwnInspection()).processes.isEmpty)
  }

  /// Descriptors far apart, as some shells have them: those behind a gap are found, and each once.
  @Test func findsDescriptorsBehindGaps() throws {
    let (first, second) = try socketPair()
    let copies = [230, 231, 400, 777].map { fcntl(first, F_DUPFD, $0) }
    defer { for one in [first, second] + copies { close(one) } }
    var query = OwnerQuery()
    query.pids = [getpid()]
    let table = try OwnerScan.read(query, through: OwnInspection())
    #expect(table.descriptors(of: inode(of: first)).map(\.descriptor) == ([first] + copies).sorted())
    #expect(table.descriptors(of: inode(of: second)).map(\.descriptor) == [second])
  }

  private func socketPair() throws -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    try #require(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    return (ends[0], ends[1])
  }

  private func inode(of descriptor: Int32) -> UInt64 {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 ? UInt64(status.st_ino) : 0
  }
}
