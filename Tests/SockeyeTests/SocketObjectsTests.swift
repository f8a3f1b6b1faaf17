import Foundation
import Glibc
import Linux
import Output
import Sockets
import Testing
import Wire

@testable import sockeye

/// Sockets as JSON objects, in whatever way they are made.
@Suite struct SocketObjectsTests {
  /// What the kernel tells is written out of its message, or out of a copy: nobody may see which.
  @Test func detailsAreWrittenAlikeFromTheMessageAndFromACopy() throws {
    let bound = try Socket<IPv4Endpoint, StreamStyle>()
    try bound.bind(to: .loopback(port: 0))
    let listener = try bound.listen(backlog: 4)
    let client = try Socket<IPv4Endpoint, StreamStyle>()
    try client.connect(to: listener.localAddress())
    let pair = try SocketPair<StreamStyle>()
    defer { _ = (client.descriptor.rawValue, listener.rawValue, pair.first.descriptor.rawValue) }
    var query = SocketQuery()
    query.withDetails = true
    let snapshot = try SocketInventory.read(query, through: OwnInspection())
    var copied = snapshot
    for place in copied.sockets.indices { copied.sockets[place].details = copied.sockets[place].details }
    #expect(snapshot.sockets.contains { $0.toldDetails != nil } && !copied.sockets.contains { $0.toldDetails != nil })
    let places = Array(snapshot.sockets.indices)
    #expect(try text(snapshot, places) == text(copied, places))
  }

  @Test(arguments: [0, 1, 1023, 1025, 20_000]) func severalThreadsKeepTheOrder(_ count: Int) throws {
    var snapshot = SocketSnapshot()
    for inode in 0..<UInt64(count) {
      var socket = SocketRecord(family: .unix, type: .stream, state: .close, local: .unix(.unnamed))
      socket.inode = inode
      snapshot.sockets.append(socket)
    }
    let lines = try text(snapshot, Array(0..<count).reversed()).split(separator: UInt8(ascii: "\n"))
    #expect(lines.count == count)
    for (place, line) in lines.enumerated() {
      let wanted = "\"inode\":\(count - 1 - place),"
      #expect(String(decoding: line, as: UTF8.self).contains(wanted))
    }
  }

  /// A reader who goes away in the middle ends it.
  @Test func aClosedPipeEndsIt() throws {
    signal(SIGPIPE, SIG_IGN)
    var snapshot = SocketSnapshot()
    for _ in 0..<5000 {
      snapshot.sockets.append(SocketRecord(family: .unix, type: .stream, state: .close, local: .unix(.unnamed)))
    }
    let listing = SocketListing(snapshot, OwnerTable(), places: Array(0..<5000))
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    var stream = OutputStream(descriptor: pipe.fileHandleForWriting.fileDescriptor, name: "a pipe")
    var caught: OutputError?
    do throws(OutputError) { try SocketObjects(listing).write(to: &stream) } catch { caught = error }
    #expect(caught == .closed(name: "a pipe"))
  }

  private func text(_ snapshot: SocketSnapshot, _ places: [Int]) throws -> Data {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("sockets-\(UUID().uuidString)")
    #expect(FileManager.default.createFile(atPath: file.path, contents: nil))
    defer { try? FileManager.default.removeItem(at: file) }
    let handle = try FileHandle(forWritingTo: file)
    var stream = OutputStream(descriptor: handle.fileDescriptor, name: "a file")
    try SocketObjects(SocketListing(snapshot, OwnerTable(), places: places)).write(to: &stream)
    try stream.flush()
    try handle.close()
    return try Data(contentsOf: file)
  }
}
