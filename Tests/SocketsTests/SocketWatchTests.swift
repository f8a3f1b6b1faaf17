import Linux
import Testing

@testable import Sockets

@Suite struct SocketWatchTests {
  private func tcp(_ cookie: UInt64, _ state: SocketState, inode: UInt64 = 7, port: UInt16 = 80) -> SocketRecord {
    var socket = SocketRecord(
      family: .inet, type: .stream, state: state, local: .internet(.v4(0x7f00_0001), port: port, interface: 0))
    socket.protocolNumber = 6
    socket.cookie = cookie
    socket.inode = inode
    return socket
  }

  private func kinds(_ events: [SocketEvent]) -> [SocketEvent.Kind] { events.map(\.kind) }

  @Test func theFirstListIsWhatThereWas() {
    var watch = SocketWatch(withTimeWait: false)
    #expect(watch.take([tcp(1, .listen), tcp(2, .established)]).isEmpty)
    #expect(watch.count == 2)
  }

  @Test func socketsAppearChangeAndGo() {
    var watch = SocketWatch(withTimeWait: false)
    _ = watch.take([tcp(1, .listen)])
    #expect(kinds(watch.take([tcp(1, .listen), tcp(2, .synSent)])) == [.appeared])
    let changed = watch.take([tcp(1, .listen), tcp(2, .established)])
    #expect(kinds(changed) == [.changed])
    #expect(changed[0].previousState == .synSent && changed[0].socket.state == .established)
    #expect(watch.take([tcp(1, .listen), tcp(2, .established)]).isEmpty)
    // The one that went is told of before the one that came in its place.
    #expect(kinds(watch.take([tcp(1, .listen), tcp(3, .established)])) == [.gone, .appeared])
  }

  @Test func acceptingAndBindingAreChanges() {
    var watch = SocketWatch(withTimeWait: false)
    _ = watch.take([tcp(1, .established, inode: 0), tcp(2, .close, port: 0)])
    let events = watch.take([tcp(1, .established, inode: 9), tcp(2, .close, port: 80)])
    #expect(kinds(events) == [.changed, .changed])
    #expect(events.allSatisfy { $0.previousState == nil })
  }

  @Test func whatIsLeftOfAConnectionIsNoSocketUnlessAskedFor() {
    for withTimeWait in [false, true] {
      var watch = SocketWatch(withTimeWait: withTimeWait)
      _ = watch.take([])
      #expect(watch.take([tcp(1, .timeWait, inode: 0)]).count == (withTimeWait ? 1 : 0))
    }
  }

  @Test func theKernelsWordComesBeforeTheNextList() {
    var watch = SocketWatch(withTimeWait: false)
    _ = watch.take([tcp(1, .established)])
    let gone = watch.took(tcp(1, .close, inode: 0))
    // What it was when it was last seen, with its inode, by which its owner is known.
    #expect(gone?.kind == .gone && gone?.wasSeen == true)
    #expect(gone?.socket.inode == 7 && gone?.socket.state == .established)
    // A list that was made before that still has it.
    #expect(watch.take([tcp(1, .established)]).isEmpty)
    #expect(watch.count == 0)
  }

  @Test func theKernelTellsOfSocketsThatNoListHad() {
    var watch = SocketWatch(withTimeWait: false)
    #expect(watch.took(tcp(5, .close, inode: 0)) == nil)
    _ = watch.take([])
    let event = watch.took(tcp(5, .close, inode: 0))
    #expect(event?.kind == .gone && event?.wasSeen == false)
    #expect(watch.took(tcp(5, .close, inode: 0)) == nil)
  }

  @Test func socketsWithoutCookieAreKnownByInodeOrEnds() {
    var watch = SocketWatch(withTimeWait: true)
    var raw = tcp(0, .unconnected, inode: 11)
    raw.cookie = nil
    var left = tcp(0, .timeWait, inode: 0)
    left.cookie = nil
    _ = watch.take([raw, left])
    #expect(watch.take([raw, left]).isEmpty)
    #expect(kinds(watch.take([])) == [.gone, .gone])
  }

  @Test func theSocketThatAsksIsNone() {
    var watch = SocketWatch(withTimeWait: false)
    _ = watch.take([])
    var asking = SocketRecord(
      family: .netlink, type: .raw, state: .unconnected, local: .netlink(portID: 0x9000_0000, groups: []))
    asking.protocolNumber = 4  // NETLINK_SOCK_DIAG
    asking.cookie = 99
    #expect(watch.take([asking]).isEmpty)
    asking.local = .netlink(portID: 812, groups: [])
    #expect(kinds(watch.take([asking])) == [.appeared])
  }
}
