import Glibc
import Linux
import Testing

@testable import Sockets

private let udp = Int(IPPROTO_UDP)
private let (red, blue, green): (UInt64, UInt64, UInt64) = (1, 2, 3)

@Test func tcpWithinANamespace() {
  var sample = Sample()
  let (client, server) = sample.connection(from: ("127.0.0.1", 40000), to: ("127.0.0.1", 80), inodes: (1, 2))
  let remote = sample.internet(inode: 3, from: ("10.0.0.1", 22), to: ("10.0.0.9", 50000))
  let peers = Peers(sample.snapshot)
  #expect(peers.peer(of: client) == server)
  #expect(peers.peer(of: server) == client)
  #expect(peers.peer(of: remote) == nil)
}

@Test func aMappedAddressIsTheIPv4Address() {
  var sample = Sample()
  let client = sample.internet(inode: 1, from: ("127.0.0.1", 40000), to: ("127.0.0.1", 80))
  let server = sample.internet(inode: 2, from: ("::ffff:127.0.0.1", 80), to: ("::ffff:127.0.0.1", 40000))
  #expect(Peers(sample.snapshot).peer(of: client) == server)
}

@Test func theProtocolIsPartOfTheTuple() {
  var sample = Sample()
  let tcp = sample.internet(inode: 1, from: ("127.0.0.1", 40000), to: ("127.0.0.1", 80))
  sample.internet(udp, inode: 2, from: ("127.0.0.1", 80), to: ("127.0.0.1", 40000))
  #expect(Peers(sample.snapshot).peer(of: tcp) == nil)
}

@Test func mptcpMeetsTCPThatItFellBackTo() {
  var sample = Sample()
  let client = sample.internet(inode: 1, from: ("127.0.0.1", 40000), to: ("127.0.0.1", 80))
  // The subflow below the server's MPTCP socket has the same addresses and no inode.
  sample.internet(inode: 0, from: ("127.0.0.1", 80), to: ("127.0.0.1", 40000))
  let server = sample.internet(
    Int(IPPROTO_MPTCP), inode: 2, from: ("127.0.0.1", 80), to: ("127.0.0.1", 40000))
  let peers = Peers(sample.snapshot)
  #expect(peers.peer(of: client) == server)
  #expect(peers.peer(of: server) == client)
}

@Test func mptcpMeetsMPTCPWhoseSubflowsHaveInodesToo() {
  var sample = Sample()
  let mptcp = Int(IPPROTO_MPTCP)
  let near: (String, UInt16) = ("127.0.0.1", 40000)
  let far: (String, UInt16) = ("127.0.0.1", 80)
  sample.internet(inode: 1, from: near, to: far)
  sample.internet(inode: 2, from: far, to: near)
  let client = sample.internet(mptcp, inode: 3, from: near, to: far)
  let server = sample.internet(mptcp, inode: 4, from: far, to: near)
  let peers = Peers(sample.snapshot)
  #expect(peers.peer(of: client) == server)
  #expect(peers.peer(of: server) == client)
}

@Test func aSocketConnectedToItself() {
  var sample = Sample()
  let own = sample.internet(inode: 1, from: ("127.0.0.1", 5000), to: ("127.0.0.1", 5000))
  #expect(Peers(sample.snapshot).peer(of: own) == own)
}

@Test func aRestOfAnEarlierConnectionIsNoRival() {
  var sample = Sample()
  let (client, server) = sample.connection(from: ("127.0.0.1", 40000), to: ("127.0.0.1", 80), inodes: (1, 2))
  sample.internet(Int(IPPROTO_TCP), .timeWait, inode: 0, from: ("127.0.0.1", 80), to: ("127.0.0.1", 40000))
  #expect(Peers(sample.snapshot).peer(of: client) == server)
}

@Test func rivalsOfOneTupleAreAllUnnamed() {
  var sample = Sample()
  let client = sample.internet(udp, inode: 1, from: ("127.0.0.1", 40000), to: ("127.0.0.1", 53))
  for inode: UInt64 in 2...3 { sample.internet(udp, inode: inode, from: ("127.0.0.1", 53), to: ("127.0.0.1", 40000)) }
  let peers = Peers(sample.snapshot)
  for index in client...client + 2 { #expect(peers.peer(of: index) == nil) }
}

@Test func linkLocalAddressesAreToldApartByTheirLinks() {
  var sample = Sample()
  for link: UInt32 in 2...3 {
    sample.internet(inode: UInt64(link * 10), from: ("fe80::1", 40000), to: ("fe80::2", 80), interface: link)
    sample.internet(inode: UInt64(link * 10 + 1), from: ("fe80::2", 80), to: ("fe80::1", 40000), interface: link)
  }
  let peers = Peers(sample.snapshot)
  #expect(peers.peer(of: 0) == 1)
  #expect(peers.peer(of: 2) == 3)
  #expect(peers.peer(of: 3) == 2)
}

@Test func betweenTwoNamespaces() {
  var sample = Sample()
  let (client, server) = sample.connection(
    from: ("10.0.0.1", 40000), to: ("10.0.0.2", 80), inodes: (1, 2), namespaces: (red, blue))
  let peers = Peers(sample.snapshot)
  #expect(peers.peer(of: client) == server)
  #expect(peers.peer(of: server) == client)
}

@Test func loopbackNeverLeavesItsNamespace() {
  for address in ["127.0.0.1", "127.1.2.3", "::ffff:127.0.0.1", "::1"] {
    var sample = Sample()
    let (client, server) = sample.connection(
      from: (address, 40000), to: (address, 80), inodes: (1, 2), namespaces: (red, blue))
    let peers = Peers(sample.snapshot)
    #expect(peers.peer(of: client) == nil)
    #expect(peers.peer(of: server) == nil)
  }
}

@Test func theSameLoopbackTupleInTwoNamespaces() {
  var sample = Sample()
  let one = sample.connection(
    from: ("127.0.0.1", 40000), to: ("127.0.0.1", 80), inodes: (1, 2), namespaces: (red, red))
  let two = sample.connection(
    from: ("127.0.0.1", 40000), to: ("127.0.0.1", 80), inodes: (3, 4), namespaces: (blue, blue))
  let peers = Peers(sample.snapshot)
  #expect(peers.peer(of: one.0) == one.1)
  #expect(peers.peer(of: two.0) == two.1)
}

@Test func theSameTupleInAThirdNamespaceNamesNobody() {
  var sample = Sample()
  let (client, server) = sample.connection(
    from: ("10.0.0.1", 40000), to: ("10.0.0.2", 80), inodes: (1, 2), namespaces: (red, blue))
  // It speaks with another machine that has blue's address; or with blue: nobody can tell.
  let rival = sample.internet(inode: 3, from: ("10.0.0.1", 40000), to: ("10.0.0.2", 80), namespace: green)
  let peers = Peers(sample.snapshot)
  for index in [client, server, rival] { #expect(peers.peer(of: index) == nil) }
}

@Test func aRestOfAConnectionInAThirdNamespaceIsNoRival() {
  for (state, isKnown) in [(SocketState.established, true), (.closeWait, true), (.lastAck, false), (.closing, false)] {
    var sample = Sample()
    let (client, server) = sample.connection(
      from: ("10.0.0.1", 40000), to: ("10.0.0.2", 80), inodes: (1, 2), namespaces: (red, blue))
    sample.snapshot.sockets[server].state = state
    sample.internet(
      Int(IPPROTO_TCP), .timeWait, inode: 0, from: ("10.0.0.1", 40000), to: ("10.0.0.2", 80), namespace: green)
    #expect(Peers(sample.snapshot).peer(of: client) == (isKnown ? server : nil))
  }
}

@Test func bothEndsInOneNamespaceStayThere() {
  var sample = Sample()
  let (client, server) = sample.connection(
    from: ("10.0.0.1", 40000), to: ("10.0.0.2", 80), inodes: (1, 2), namespaces: (red, red))
  let rival = sample.internet(inode: 3, from: ("10.0.0.1", 40000), to: ("10.0.0.2", 80), namespace: green)
  let peers = Peers(sample.snapshot)
  #expect(peers.peer(of: client) == server)
  #expect(peers.peer(of: server) == client)
  #expect(peers.peer(of: rival) == nil)
}

@Test func aConnectedDatagramSocketHasTheReceiver() {
  var sample = Sample()
  let client = sample.internet(udp, inode: 1, from: ("127.0.0.1", 40000), to: ("127.0.0.53", 53))
  let resolver = sample.internet(udp, .unconnected, inode: 2, from: ("127.0.0.53", 53))
  let anyone = sample.internet(udp, .unconnected, inode: 3, from: ("0.0.0.0", 53))
  var peers = Peers(sample.snapshot)
  #expect(peers.peer(of: client) == resolver)
  #expect(peers.peer(of: resolver) == nil)
  #expect(peers.peer(of: anyone) == nil)

  // A second one that shares the port: the kernel chooses one for each sender.
  sample.internet(udp, .unconnected, inode: 4, from: ("127.0.0.53", 53))
  peers = Peers(sample.snapshot)
  #expect(peers.peer(of: client) == nil)
}

@Test func aReceiverOfAllAddressesIsOnlyFoundForOnesThatAreHere() {
  var sample = Sample()
  let server = sample.internet(udp, .unconnected, inode: 1, from: ("::", 53))
  let here = sample.internet(udp, inode: 2, from: ("10.0.0.1", 40000), to: ("10.0.0.1", 53))
  let elsewhere = sample.internet(udp, inode: 3, from: ("10.0.0.1", 40001), to: ("10.0.0.9", 53))
  let many = sample.internet(udp, inode: 4, from: ("10.0.0.1", 40002), to: ("224.0.0.251", 53))
  let peers = Peers(sample.snapshot)
  #expect(peers.peer(of: here) == server)
  #expect(peers.peer(of: elsewhere) == nil)
  #expect(peers.peer(of: many) == nil)
}

@Test func aConnectionThatIsBeingMadeHasTheListener() {
  var sample = Sample()
  let listener = sample.internet(Int(IPPROTO_TCP), .listen, inode: 1, from: ("0.0.0.0", 80), accept: 2, backlog: 1)
  let client = sample.internet(Int(IPPROTO_TCP), .synSent, inode: 2, from: ("127.0.0.1", 40000), to: ("127.0.0.1", 80))
  #expect(Peers(sample.snapshot).peer(of: client) == listener)
}

@Test func tensOfThousandsAreNoTrouble() {
  var sample = Sample()
  for number in 0..<20_000 {
    let port = UInt16(10_000 + number)
    sample.connection(
      from: ("127.0.0.1", port), to: ("127.0.0.1", 80), inodes: (UInt64(number * 2 + 1), UInt64(number * 2 + 2)))
  }
  let peers = Peers(sample.snapshot)
  for index in stride(from: 0, to: 40_000, by: 2) where peers.peer(of: index) != index + 1 { Issue.record("\(index)") }
}
