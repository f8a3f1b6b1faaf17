import Linux
import Testing

@testable import Sockets

private let service = UnixName.path(Array("/run/php.sock".utf8))

@Test func connectedStreamsNameEachOther() {
  var sample = Sample()
  let client = sample.unix(inode: 11, peer: 12)
  let server = sample.unix(inode: 12, peer: 11, name: service)
  let peers = Peers(sample.snapshot)
  #expect(peers.peer(of: client) == server)
  #expect(peers.peer(of: server) == client)
  peers.nameUnixPeers(in: &sample.snapshot)
  #expect(sample.snapshot.sockets[client].remote == .unix(service))
  #expect(sample.snapshot.sockets[server].remote == .unix(.unnamed))
}

@Test func placesThatDoNotExistHaveNoPeer() {
  let peers = Peers(SocketSnapshot())
  #expect(peers.peer(of: 0) == nil)
  #expect(peers.peer(of: -1) == nil)
  #expect(peers.absentPeer(of: 7) == nil)
}

@Test func aDatagramSocketMayBeConnectedToOneThatIsNot() {
  var sample = Sample()
  let log = sample.unix(.datagram, .unconnected, inode: 20, name: .path(Array("/dev/log".utf8)))
  let one = sample.unix(.datagram, inode: 21, peer: 20)
  let two = sample.unix(.datagram, inode: 22, peer: 20)
  let peers = Peers(sample.snapshot)
  #expect(peers.peer(of: one) == log)
  #expect(peers.peer(of: two) == log)
  #expect(peers.peer(of: log) == nil)
}

@Test func aDatagramSocketMayBeConnectedToItself() {
  var sample = Sample()
  let own = sample.unix(.datagram, inode: 20, peer: 20, name: .abstract([1]))
  #expect(Peers(sample.snapshot).peer(of: own) == own)
}

@Test func aWaitingClientHasTheListener() {
  var sample = Sample()
  let client = sample.unix(inode: 11)
  let listener = sample.unix(.stream, .listen, inode: 10, name: service, accept: 1, backlog: 5, pending: [11, 0, 999])
  let waiting = sample.unix(inode: 0, peer: 11, name: service)
  let peers = Peers(sample.snapshot)
  #expect(peers.peer(of: client) == listener)
  #expect(peers.peer(of: waiting) == client)
  #expect(peers.peer(of: listener) == nil)
}

@Test func aWaitingClientIsFoundByTheNameOfWhatWaits() {
  var sample = Sample()
  let listener = sample.unix(.stream, .listen, inode: 10, name: service)
  let client = sample.unix(inode: 11)
  sample.unix(inode: 0, peer: 11, name: service)
  #expect(Peers(sample.snapshot).peer(of: client) == listener)

  // Two listeners of one name, such as in two mount namespaces: neither is named.
  sample.unix(.stream, .listen, inode: 13, name: service)
  let peers = Peers(sample.snapshot)
  #expect(peers.peer(of: client) == 2)
}

@Test func aPeerThatIsNotListedIsRemembered() {
  var sample = Sample()
  let client = sample.unix(inode: 11, peer: 99)
  let peers = Peers(sample.snapshot)
  #expect(peers.peer(of: client) == nil)
  #expect(peers.absentPeer(of: client) == 99)
}

@Test func anInodeUsedAgainIsNoPeer() {
  var sample = Sample()
  let old = sample.unix(inode: 11, peer: 12)
  let other = sample.unix(inode: 12, peer: 13)
  sample.unix(inode: 13, peer: 12)
  let ofAnotherType = sample.unix(.sequencedPacket, inode: 14, peer: 15)
  sample.unix(.stream, inode: 15, peer: 14)
  let ofListener = sample.unix(inode: 16, peer: 17)
  sample.unix(.stream, .listen, inode: 17, peer: 16)
  let peers = Peers(sample.snapshot)
  #expect(peers.peer(of: old) == nil)
  #expect(peers.peer(of: other) == 2)
  #expect(peers.peer(of: ofAnotherType) == nil)
  #expect(peers.peer(of: ofListener) == nil)
}

@Test func twoSocketsWithOneInodeAreNobodysPeer() {
  var sample = Sample()
  let client = sample.unix(inode: 11, peer: 12)
  sample.unix(inode: 12, peer: 11)
  sample.unix(inode: 12, peer: 11)
  #expect(Peers(sample.snapshot).peer(of: client) == nil)

  // One socket that was listed twice is one.
  sample.snapshot.sockets[1].cookie = 5
  sample.snapshot.sockets[2].cookie = 5
  #expect(Peers(sample.snapshot).peer(of: client) == 1)
}
