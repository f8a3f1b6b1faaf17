import Sockets
import Testing

/// The order of rows, and what follows from several sockets together.
@Suite struct SocketListingTests {
  private func listing(_ sockets: [SocketRecord], _ order: [SocketOrder] = []) -> SocketListing {
    var snapshot = SocketSnapshot()
    snapshot.sockets = sockets
    var listing = SocketListing(snapshot, OwnerTable(), places: Array(sockets.indices))
    listing.sort(by: order)
    return listing
  }

  @Test func listenersComeBeforeConnectionsAndTheInternetBeforeUnix() {
    let sockets = [
      Samples.unix(.stream, .listen, .path(Array("/b".utf8))),
      Samples.unix(.stream, .listen, .path(Array("/a".utf8))),
      Samples.udp(port: 53),
      Samples.tcp(.established, (1, 80), (2, 5000)),
      Samples.tcp(.established, (1, 80), (2, 4000)),
      Samples.tcp(.listen, (0, 443)),
      Samples.tcp(.listen, (0, 80)),
    ]
    #expect(listing(sockets).rows == [6, 5, 4, 3, 2, 1, 0])
  }

  @Test func sortsByColumns() {
    var sockets = (0..<4).map { Samples.tcp(.established, (1, UInt16(1000 + $0)), (2, 80), inode: UInt64($0)) }
    for (place, queue) in ([5, 0, 5, 9] as [UInt32]).enumerated() { sockets[place].sendQueue = queue }
    #expect(listing(sockets, [SocketOrder(.sendQueue)]).rows == [1, 0, 2, 3])
    #expect(listing(sockets, [SocketOrder(.sendQueue, descending: true)]).rows == [3, 0, 2, 1])
    #expect(
      listing(sockets, [SocketOrder(.sendQueue, descending: true), SocketOrder(.inode, descending: true)]).rows
        == [3, 2, 0, 1])
    // Every column is one that can be sorted by.
    for column in SocketColumn.allCases {
      #expect(Set(listing(sockets, [SocketOrder(column)]).rows) == [0, 1, 2, 3])
    }
  }

  @Test func socketsAtOnePortAreCounted() {
    var other = Samples.tcp(.listen, (0, 80))
    other.namespace = 1
    let all = listing([
      Samples.tcp(.listen, (0, 80)), Samples.tcp(.listen, (0, 80)), other, Samples.tcp(.listen, (1, 80)),
      Samples.tcp(.established, (0, 80), (1, 1)), Samples.udp(port: 80), Samples.udp(port: 0), Samples.udp(port: 0),
    ])
    #expect(all.sharing(of: 0).map { [$0.number, $0.count] } == [1, 2])
    #expect(all.sharing(of: 1).map { [$0.number, $0.count] } == [2, 2])
    for place in 2..<8 { #expect(all.sharing(of: place) == nil) }
    #expect(all.hasSeveralNamespaces)
  }

  @Test func placesOutsideAreNobodys() {
    let one = listing([Samples.tcp(.listen, (0, 80))])
    #expect(one.descriptors(of: 7).isEmpty)
    #expect(one.user(of: 7) == nil)
    #expect(one.user(of: 0) == "0")
    #expect(one.peer(of: 0) == nil)
  }
}
