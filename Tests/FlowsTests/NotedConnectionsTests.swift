import Glibc
import Sockets
import Testing
import Wire

@testable import Flows
@testable import Linux

private let uses = try? OwnInspection().socketUses()
private let namespace = (try? OwnInspection().inode(of: nil)) ?? 0

/// Who has a connection, by what the kernel notes of connections of this very process.
@Suite(
  .serialized,
  .enabled(if: uses != nil && namespace != 0, "no BPF programs that note who uses sockets can be loaded here"))
struct NotedConnectionsTests {
  private static let millisecond: Int64 = 1_000_000

  /// Connects, lends it, and closes both ends.
  private func connect(_ body: (FrameEnds, _ began: Int64, _ used: Int64) throws -> Void) throws -> FrameEnds {
    let listener = try Socket<IPv4Endpoint, StreamStyle>()
    try listener.bind(to: .loopback(port: 0))
    let server = try listener.listen(backlog: 1)
    let client = try Socket<IPv4Endpoint, StreamStyle>()
    let began = BootClock.nanosecondsSinceEpoch
    try client.connect(to: try server.localAddress())
    let peer = try server.accept()
    try #require(try client.send([1]) == 1)
    var octet: [UInt8] = [0]
    _ = try peer.receive(into: &octet)
    var ends = FrameEnds()
    ends.kind = .ports
    ends.protocolNumber = .tcp
    (ends.source, ends.destination) = (0x7F00_0001, 0x7F00_0001)
    ends.sourcePort = try client.localAddress().port
    ends.destinationPort = try server.localAddress().port
    try body(ends, began, BootClock.nanosecondsSinceEpoch)
    return ends
  }

  private func known(
    place: UInt32 = 5, since: Int64 = 0, later ticks: UInt64 = 0, name: [UInt8]? = nil
  ) throws -> KnownProcess {
    let stat = try #require(OwnInspection().origin(of: getpid()).flatMap { ProcessStat($0) })
    return KnownProcess(
      getpid(), startTime: stat.startTime + ticks, name: name ?? stat.name, place: place, since: since)
  }

  private func find(
    _ connections: inout NotedConnections, _ ends: FrameEnds, isSource: Bool, at time: Int64, began: Int64 = 0,
    interface: Int32 = 0
  ) -> NotedConnections.End {
    connections.end(
      OwnedEnd(ends: ends, isSource: isSource), at: time, ConnectionBeginning(time: began, isAccepted: !isSource),
      interface: interface, now: BootClock.nanosecondsSinceEpoch)
  }

  @Test func bothEnds() throws {
    var connections = NotedConnections(try #require(uses), namespace: namespace)
    let over = try connect { ends, began, used in
      // Who it is nobody has said yet.
      #expect(find(&connections, ends, isSource: true, at: used).isUnsure)
      connections.take(KnownProcess.News(known: [try known()]))
      for isSource in [true, false] {
        let first = try #require(find(&connections, ends, isSource: isSource, at: began, began: began).owner)
        #expect(first.answer.place == 5 && first.answer.end.method == .exact && first.answer.isLocal)
        #expect(first.answer.end.cookie != 0 && first.answer.end.inode != 0 && first.process == getpid())
        // All of the connection is its, from its first segment on.
        #expect(first.since == began && first.closed == 0 && first.mark != 0)
        let later = try #require(find(&connections, ends, isSource: isSource, at: used).owner)
        #expect(later.since > began - 2 * Self.millisecond && later.since <= used)
        // Before it there was none, as far as is known.
        #expect(find(&connections, ends, isSource: isSource, at: began - 10 * Self.millisecond).isNone)
      }
    }
    let now = BootClock.nanosecondsSinceEpoch
    let gone = try #require(find(&connections, over, isSource: true, at: now - 1, began: now - 1000 * 1000).owner)
    #expect(gone.closed > 0 && gone.closed <= now)
    // What begins then is another connection with the same ends; and what comes then, as far as its beginning was not seen.
    #expect(find(&connections, over, isSource: true, at: now + 1, began: now + 1).isNone)
    #expect(find(&connections, over, isSource: false, at: now + 1, began: now + 1).isNone)
    #expect(find(&connections, over, isSource: true, at: now + 1).isNone)
  }

  @Test func whoseProcessItIsNot() throws {
    var connections = NotedConnections(try #require(uses), namespace: namespace)
    _ = try connect { ends, began, used in
      for other in [try known(since: used + 1), try known(later: 1), try known(name: Array("other".utf8))] {
        connections.take(KnownProcess.News(known: [other]))
        #expect(find(&connections, ends, isSource: true, at: used).isUnsure)
      }
      connections.take(KnownProcess.News(known: [try known()]))
      #expect(find(&connections, ends, isSource: true, at: used).owner != nil)
      connections.take(KnownProcess.News(forgotten: [getpid()]))
      #expect(find(&connections, ends, isSource: true, at: used).isUnsure)
      connections.take(KnownProcess.News(known: [try known()]))
      connections.take(KnownProcess.News(areAllForgotten: true))
      #expect(find(&connections, ends, isSource: true, at: used).isUnsure)
    }
  }

  @Test func whatWasNotNoted() throws {
    let uses = try #require(uses)
    var elsewhere = NotedConnections(uses, namespace: namespace &+ 1)
    let clock = KernelClock()
    _ = try connect { ends, began, used in
      #expect(find(&elsewhere, ends, isSource: true, at: used).isNone)
      let end = OwnedEnd(ends: ends, isSource: false)
      let found = try #require(
        uses.connection(
          ConnectionEnds(
            end.address, port: end.port, end.other, port: end.otherPort,
            namespace: UInt32(truncatingIfNeeded: namespace))))
      let accepted = ConnectionBeginning(time: began, isAccepted: true)
      #expect(found.covers(used, accepted, clock))
      // A first segment that was in vain long before; one that came by another end than that which accepts.
      let vain = ConnectionBeginning(time: began - 4_000 * Self.millisecond, isAccepted: true)
      #expect(!found.covers(vain.time, vain, clock))
      let begun = ConnectionBeginning(time: began - 10 * Self.millisecond)
      #expect(!found.covers(begun.time, begun, clock))
      // What came before it was noted may have been another's.
      #expect(found.isNoted(since: began - 1, used, accepted))
      #expect(!found.isNoted(since: used + 1, used, accepted))
      #expect(found.isOn(0) && found.isOn(7))
    }
  }

  @Test func whatBecomesKnown() throws {
    var news = KnownProcess.News()
    #expect(news.isEmpty)
    news.add(KnownProcess.News(known: [try known(place: 1)]))
    news.add(KnownProcess.News(forgotten: [getpid()]))
    #expect(news.known.isEmpty && news.forgotten == [getpid()])
    news.add(KnownProcess.News(known: [try known(place: 2)]))
    #expect(news.known.map(\.place) == [2])
    news.add(KnownProcess.News(known: [try known(place: 3)], areAllForgotten: true))
    #expect(news.known.map(\.place) == [3] && news.forgotten.isEmpty && news.areAllForgotten)
  }
}

extension NotedConnections.End {
  fileprivate var owner: NotedEnd? { if case .owner(let end) = self { end } else { nil } }
  fileprivate var isNone: Bool { if case .none = self { true } else { false } }
  fileprivate var isUnsure: Bool { if case .unsure = self { true } else { false } }
}
