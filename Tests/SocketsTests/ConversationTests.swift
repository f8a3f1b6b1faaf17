import Glibc
import Linux
import Testing

@testable import Sockets

private let service = UnixName.path(Array("/run/php.sock".utf8))

/// A server that a client has some connections to, all by unix sockets.
private func served(_ count: UInt64) -> Sample {
  var sample = Sample()
  sample.unix(.stream, .listen, inode: 10, name: service, accept: 0, backlog: 128)
  for number in 0..<count {
    sample.unix(inode: 100 + number, peer: 200 + number, receiveQueue: 1)
    sample.unix(inode: 200 + number, peer: 100 + number, name: service, receiveQueue: 10)
  }
  return sample
}

@Test func connectionsOfOnePairAreOneLine() throws {
  let table = owners([(812, "nginx", [100, 101, 102]), (901, "php-fpm", [10, 200, 201, 202])])
  let all = Conversations(served(3).snapshot, owners: table).all
  #expect(all.count == 1)
  let line = try #require(all.first)
  #expect(line.client?.name == .processes([0]))
  #expect(line.server.name == .processes([1]))
  #expect(line.endpoint == .unix(service))
  #expect((line.connections, line.waiting) == (3, 0))
  #expect((line.toClient, line.toServer) == (3, 30))
  #expect(!line.isOneWay && !line.isFull && !line.isUnused)
  #expect(line.inodes.contains(Conversation.Inodes(client: 101, server: 201)))
}

@Test func eachConnectionByItself() {
  let table = owners([(812, "nginx", [100, 101, 102]), (901, "php-fpm", [10, 200, 201, 202])])
  let all = Conversations(served(3).snapshot, owners: table, by: .connection).all
  #expect(all.map(\.connections) == [1, 1, 1])
}

@Test func unitsAndContainersAreSummedUp() throws {
  let table = owners(
    [(1, "nginx", [100]), (2, "nginx", [101, 102]), (3, "php-fpm", [10, 200, 201]), (4, "sh", [202])],
    cgroups: [1: "/system.slice/nginx.service", 2: "/system.slice/nginx.service", 3: "/system.slice/php.service"])
  let units = Conversations(served(3).snapshot, owners: table, by: .unit).all
  #expect(units.count == 2)
  let first = try #require(units.first { $0.server.name == .unit("php.service") })
  #expect(first.client?.name == .unit("nginx.service"))
  #expect(first.client?.processes == [0, 1])
  #expect(first.connections == 2)
  #expect(units.contains { $0.server.name == .command(Array("sh".utf8)) })

  let containers = Conversations(served(3).snapshot, owners: table, by: .container).all
  #expect(containers.count == 1)
  #expect(containers.first?.client?.name == .host)
  #expect(containers.first?.server.processes == [2, 3])
}

@Test func sharedEndsAreOfAllTheirHolders() throws {
  var sample = Sample()
  sample.unix(inode: 1, peer: 2)
  sample.unix(inode: 2, peer: 1)
  let forked = Conversations(sample.snapshot, owners: owners([(5, "sh", [1, 2]), (6, "sh", [1, 2])]))
  let line = try #require(forked.all.first)
  #expect(line.client?.name == .processes([0, 1]))
  #expect(line.endpoint == nil)
  #expect(forked.withinOneProcess == 0)
}

@Test func socketpairsOfTwoProcessesAreOneLine() {
  var sample = Sample()
  // The lower process has the end that is listed first of one, and that is listed last of the other.
  sample.unix(inode: 1, peer: 2)
  sample.unix(inode: 2, peer: 1, receiveQueue: 7)
  sample.unix(inode: 3, peer: 4, receiveQueue: 5)
  sample.unix(inode: 4, peer: 3)
  let all = Conversations(sample.snapshot, owners: owners([(5, "a", [1, 4]), (6, "b", [2, 3])])).all
  #expect(all.map(\.connections) == [2])
  #expect(all.first?.client?.name == .processes([0]))
  #expect(all.first.map { [$0.toClient, $0.toServer] } == [0, 12])
  #expect(all.first?.inodes == [.init(client: 1, server: 2), .init(client: 4, server: 3)])
}

@Test func aPairWithinOneProcessIsCounted() {
  var sample = Sample()
  sample.unix(inode: 1, peer: 2)
  sample.unix(inode: 2, peer: 1)
  let table = owners([(5, "python3", [1, 2])])
  let hidden = Conversations(sample.snapshot, owners: table)
  #expect(hidden.all.isEmpty)
  #expect(hidden.withinOneProcess == 1)
  let shown = Conversations(sample.snapshot, owners: table, withOneself: true)
  #expect(shown.all.count == 1)
}

@Test func endsWithoutAHolder() {
  var sample = Sample()
  sample.unix(inode: 1, peer: 2)
  sample.unix(inode: 2, peer: 1, name: service)
  var table = owners([(5, "client", [1])])
  #expect(Conversations(sample.snapshot, owners: table).all.first?.server.name == .noProcess)
  table.unreadableProcesses = 3
  let conversations = Conversations(sample.snapshot, owners: table)
  #expect(conversations.all.first?.server.name == .unreadable)
  #expect(conversations.unreadableEnds == 1)
}

@Test func aPeerInANamespaceThatWasNotReadHasItsHolder() {
  var sample = Sample()
  sample.unix(inode: 1, peer: 2, name: service)
  let all = Conversations(sample.snapshot, owners: owners([(5, "here", [1]), (6, "there", [2])])).all
  #expect(all.first?.server.name == .processes([1]))
  #expect(all.first?.inodes == [Conversation.Inodes(client: 1, server: 2)])
}

@Test func datagramsGoOneWay() {
  var sample = Sample()
  sample.unix(.datagram, .unconnected, inode: 1, name: .path(Array("/dev/log".utf8)), receiveQueue: 70)
  sample.unix(.datagram, inode: 2, peer: 1)
  let line = Conversations(sample.snapshot, owners: owners([(1, "syslogd", [1]), (2, "cron", [2])])).all.first
  #expect(line?.isOneWay == true)
  #expect(line?.client?.name == .processes([1]))
  #expect(line?.toServer == 70)
  #expect(line?.endpoint == .unix(.path(Array("/dev/log".utf8))))
}

@Test func clientsAtAFullListenerAreMarked() {
  var sample = Sample()
  sample.unix(.stream, .listen, inode: 10, name: service, accept: 2, backlog: 1, pending: [11, 12])
  for inode: UInt64 in 11...12 {
    sample.unix(inode: inode)
    sample.unix(inode: 0, peer: inode, name: service)
  }
  let all = Conversations(sample.snapshot, owners: owners([(1, "slow", [10]), (2, "client", [11, 12])])).all
  #expect(all.count == 1)
  #expect(all.first?.client?.name == .processes([1]))
  #expect(all.first?.server.name == .processes([0]))
  #expect(all.first?.isFull == true)
  #expect(all.first.map { [$0.connections, $0.waiting, $0.connecting] } == [2, 2, 0])
  #expect(all.first?.acceptQueue == 2)
  #expect(all.first?.backlog == 1)
  #expect(all.first?.inodes.map(\.server) == [0, 0])
}

@Test func tcpConnectionsThatWaitAndAreMade() {
  var sample = Sample()
  sample.internet(Int(IPPROTO_TCP), .listen, inode: 1, from: ("0.0.0.0", 80), accept: 2, backlog: 1)
  for port: UInt16 in 40000...40001 {
    sample.connection(from: ("127.0.0.1", port), to: ("127.0.0.1", 80), inodes: (UInt64(port), 0))
  }
  sample.internet(Int(IPPROTO_TCP), .synSent, inode: 5, from: ("127.0.0.1", 40002), to: ("127.0.0.1", 80), sendQueue: 1)
  let all = Conversations(sample.snapshot, owners: owners([(1, "slow", [1]), (2, "client", [40000, 40001, 5])])).all
  #expect(all.count == 1)
  #expect(all.first.map { [$0.connections, $0.waiting, $0.connecting] } == [3, 3, 1])
  #expect(all.first?.server.name == .processes([0]))
  #expect(all.first?.isFull == true)
}

@Test func theListenersSideIsTheServer() {
  var sample = Sample()
  // The client's port is the lower one, and it comes first: only the listener tells.
  sample.connection(from: ("127.0.0.1", 700), to: ("127.0.0.1", 8080), inodes: (1, 2))
  let table = owners([(1, "client", [1]), (2, "server", [2, 3])])
  #expect(Conversations(sample.snapshot, owners: table).all.first?.server.name == .processes([0]))
  sample.internet(Int(IPPROTO_TCP), .listen, inode: 3, from: ("::", 8080), accept: 0, backlog: 9)
  let line = Conversations(sample.snapshot, owners: table).all.first
  #expect(line?.server.name == .processes([1]))
  #expect(line?.endpoint == .internet(.v4(0x7f00_0001), port: 8080, interface: 0))
}

@Test func mappedAndPlainConnectionsAreOneConversation() {
  var sample = Sample()
  sample.internet(Int(IPPROTO_TCP), .listen, inode: 3, from: ("::", 8080), accept: 0, backlog: 9)
  for port: UInt16 in [40000, 40001] {
    let prefix = port == 40000 ? "::ffff:" : ""
    sample.internet(inode: UInt64(port), from: ("\(prefix)127.0.0.1", port), to: ("\(prefix)127.0.0.1", 8080))
    sample.internet(inode: UInt64(port) + 10, from: ("::ffff:127.0.0.1", 8080), to: ("::ffff:127.0.0.1", port))
  }
  let all = Conversations(
    sample.snapshot, owners: owners([(1, "client", [40000, 40001]), (2, "server", [3, 40010, 40011])])
  ).all
  #expect(all.count == 1)
  #expect(all.first?.connections == 2)
  #expect(all.first?.family == .inet)
}

@Test func whatAClosedEndLeftBehind() {
  var sample = Sample()
  sample.internet(Int(IPPROTO_TCP), .closeWait, inode: 1, from: ("127.0.0.1", 80), to: ("127.0.0.1", 40000))
  sample.internet(Int(IPPROTO_TCP), .finWait2, inode: 0, from: ("127.0.0.1", 40000), to: ("127.0.0.1", 80))
  sample.internet(Int(IPPROTO_TCP), .timeWait, inode: 0, from: ("127.0.0.1", 40001), to: ("127.0.0.1", 80))
  let all = Conversations(sample.snapshot, owners: owners([(1, "leaky", [1])])).all
  #expect(all.count == 1)
  #expect(all.first?.client?.name == .closed)
  #expect(all.first?.server.name == .processes([0]))
}

@Test func listenersThatNobodyUses() {
  var sample = Sample()
  sample.unix(.stream, .listen, inode: 1, name: service, accept: 0, backlog: 9)
  sample.internet(Int(IPPROTO_TCP), .listen, inode: 2, from: ("0.0.0.0", 22), accept: 0, backlog: 9)
  sample.internet(Int(IPPROTO_TCP), .listen, inode: 3, from: ("0.0.0.0", 80), accept: 0, backlog: 9)
  // Used from another machine: no conversation on this one, but not unused either.
  sample.internet(inode: 4, from: ("10.0.0.1", 80), to: ("10.0.0.9", 40000))
  let all = Conversations(sample.snapshot, owners: owners([(1, "one", [1]), (2, "sshd", [2]), (3, "web", [3, 4])])).all
  #expect(all.count == 2)
  #expect(all.allSatisfy { $0.isUnused && $0.connections == 0 })
  #expect(Set(all.map(\.server.name)) == [.processes([0]), .processes([1])])
}

@Test func oneOfBothEndsMustBeOfInterest() {
  let table = owners([(812, "nginx", [100]), (901, "php-fpm", [10, 200])])
  let snapshot = served(1).snapshot
  // Places: 0 listener, 1 client, 2 server.
  for place in 0...2 {
    #expect(Conversations(snapshot, owners: table, includes: { $0 == place }).all.count == 1)
  }
  #expect(Conversations(snapshot, owners: table, includes: { _ in false }).all.isEmpty)
}
