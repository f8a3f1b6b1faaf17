import Linux
import Sockets
import Testing
import Wire

@testable import Flows

/// What is known of the owners of flows, by answers and packets at given times.
@Suite struct OwnedFlowsTests {
  private static let second: Int64 = 1_000_000_000
  /// When the flow of these tests begins, in nanoseconds since the Epoch.
  private static let start: Int64 = 1_700_000_000 * second

  private func ends(_ sourcePort: UInt16 = 40000, _ destinationPort: UInt16 = 80) -> FrameEnds {
    var ends = FrameEnds()
    ends.kind = .ports
    ends.protocolNumber = .tcp
    ends.source = 0xc000_0201
    ends.destination = 0xc000_0202
    ends.sourcePort = sourcePort
    ends.destinationPort = destinationPort
    return ends
  }

  private func exact(_ place: UInt32, cookie: UInt64 = 1) -> EndAnswer {
    var answer = EndAnswer(local: .exact)
    answer.place = place
    answer.end.cookie = cookie
    return answer
  }

  private func answer(_ lower: EndAnswer, since: Int64, found: Int64, closed: Int64 = 0) -> OwnerAnswer {
    var sourceIsLower = true
    return OwnerAnswer(
      key: FlowKey(ends(), sourceIsLower: &sourceIsLower), lower: lower, upper: .remote, lowerSince: since,
      upperSince: since,
      found: found, lowerClosed: closed)
  }

  @Test func whatEveryPacketNeedsIsInTwoCacheLines() {
    #expect(MemoryLayout<OwnedFlows.Record>.stride == 128)
  }

  @Test func bothDirectionsAreOneFlow() {
    var flows = OwnedFlows()
    var isLower = false
    let number = flows.find(ends(), time: Self.start, sourceIsLower: &isLower)
    #expect(number != 0 && isLower)
    var reply = ends(80, 40000)
    (reply.source, reply.destination) = (reply.destination, reply.source)
    let same = flows.find(reply, time: Self.start, sourceIsLower: &isLower)
    #expect(same == number && !isLower)
    let other = flows.find(ends(40001), time: Self.start, sourceIsLower: &isLower)
    #expect(other != number && other != 0)
  }

  /// A socket that is handed on is its new owner's from then on; the packets before stay the earlier owner's.
  @Test func whatCameEarlierStaysWhatItWas() {
    var flows = OwnedFlows()
    var isLower = false
    let number = flows.find(ends(), time: Self.start, sourceIsLower: &isLower)
    flows.take(answer(exact(1), since: Self.start, found: Self.start + 10))
    flows.take(answer(exact(2), since: Self.start + 100, found: Self.start + 200))
    #expect(flows.owners(of: number, at: Self.start + 99).lower.place == 1)
    #expect(flows.owners(of: number, at: Self.start + 100).lower.place == 2)
    // It is found out that it was so earlier.
    flows.take(answer(exact(2), since: Self.start + 50, found: Self.start + 300))
    #expect(flows.owners(of: number, at: Self.start + 60).lower.place == 2)
    #expect(flows.owners(of: number, at: Self.start + 49).lower.place == 1)
  }

  @Test func aClosedSocketIsRemembered() {
    var flows = OwnedFlows()
    var isLower = false
    let number = flows.find(ends(), time: Self.start, sourceIsLower: &isLower)
    flows.take(answer(exact(1), since: Self.start, found: Self.start + 10, closed: Self.start + 100))
    #expect(flows.owners(of: number, at: Self.start + 100).lower.end.method == .exact)
    #expect(flows.owners(of: number, at: Self.start + 101).lower.end.method == .cached)
    flows.notePlain(number, Self.start + 101)
    #expect(!flows[number].isPlain)
  }

  /// An answer holds the longer the longer it was the same, and a second at most; then packets go on for a while before they
  /// wait for the next one.
  @Test(
    arguments: [(10, 5, 5), (1000, 500, 500), (5_000_000_000, 1_000_000_000, 1_500_000_000)] as [(Int64, Int64, Int64)])
  func theLongerTheSameTheLongerItHolds(_ age: Int64, _ life: Int64, _ lead: Int64) {
    var flows = OwnedFlows()
    var isLower = false
    let number = flows.find(ends(), time: Self.start, sourceIsLower: &isLower)
    flows.take(answer(exact(1), since: Self.start, found: Self.start + age))
    #expect(flows[number].horizon == Self.start + age + life)
    #expect(flows[past: number].limit == Self.start + age + life + lead)
    // It is asked about, and packets go on meanwhile, but not for longer than that.
    flows.goOn(number, Self.start + age + life + lead - 1)
    #expect(flows[number].horizon == Self.start + age + life + lead)
    flows.doubt(number, before: Self.start + age)
    #expect(flows[number].horizon == Self.start + age - 1 && flows[past: number].limit == Self.start + age - 1)
  }

  /// A watch that knows who holds what, and counts how often it was asked.
  private final class KnownHolders: HolderWatch {
    var holders: [UInt64: Int32] = [:]
    var looks = 0

    func isHeld(_ socket: HeldSocketNumber, by process: Int32) -> Bool {
      looks += 1
      return holders[socket.inode] == process
    }
  }

  /// Whoever captures sees for itself that a socket is still held, for a while after the last answer; and looks no more once
  /// it is not.
  @Test func whoHoldsASocketIsWatched() {
    var flows = OwnedFlows()
    var isLower = false
    let number = flows.find(ends(), time: Self.start, sourceIsLower: &isLower)
    let watch = KnownHolders()
    watch.holders = [7: 100]
    var owner = exact(1)
    owner.end.inode = 7
    var known = answer(owner, since: Self.start, found: Self.start + Self.second)
    flows.take(known)
    let soon = Self.start + Self.second
    let unknown = flows.isHeld(number, at: soon, watch)
    #expect(!unknown, "nobody is known to hold it alone")
    known.lowerHold = SocketHold(process: 100, descriptor: 3)
    flows.take(known)
    let later = Self.start + 3 * Self.second
    let still = flows.isHeld(number, at: later, watch)
    #expect(still)
    flows.noteHeld(number, at: later)
    #expect(flows[number].horizon == later + Self.second && flows[past: number].verified == later)
    let muchLater = flows.isHeld(number, at: Self.start + 7 * Self.second, watch)
    #expect(!muchLater, "others may hold it as well by then")
    watch.holders = [7: 101]
    let before = watch.looks
    for _ in 0..<2 {
      let gone = flows.isHeld(number, at: later, watch)
      #expect(!gone)
    }
    #expect(watch.looks == before + 1)
    watch.holders = [7: 100]
    flows.take(known)
    let again = flows.isHeld(number, at: soon, watch)
    #expect(again)
  }

  @Test func theShortcutHoldsFromTheLastChangeOn() {
    var flows = OwnedFlows()
    var isLower = false
    let number = flows.find(ends(), time: Self.start, sourceIsLower: &isLower)
    flows.notePlain(number, Self.start)
    #expect(!flows[number].isPlain, "nothing is answered yet")
    flows.take(answer(exact(1), since: Self.start + 100, found: Self.start + 200))
    flows.notePlain(number, Self.start + 99)
    #expect(!flows[number].isPlain)
    flows.notePlain(number, Self.start + 100)
    #expect(flows[number].isPlain)
    flows.take(answer(exact(2), since: Self.start + 300, found: Self.start + 400))
    #expect(!flows[number].isPlain, "an answer is looked at anew")
  }

  /// A frame is told with its source first, if that is of this machine, else with its destination; whichever end is the lower.
  @Test(arguments: [(true, false), (false, true), (true, true), (false, false)])
  func whatIsToldFirst(_ lowerIsLocal: Bool, _ upperIsLocal: Bool) {
    var record = OwnedFlows.Record()
    if lowerIsLocal { record.lower = exact(1, cookie: 11) }
    if upperIsLocal { record.upper = exact(2, cookie: 12) }
    record.plain = OwnedFlows.Plain(record.lower, record.upper)
    for reversed in [0, 1] as [UInt32] {
      var owner = FrameOwner()
      var attribution = FrameAttribution()
      record.tell(reversed: reversed, &owner, &attribution)
      let (source, destination) = reversed == 0 ? (record.lower, record.upper) : (record.upper, record.lower)
      let expected = LiveOwners.owner(source, destination)
      #expect(owner == expected.0)
      #expect(attribution.own == expected.1.own && attribution.peer == expected.1.peer)
    }
    #expect(OwnedFlows.Plain().isSet == false && record.plain.isSet)
  }

  /// Nobody may be told for a connection that nobody has accepted, but at the moment when that was seen.
  @Test func aListenerIsAskedAboutAgain() {
    var flows = OwnedFlows()
    var isLower = false
    let number = flows.find(ends(), time: Self.start, sourceIsLower: &isLower)
    var listener = exact(1)
    listener.end.method = .listener
    flows.take(answer(listener, since: Self.start, found: Self.start + 1000))
    #expect(flows[number].horizon == Self.start + 1000)
  }

  /// More flows than there is room for: those that are idle go, and each number is one flow's.
  @Test func memoryIsBounded() {
    var flows = OwnedFlows()
    var isLower = false
    var seen: Set<UInt32> = []
    for round in 0..<3 {
      for port in UInt16.min...UInt16.max {
        let number = flows.find(ends(port, UInt16(round)), time: Self.start + Int64(round), sourceIsLower: &isLower)
        #expect(number != 0)
        flows[number].isCounted = true
        seen.insert(number)
      }
    }
    #expect(seen.count <= 1 << 16)
    #expect(flows.counts.methods.sum == 3 << 16)
    let last = flows.find(ends(9, 2), time: Self.start, sourceIsLower: &isLower)
    #expect(flows[last].key.ports == UInt32(9) << 16 | 2)
  }
}

/// Flows that are found by what was noted of their last frame.
@Suite struct RecentFlowsTests {
  /// A datagram between two ports, in Ethernet and IPv4, with a few octets.
  private func datagram(_ sourcePort: UInt16, _ destinationPort: UInt16, reversed: Bool = false) -> CommonEnds? {
    var octets = [UInt8](repeating: 0, count: 60)
    octets[12] = 0x08
    octets[14] = 0x45
    octets[23] = 17
    let (source, destination): ([UInt8], [UInt8]) = ([192, 0, 2, 1], [192, 0, 2, 2])
    octets.replaceSubrange(26..<34, with: reversed ? destination + source : source + destination)
    let (first, second) = reversed ? (destinationPort, sourcePort) : (sourcePort, destinationPort)
    octets.replaceSubrange(
      34..<38, with: [UInt8(first >> 8), UInt8(first & 0xff), UInt8(second >> 8), UInt8(second & 0xff)])
    return withBytes(octets) { CommonEnds($0, .ethernet) }
  }

  private func ends(_ common: CommonEnds) -> FrameEnds {
    var ends = FrameEnds()
    ends.kind = .ports
    ends.protocolNumber = common.protocolNumber
    (ends.source, ends.destination) = (common.source, common.destination)
    ends.sourcePort = UInt16(common.ports >> 16)
    ends.destinationPort = UInt16(truncatingIfNeeded: common.ports)
    return ends
  }

  @Test func whatIsFoundIsTheFlowAndItsDirection() throws {
    var flows = OwnedFlows()
    var found = 0
    // More flows than there is room for in what is noted: some are not found any more, and none as another one.
    for port in UInt16.min..<40000 {
      for reversed in [false, true] {
        let common = try #require(datagram(port, 53, reversed: reversed))
        var sourceIsLower = true
        let number = flows.find(ends(common), time: 1, sourceIsLower: &sourceIsLower)
        flows.noteForeign(number, 1)
        let before = flows.takePlain(common, 1)
        #expect(before.flow == 0 || before.flow == number && (before.reversed == 0) == sourceIsLower)
        flows.note(number, sourceIsLower: sourceIsLower, of: common)
        let after = flows.takePlain(common, 1)
        #expect(after.flow == number && (after.reversed == 0) == sourceIsLower && sourceIsLower != reversed)
      }
    }
    for port in UInt16.min..<40000 {
      let common = try #require(datagram(port, 53))
      var sourceIsLower = true
      let number = flows.find(ends(common), time: 1, sourceIsLower: &sourceIsLower)
      let recent = flows.takePlain(common, 1)
      if recent.flow != 0 { found += 1 }
      #expect(recent.flow == 0 || recent.flow == number && recent.reversed == 0)
    }
    #expect(found > 5000 && found < 40000)
  }
}

/// What the resolver remembers of flows.
@Suite struct OwnerHistoryTests {
  private func entry(_ port: UInt16) -> OwnerHistory.Entry {
    var ends = FrameEnds()
    ends.kind = .ports
    ends.protocolNumber = .tcp
    (ends.source, ends.destination) = (0xc000_0201, 0xc000_0202)
    (ends.sourcePort, ends.destinationPort) = (port, 80)
    var sourceIsLower = true
    var entry = OwnerHistory.Entry(key: FlowKey(ends, sourceIsLower: &sourceIsLower), ends: ends)
    entry.lower.answer = EndAnswer(local: .exact)
    entry.lower.answer.place = 0
    entry.upper.answer = .remote
    return entry
  }

  /// A process that has had many connections has only those that are open still.
  @Test func closedFlowsAreNobodysAnyMore() {
    var history = OwnerHistory()
    for port in [1, 2, 3] as [UInt16] {
      history.keep(entry(port))
      history.note(7, entry(port).key)
    }
    var closed = entry(2)
    closed.lower.closed = 1
    history.keep(closed)
    #expect(history.flows(of: 7).count == 3)
    let open = history.openFlows(of: 7)
    #expect(open == [entry(1).key, entry(3).key])
    #expect(history.flows(of: 7) == open)
    // One whose owner was not found has nothing that is open.
    var unfound = entry(3)
    unfound.lower.answer = EndAnswer(local: .unattributed, .gone)
    history.keep(unfound)
    let found = history.openFlows(of: 7)
    #expect(found == [entry(1).key])
    let none = history.openFlows(of: 8)
    #expect(none.isEmpty)
  }
}

/// Packets that only pass by.
@Suite struct OwnAddressesTests {
  private func ends(_ source: UInt32, _ destination: UInt32) -> FrameEnds {
    var ends = FrameEnds()
    ends.kind = .ports
    ends.protocolNumber = .udp
    (ends.source, ends.destination) = (UInt128(source), UInt128(destination))
    return ends
  }

  @Test func neitherEndIsOwn() {
    let own = OwnAddresses([.v4(0xc000_0201), .v6(5)])
    #expect(own.areForeign(ends(0xc000_0202, 0xc000_0203)))
    #expect(!own.areForeign(ends(0xc000_0201, 0xc000_0203)))
    #expect(!own.areForeign(ends(0xc000_0202, 0xc000_0201)))
    // Loopback, multicast and broadcast: somebody here may listen to them.
    #expect(!own.areForeign(ends(0x7f00_0001, 0xc000_0203)))
    #expect(!own.areForeign(ends(0xc000_0202, 0xe000_00fb)))
    #expect(!own.areForeign(ends(0xc000_0202, .max)))
    // An address of the other family is another one.
    #expect(own.areForeign(ends(5, 6)))
    var six = ends(5, 6)
    six.isIPv6 = true
    #expect(!own.areForeign(six))
  }

  @Test func whatIsForeignIsDoubtedWhenAddressesChange() {
    var flows = OwnedFlows()
    var sourceIsLower = true
    let number = flows.find(ends(1, 2), time: 1000, sourceIsLower: &sourceIsLower)
    #expect(flows.mayBeForeign(number) && !flows[number].isPlain)
    flows.noteForeign(number, 1000)
    #expect(flows[number].isPlain && flows[number].isForeign && flows[number].horizon > 1_000_000_000)
    #expect(!flows.owners(of: number, at: 1000).lower.isLocal)
    flows.doubtForeign()
    #expect(flows[number].horizon < 1000 && flows.mayBeForeign(number))
    // Once it is answered it is asked about.
    var key = FlowKey(ends(1, 2), sourceIsLower: &sourceIsLower)
    key.flags = 0
    flows.take(
      OwnerAnswer(
        key: key, lower: EndAnswer(local: .exact), upper: .remote, lowerSince: 1000, upperSince: 1000, found: 2000))
    #expect(!flows[number].isForeign && !flows.mayBeForeign(number))
  }
}

/// What is seen in several network namespaces that have the same address.
@Suite struct EndSightTests {
  private func rank(_ sight: EndSight) -> String {
    switch sight {
    case .answer(let answer): answer.isLocal ? "local" : "remote"
    case .sockets(let sockets, let method): "\(sockets.count) \(method)"
    case .listener(let sockets): "\(sockets.count) listening"
    }
  }

  @Test func theLikeliestIsTaken() {
    let remote = EndSight.answer(.remote)
    let nobody = EndSight.answer(EndAnswer(local: .unattributed, .noSocket))
    #expect(rank(remote.joined(with: nobody)) == "local")
    #expect(rank(nobody.joined(with: remote)) == "local")
    #expect(rank(nobody.joined(with: .sockets([], .port))) == "0 port")
    #expect(rank(EndSight.sockets([], .exact).joined(with: .listener([]))) == "0 exact")
    #expect(rank(EndSight.listener([]).joined(with: .sockets([], .exact))) == "0 exact")
    #expect(rank(EndSight.listener([]).joined(with: .sockets([], .listener))) == "0 listener")
    #expect(rank(EndSight.sockets([], .port).joined(with: .listener([]))) == "0 listening")
  }
}
