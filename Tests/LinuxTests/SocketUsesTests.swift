import Glibc
import Testing

@testable import Linux

private let notes = Availability("BPF programs that note who uses sockets") { () throws(SystemError) in
  _ = try OwnInspection().socketUses()
}

/// The kernel's own notes of who uses sockets, of this very process and of one that it starts.
@Suite(.serialized)
struct SocketUsesTests {
  @Test(.enabled(if: notes.works, notes.comment))
  func whoSends() throws {
    let uses = try OwnInspection().socketUses()
    let first = try Socket<IPv4Endpoint, DatagramStyle>()
    let second = try Socket<IPv4Endpoint, DatagramStyle>()
    try first.bind(to: IPv4Endpoint(address: 0x7F00_0001, port: 0))
    try second.connect(to: try first.localAddress())
    let (mine, other) = (try cookie(first), try cookie(second))
    // To be connected is no use yet, as datagrams go.
    #expect(uses.last(ofCookie: mine) == nil)
    #expect(uses.last(ofCookie: other) == nil)
    let before = BootClock.nanosecondsSinceEpoch
    try second.send([1, 2, 3])
    let use = try #require(uses.last(ofCookie: other))
    #expect(use.process == getpid())
    #expect(!use.isShared)
    #expect(use.userID == getuid())
    #expect((before...BootClock.nanosecondsSinceEpoch).contains(use.since))
    let own = try #require(OwnInspection().origin(of: getpid()))
    // Field 22 of the file, the 20th behind the name.
    let fields = own[(own.lastIndex(of: 0x29) ?? 0)...].split(separator: 0x20)
    #expect(String(decoding: fields[20], as: UTF8.self) == String(use.startTime))
    let name = own[(own.firstIndex(of: 0x28) ?? 0)...].dropFirst().prefix(use.name.count)
    #expect(Array(name) == use.name && !use.name.isEmpty)
    #expect(uses.isSoleUser(getpid(), ofCookie: other))
    #expect(!uses.isSoleUser(getppid(), ofCookie: other))
    // The other one is used when it is read, also in vain.
    #expect(uses.last(ofCookie: mine) == nil)
    #expect(try first.receive() == [1, 2, 3])
    #expect(uses.last(ofCookie: mine)?.process == getpid())
  }

  @Test(.enabled(if: notes.works, notes.comment))
  func whoConnects() throws {
    let uses = try OwnInspection().socketUses()
    let listener = try Socket<IPv6Endpoint, StreamStyle>()
    try listener.bind(to: IPv6Endpoint(address: 1, port: 0))
    let before = uses.listens
    let server = try listener.listen(backlog: 1)
    #expect(uses.listens > before)
    let client = try Socket<IPv6Endpoint, StreamStyle>()
    try client.connect(to: try server.localAddress())
    #expect(uses.last(ofCookie: try cookie(client))?.process == getpid())
    let listening = uses.listens
    // It listens no more, though it is open.
    #expect(shutdown(server.rawValue, Int32(SHUT_RDWR)) == 0)
    #expect(uses.listens > listening)
  }

  @Test(.enabled(if: notes.works, notes.comment))
  func whatIsNotNoted() throws {
    let uses = try OwnInspection().socketUses()
    let pair = try SocketPair<StreamStyle>()
    try pair.first.send([1])
    let local = try pair.first.option(SOL_SOCKET, SO_COOKIE, initial: UInt64(0), "SO_COOKIE")
    // Not of the internet.
    #expect(uses.last(ofCookie: local) == nil)
    #expect(uses.last(ofCookie: 0) == nil)
    #expect(uses.last(ofCookie: .max) == nil)
    #expect(!uses.isSoleUser(getpid(), ofCookie: local))
  }

  @Test(.enabled(if: notes.works, notes.comment))
  func whoUsesItAfterAnother() throws {
    let uses = try OwnInspection().socketUses()
    let socket = try Socket<IPv4Endpoint, DatagramStyle>()
    try socket.bind(to: IPv4Endpoint(address: 0x7F00_0001, port: 0))
    try socket.connect(to: try socket.localAddress())
    try socket.send([1])
    let cookie = try cookie(socket)
    #expect(uses.isSoleUser(getpid(), ofCookie: cookie))
    let (changes, mark) = (uses.changes, uses.mark(ofCookie: cookie))
    try socket.send([2])
    #expect(uses.isCurrent(mark))
    // A shell that writes to the socket, which is not closed for it; sh(1) may know descriptors of one digit only.
    let number = socket.descriptor.rawValue
    try #require(fcntl(number, F_SETFD, 0) == 0)
    try #require(unsafe system("bash -c 'echo >&\(number)'") == 0)
    let use = try #require(uses.last(ofCookie: cookie))
    #expect(use.process != getpid())
    #expect(use.before == getpid())
    #expect(String(decoding: use.name, as: UTF8.self) == "bash")
    #expect(!uses.isSoleUser(use.process, ofCookie: cookie))
    #expect(!uses.isSoleUser(getpid(), ofCookie: cookie))
    // Which is counted, and shows.
    #expect(uses.changes != changes)
    #expect(mark != 0 && !uses.isCurrent(mark))
  }

  private func cookie<Endpoint, Style>(_ socket: borrowing Socket<Endpoint, Style>) throws -> UInt64 {
    try socket.option(SOL_SOCKET, SO_COOKIE, initial: UInt64(0), "SO_COOKIE")
  }
}
