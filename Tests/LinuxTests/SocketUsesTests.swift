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
  func whoHadItOneAfterAnother() throws {
    let uses = try OwnInspection().socketUses()
    let socket = try Socket<IPv4Endpoint, DatagramStyle>()
    try socket.bind(to: IPv4Endpoint(address: 0x7F00_0001, port: 0))
    try socket.connect(to: try socket.localAddress())
    let before = BootClock.nanosecondsSinceEpoch
    try socket.send([1])
    let cookie = try cookie(socket)
    let mark = uses.mark(ofCookie: cookie)
    #expect(!uses.hadSeveralUsers(cookie) && !uses.hadSeveralUsers(0))
    #expect(uses.turns(ofCookie: cookie, since: mark)?.map(\.process) == [getpid()])
    #expect(uses.turns(ofCookie: 0, since: nil) == nil)
    let number = socket.descriptor.rawValue
    try #require(fcntl(number, F_SETFD, 0) == 0)
    // A shell that uses the socket, which this process uses then, and so on.
    func hand() throws {
      try #require(unsafe system("bash -c 'echo >&\(number)'") == 0)
      try socket.send([2])
    }
    try hand()
    #expect(uses.hadSeveralUsers(cookie))
    let turns = try #require(uses.turns(ofCookie: cookie, since: mark))
    #expect(turns.count == 3 && turns[0].process == getpid() && turns[2].process == getpid())
    #expect(turns[1].process != getpid() && String(decoding: turns[1].name, as: UTF8.self) == "bash")
    #expect(turns[1].before == getpid() && turns[2].before == turns[1].process && !turns[0].isShared)
    // Each used it from its beginning to its last use, and they did not at the same time.
    let times = turns.flatMap { [$0.since, $0.last] }
    #expect(times == times.sorted() && times.allSatisfy { before...BootClock.nanosecondsSinceEpoch ~= $0 })
    #expect(uses.turns(ofCookie: cookie, since: nil)?.map(\.process) == turns.map(\.process))
    let later = uses.mark(ofCookie: cookie)
    try hand()
    #expect(uses.turns(ofCookie: cookie, since: later)?.count == 3)
    #expect(uses.turns(ofCookie: cookie, since: mark)?.count == 5)
    // No more than eight are remembered besides the present one: then it is not known who had it since.
    for _ in 0..<3 { try hand() }
    #expect(uses.turns(ofCookie: cookie, since: mark) == nil)
    let last = try #require(uses.turns(ofCookie: cookie, since: nil))
    #expect(last.count == 9 && last[0].isShared && last[8].process == getpid())
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

  private func ends(
    _ port: UInt16, _ other: UInt16, _ address: InternetAddress = .v4(0x7F00_0001)
  ) throws -> ConnectionEnds {
    let namespace = try OwnInspection().inode(of: nil)
    return ConnectionEnds(
      address, port: port, address, port: other, namespace: UInt32(truncatingIfNeeded: namespace))
  }

  @Test(.enabled(if: notes.works, notes.comment))
  func whichConnectionItIs() throws {
    let uses = try OwnInspection().socketUses()
    let listener = try Socket<IPv4Endpoint, StreamStyle>()
    try listener.bind(to: IPv4Endpoint(address: 0x7F00_0001, port: 0))
    let server = try listener.listen(backlog: 1)
    let port = try server.localAddress().port
    let started = UInt64(clamping: BootClock.monotonicNanoseconds)
    let (own, accepted): (UInt16, ConnectionEnds)
    do {
      let client = try Socket<IPv4Endpoint, StreamStyle>()
      try client.connect(to: try server.localAddress())
      own = try client.localAddress().port
      accepted = try ends(port, own)
      let found = try #require(uses.connection(try ends(own, port)))
      let cookie = try cookie(client)
      #expect(found.cookie == cookie)
      #expect(found.process == getpid() && found.before == 0)
      var status = stat()
      #expect(unsafe fstat(client.descriptor.rawValue, &status) == 0)
      #expect(found.inode == UInt64(status.st_ino) && found.interface == 0)
      // It was used when it began to connect.
      #expect(started < found.since && found.since < found.opened)
      #expect(found.closed == 0 && found.mark == uses.mark(ofCookie: cookie))
      #expect(uses.usesAlone(getpid(), ofCookie: cookie))
      // Nobody has used the other end, which is there.
      let other = try #require(uses.connection(accepted))
      #expect(other.process == 0 && other.opened > started && other.cookie != cookie)
      let peer = try server.accept()
      #expect(uses.connection(accepted)?.process == 0)
      #expect(try client.send([1]) == 1)
      #expect(try peer.receive() == [1])
      let used = try #require(uses.connection(accepted))
      #expect(used.process == getpid() && used.before == 0 && used.since > used.opened)
      #expect(used.cookie == other.cookie && used.opened == other.opened)
      #expect(SocketUses.name(uses.last(ofCookie: cookie)?.name ?? []) == found.name)
    }
    // Both are over, and known still.
    let over = try #require(uses.connection(accepted))
    #expect(over.closed > over.since)
    #expect(!uses.usesAlone(getpid(), ofCookie: over.cookie) && uses.isSoleUser(getpid(), ofCookie: over.cookie))
    #expect(uses.connection(try ends(own, port &+ 1)) == nil)
    #expect(uses.connection(try ends(own, port, .v6(1))) == nil)
  }

  /// Another connection with the same two ends, and of IPv4 through sockets for IPv6.
  @Test(.enabled(if: notes.works, notes.comment))
  func whichConnectionCameLater() throws {
    let uses = try OwnInspection().socketUses()
    let listener = try Socket<IPv6Endpoint, StreamStyle>()
    try listener.setOption(Int32(IPPROTO_IPV6), IPV6_V6ONLY, to: Int32(0), "IPV6_V6ONLY")
    try listener.bind(to: IPv6Endpoint(address: 0, port: 0))
    let server = try listener.listen(backlog: 1)
    let port = try server.localAddress().port
    var own: UInt16 = 0
    var over: UInt64 = 0
    for turn in 0..<2 {
      let client = try Socket<IPv4Endpoint, StreamStyle>()
      // It is over at once: no other end waits for what may still come.
      try client.setOption(SOL_SOCKET, SO_LINGER, to: linger(l_onoff: 1, l_linger: 0), "SO_LINGER")
      if turn == 1 { try client.bind(to: IPv4Endpoint(address: 0x7F00_0001, port: own)) }
      try client.connect(to: IPv4Endpoint(address: 0x7F00_0001, port: port))
      own = try client.localAddress().port
      let peer = try server.accept()
      #expect(try peer.send([1]) == 1)
      let found = try #require(uses.connection(try ends(port, own)))
      #expect(found.process == getpid() && found.closed == 0)
      if turn == 1 { #expect(found.previous >= over && found.previous < found.opened && over > 0) }
      _ = consume client
      over = try #require(uses.connection(try ends(port, own))).closed
      #expect(over > found.since)
      #expect(uses.connection(try ends(own, port))?.closed ?? 0 > 0)
    }
  }

  /// Whoever closes what nobody has used had it.
  @Test(.enabled(if: notes.works, notes.comment))
  func whoClosesWhatNobodyUsed() throws {
    let uses = try OwnInspection().socketUses()
    let listener = try Socket<IPv6Endpoint, StreamStyle>()
    try listener.bind(to: IPv6Endpoint(address: 1, port: 0))
    let server = try listener.listen(backlog: 1)
    let client = try Socket<IPv6Endpoint, StreamStyle>()
    try client.connect(to: try server.localAddress())
    let accepted = try ends(try server.localAddress().port, try client.localAddress().port, .v6(1))
    #expect(uses.connection(accepted)?.process == 0)
    _ = try server.accept()
    #expect(uses.connection(accepted)?.process == getpid())
  }

  @Test(.enabled(if: notes.works, notes.comment))
  func whoHasAPortOfDatagrams() throws {
    let uses = try OwnInspection().socketUses()
    let namespace = UInt32(truncatingIfNeeded: try OwnInspection().inode(of: nil))
    var sockets: [UInt64] = []
    let first = try Socket<IPv4Endpoint, DatagramStyle>()
    let second = try Socket<IPv4Endpoint, DatagramStyle>()
    for socket in [0, 1] {
      sockets.append(socket == 0 ? try cookie(first) : try cookie(second))
    }
    try first.setOption(SOL_SOCKET, SO_REUSEADDR, to: Int32(1), "SO_REUSEADDR")
    try second.setOption(SOL_SOCKET, SO_REUSEADDR, to: Int32(1), "SO_REUSEADDR")
    try first.bind(to: IPv4Endpoint(address: 0x7F00_0001, port: 0))
    let port = try first.localAddress().port
    #expect(!uses.isLast(sockets[0], ofPort: port, namespace: namespace))
    try first.send([1], to: try first.localAddress())
    #expect(uses.isLast(sockets[0], ofPort: port, namespace: namespace))
    #expect(!uses.isLast(sockets[0], ofPort: port, namespace: namespace &+ 1))
    try second.bind(to: IPv4Endpoint(address: 0x7F00_0001, port: port))
    #expect(uses.isLast(sockets[0], ofPort: port, namespace: namespace))
    try second.send([2], to: try first.localAddress())
    #expect(!uses.isLast(sockets[0], ofPort: port, namespace: namespace))
    #expect(uses.isLast(sockets[1], ofPort: port, namespace: namespace))
  }

  @Test(.enabled(if: notes.works, notes.comment))
  func whoUsesASocketFirst() throws {
    let uses = try OwnInspection().socketUses()
    var users = try uses.users()
    // This process itself, when it began to note.
    var processes: [Int32] = []
    while let user = users.next() { processes.append(user.process) }
    #expect(processes.filter { $0 == getpid() }.count == 1)
    let socket = try Socket<IPv4Endpoint, DatagramStyle>()
    try socket.bind(to: IPv4Endpoint(address: 0x7F00_0001, port: 0))
    try socket.connect(to: try socket.localAddress())
    try socket.send([1])
    // More than the ring holds at once, one after another.
    let number = socket.descriptor.rawValue
    try #require(fcntl(number, F_SETFD, 0) == 0)
    var found: Set<Int32> = []
    for _ in 0..<3 {
      try #require(unsafe system("bash -c 'for turn in {1..300}; do (echo >&\(number)); done'") == 0)
      while let user = users.next() { found.insert(user.process) }
    }
    #expect(found.count >= 900 && !found.contains(getpid()))
    #expect(users.next() == nil)
  }

  private func cookie<Endpoint, Style>(_ socket: borrowing Socket<Endpoint, Style>) throws -> UInt64 {
    try socket.option(SOL_SOCKET, SO_COOKIE, initial: UInt64(0), "SO_COOKIE")
  }
}
