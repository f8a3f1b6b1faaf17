import Flows
import Testing
import Wire

@Suite struct FlowOwnerTests {
  private let question = Frames.udp(4000, 53, [1])

  /// The answer of a server on port 53.
  private var reply: [UInt8] { Frames.udp(53, 4000, [1], reversed: true) }

  @Test func bothProcessesStandAtTheirEnds() {
    var feed = Feed()
    feed.put(question, at: 0, owner: FrameOwner(process: 1, peer: 2))
    feed.put(reply, at: 1, owner: FrameOwner(process: 2, peer: 1))
    #expect(feed.flows.map(\.owner) == [FlowOwner(source: 1, destination: 2)])
    // Where the answer comes first, its sender began as far as is known.
    var other = Feed()
    other.put(reply, at: 0, owner: FrameOwner(process: 2, peer: 1))
    other.put(question, at: 1, owner: FrameOwner(process: 1, peer: 2))
    #expect(other.flows.map(\.owner) == [FlowOwner(source: 2, destination: 1)])
  }

  @Test(arguments: [
    (Direction.outbound, FlowOwner(source: 7), true), (.inbound, FlowOwner(destination: 7), true),
    (.unknown, FlowOwner(source: 7), false),
  ])
  func theDirectionSaysWhichEndIsHere(_ direction: Direction, _ owner: FlowOwner, _ isKnown: Bool) {
    var feed = Feed()
    feed.put(question, at: 0, owner: FrameOwner(process: 7), direction)
    #expect(feed.flows.first?.owner == owner)
    #expect(feed.flows.first?.knowsOwnerEnd == isKnown)
  }

  @Test func anAnswerThatCameInIsOfWhoAsked() {
    var feed = Feed()
    feed.put(question, at: 0)
    feed.put(reply, at: 1, owner: FrameOwner(process: 7), .inbound)
    #expect(feed.flows.first?.owner == FlowOwner(source: 7))
  }

  @Test func whatIsKnownStaysAndTheRestIsFilledIn() {
    var feed = Feed()
    feed.put(question, at: 0, owner: FrameOwner(process: 1), .outbound)
    feed.put(question, at: 1, owner: FrameOwner(process: 3, peer: 2))
    feed.put(question, at: 2, owner: FrameOwner(process: 4, peer: 5))
    #expect(feed.flows.first?.owner == FlowOwner(source: 1, destination: 2))
  }

  @Test func aGuessGivesWay() {
    var feed = Feed()
    feed.put(question, at: 0, owner: FrameOwner(process: 7))
    feed.put(question, at: 1, owner: FrameOwner(process: 7), .inbound)
    #expect(feed.flows.first?.owner == FlowOwner(destination: 7))
    #expect(feed.flows.first?.knowsOwnerEnd == true)
  }

  @Test func whoSendsDataComesBeforeWhoAccepted() {
    var feed = Feed()
    feed.put(Frames.udp(4000, 53, []), at: 0, owner: FrameOwner(process: 7), .inbound)
    feed.put(question, at: 1, owner: FrameOwner(process: 7), .inbound)
    #expect(feed.flows.first?.owner == FlowOwner(destination: 7))
    feed.put(reply, at: 2, owner: FrameOwner(process: 8), .outbound)
    feed.put(reply, at: 3, owner: FrameOwner(process: 9), .outbound)
    feed.put(question, at: 4, owner: FrameOwner(process: 9), .inbound)
    #expect(feed.flows.first?.owner == FlowOwner(destination: 8))
  }

  @Test func aListenerGivesWayToWhoAccepts() {
    var feed = Feed()
    feed.table.attribution.own = FrameAttribution.End(.listener)
    feed.put(question, at: 0, owner: FrameOwner(process: 7), .inbound)
    // Where that is all, it is the owner, and at which end is known.
    #expect(feed.flows.first?.owner == FlowOwner(destination: 7))
    #expect(feed.flows.first?.knowsOwnerEnd == true)
    feed.put(question, at: 1, owner: FrameOwner(process: 8), .inbound)
    #expect(feed.flows.first?.owner == FlowOwner(destination: 7))
    feed.table.attribution.own = FrameAttribution.End(.exact)
    feed.put(question, at: 2, owner: FrameOwner(process: 9), .inbound)
    feed.put(question, at: 3, owner: FrameOwner(process: 10), .inbound)
    #expect(feed.flows.first?.owner == FlowOwner(destination: 9))
  }

  @Test func whoWasNotFoundMayBeFoundLater() {
    var feed = Feed()
    feed.put(question, at: 0, owner: FrameOwner(process: FrameOwner.notFound), .outbound)
    #expect(feed.flows.first?.owner == FlowOwner())
    feed.put(question, at: 1, owner: FrameOwner(process: 3), .outbound)
    #expect(feed.flows.first?.owner == FlowOwner(source: 3))
    // The kernel has no place in the table of processes, so none is moved.
    feed.table.firstProcess = 5
    feed.put(Frames.udp(4001, 53, [1]), at: 2, owner: FrameOwner(process: FrameOwner.kernel), .outbound)
    #expect(feed.flows.last?.owner == FlowOwner(source: FlowOwner.kernel))
  }

  @Test func onOneMachineTheOnlyProcessIsTheSender() {
    // Loopback shows each packet once, as coming in.
    let frame = Frames.ipv4(17, from: 0x7f00_0001, to: 0x7f00_0001, [0, 7, 0, 9, 0, 8, 0, 0])
    var feed = Feed()
    feed.put(frame, at: 0, owner: FrameOwner(process: 7), .inbound)
    #expect(feed.flows.first?.owner == FlowOwner(source: 7))
    #expect(feed.flows.first?.knowsOwnerEnd == true)
  }

  @Test func placesOfALaterSourceFollowThoseOfTheEarlier() {
    var feed = Feed()
    feed.put(question, at: 0, owner: FrameOwner(process: 0), .outbound)
    feed.table.firstProcess = 3
    feed.put(Frames.udp(4001, 53, [1]), at: 1, owner: FrameOwner(process: 0, peer: 1))
    #expect(feed.flows.map(\.owner) == [FlowOwner(source: 0), FlowOwner(source: 3, destination: 4)])
  }

  @Test func anotherFlowInTheSamePlaceHasNoOwner() {
    var options = FlowTable.Options()
    options.maximumFlows = 1
    var feed = Feed(options)
    feed.put(question, at: 0, owner: FrameOwner(process: 1, peer: 2))
    feed.put(Frames.udp(4001, 53, [1]), at: 1)
    #expect(feed.flows.map(\.owner) == [FlowOwner()])
  }

  @Test func howOwnersWereFoundStandsAtTheirEnds() {
    func end(_ method: AttributionMethod, _ inode: UInt64 = 0) -> FrameAttribution.End {
      var end = FrameAttribution.End(method, method == .unattributed ? .late : .none)
      end.inode = inode
      return end
    }
    var feed = Feed()
    feed.put(question, at: 0, owner: FrameOwner(process: 1), .inbound)
    #expect(feed.flows.first?.attribution == nil)
    // What came in is of the flow's destination.
    feed.table.attribution.own = end(.unattributed)
    feed.put(question, at: 1, owner: FrameOwner(process: FrameOwner.notFound), .inbound)
    #expect(feed.flows.first?.attribution?.destination == end(.unattributed))
    feed.table.attribution.own = end(.listener, 5)
    feed.put(question, at: 2, owner: FrameOwner(process: 7), .inbound)
    #expect(feed.flows.first?.attribution?.destination == end(.listener, 5))
    // What it sends is of the same end; what is known for sure stays.
    for (inode, method) in [(6, .exact), (7, .port), (8, .cached), (0, .unattributed)] as [(UInt64, AttributionMethod)]
    {
      feed.table.attribution.own = end(method, inode)
      feed.put(reply, at: 3, owner: FrameOwner(process: 7), .outbound)
    }
    #expect(feed.flows.first?.attribution?.destination == end(.exact, 6))
    #expect(feed.flows.first?.attribution?.source == FrameAttribution.End())
    // Both on one machine: the sender's own comes first.
    feed.table.attribution.own = end(.kernel)
    feed.table.attribution.peer = end(.port, 9)
    feed.put(reply, at: 4, owner: FrameOwner(process: 7, peer: 8), .unknown)
    #expect(feed.flows.first?.attribution?.source == end(.port, 9))
    #expect(feed.flows.first?.attribution?.destination == end(.exact, 6))
  }
}
