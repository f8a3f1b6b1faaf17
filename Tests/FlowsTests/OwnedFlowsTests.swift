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

  @Test func whatALookAtAFlowNeedsIsInTwoCacheLines() {
    #expect(MemoryLayout<OwnedFlows.Record>.stride <= 128)
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
    let isPlain = flows.isPlain(number, Self.start + 10)
    #expect(!isPlain)
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

  /// What is noted is taken as it is; a worse answer to what was asked before is not.
  @Test func whatIsNoted() throws {
    var flows = OwnedFlows()
    var isLower = false
    let number = flows.find(ends(), time: Self.start, sourceIsLower: &isLower)
    flows.begin(number, at: Self.start, sourceIsLower: true)
    #expect(flows[past: number].began == Self.start && !flows[past: number].isAcceptedBelow)
    let noted = NotedEnd(answer: exact(1), since: Self.start, closed: Self.start + 5, mark: 0, process: 7)
    flows.take(noted, nil, of: number, now: Self.start + 10)
    #expect(flows.owners(of: number, at: Self.start).lower.place == 1)
    // Also what comes after its end, as long as nothing else begins.
    #expect(flows.owners(of: number, at: Self.start + 9).lower.end.method == .exact)
    #expect(!flows[number].upper.isLocal && flows[number].isSettled)
    let gone = EndAnswer(local: .unattributed, .gone)
    flows.take(answer(gone, since: Self.start, found: Self.start + 20))
    #expect(flows.owners(of: number, at: Self.start).lower.place == 1)
    // Nor is what was found before.
    flows.take(answer(exact(9, cookie: 9), since: Self.start, found: Self.start + 10))
    #expect(flows.owners(of: number, at: Self.start).lower.place == 1)
    // Who is asked hears of it, once.
    let first = flows.takeNoted(number)
    let told = try #require(first)
    #expect(told.lower.place == 1 && told.lowerClosed == Self.start + 5 && told.found == Self.start + 10)
    let second = flows.takeNoted(number)
    #expect(second == nil)
    flows.take(answer(gone, since: Self.start + 15, found: Self.start + 20))
    #expect(flows.owners(of: number, at: Self.start + 16).lower.isUnnamed)
    #expect(flows.owners(of: number, at: Self.start + 14).lower.place == 1)
  }

  /// A connection that begins leaves nothing of what is known of the one before it.
  @Test func whatBeginsIsAnother() {
    var flows = OwnedFlows()
    var isLower = false
    let number = flows.find(ends(), time: Self.start, sourceIsLower: &isLower)
    let began = Self.start + 2 * Self.second
    flows.take(answer(exact(1), since: Self.start, found: began - Self.second / 2))
    // Packets go on for a while, but not those of another connection.
    #expect(flows[past: number].limit >= began)
    flows.begin(number, at: began, sourceIsLower: true)
    #expect(flows[past: number].limit < began && flows[number].horizon < began)
    #expect(flows.owners(of: number, at: began - 1).lower.place == 1)
    // Nor are its packets those of the one before where it is known later who has it.
    flows.take(answer(exact(3, cookie: 3), since: began + 50, found: began + 60))
    #expect(flows.owners(of: number, at: began + 50).lower.place == 3)
    #expect(flows.owners(of: number, at: began + 49).lower.isUnnamed)
    #expect(flows.owners(of: number, at: began - 1).lower.place == 1)
    // The same segment on another interface.
    flows.begin(number, at: began + 1_000, sourceIsLower: true)
    #expect(flows[past: number].began == began)
    // What came before a connection that is the first to be known is not its owner's.
    let other = flows.find(ends(40001), time: Self.start, sourceIsLower: &isLower)
    flows.begin(other, at: began, sourceIsLower: true)
    let noted = NotedEnd(answer: exact(2), since: began, closed: 0, mark: 0, process: 7)
    flows.take(noted, nil, of: other, now: began + 10)
    #expect(flows.owners(of: other, at: began - 1).lower.isUnnamed)
    #expect(flows.owners(of: other, at: began).lower.place == 2)
  }

  /// A process that is not what it was has its flows looked at, and nobody else.
  @Test func whoseFlowsAreLookedAtAgain() {
    var flows = OwnedFlows()
    var isLower = false
    let numbers = [40000, 40001, 40002].map { flows.find(ends($0), time: Self.start, sourceIsLower: &isLower) }
    for (place, number) in numbers.enumerated() {
      let noted = NotedEnd(
        answer: exact(UInt32(place)), since: Self.start, closed: 0, mark: 0, process: Int32(place) + 1)
      flows.take(nil, noted, of: number, now: Self.start + 1_000)
    }
    flows.distrust(flowsOf: [2], orAll: false)
    #expect(numbers.map { flows[$0].horizon > Self.start + 1_000 } == [true, false, true])
    flows.distrust(flowsOf: [], orAll: true)
    #expect(numbers.allSatisfy { flows[$0].horizon <= Self.start + 1_000 })
  }

  @Test func whatIsAskedLater() {
    var delayed = DelayedQuestions(wait: 4_000)
    #expect(delayed.delay == 2_000 && delayed.isEmpty && delayed.first == nil)
    for number in 0..<5_000 {
      delayed.add(
        DelayedQuestions.Entry(
          flow: UInt32(number), serial: 1, ends: ends(), time: 0, interface: 0, isAfterSilence: false,
          due: Int64(number) + 2_000))
    }
    #expect(delayed.first == 2_000)
    var taken: [UInt32] = []
    while let entry = delayed.takeFirst(at: 6_000) { taken.append(entry.flow) }
    #expect(taken == Array(0...4_000))
    #expect(delayed.first == 6_001)
    while let entry = delayed.takeFirst(at: 9_000) { taken.append(entry.flow) }
    #expect(taken.count == 5_000 && delayed.isEmpty)
    #expect(DelayedQuestions(wait: 60_000_000_000).delay == DelayedQuestions.longest)
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
    let muchLater =
      flows.isHeld(number, at: Self.start + 7 * Self.second, watch)
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

  /// A common frame with the ends of these tests.
  private func common(reversed: Bool = false) -> CommonEnds {
    Self.common(ends(), reversed: reversed)
  }

  /// Looks at a frame's flow and notes whose it is, as for a frame that is not as the one before it.
  private func look(_ flows: inout OwnedFlows, at time: Int64, reversed: Bool = false) {
    var isLower = false
    var ends = ends()
    if reversed {
      (ends.source, ends.destination) = (ends.destination, ends.source)
      (ends.sourcePort, ends.destinationPort) = (ends.destinationPort, ends.sourcePort)
    }
    let number = flows.find(ends, time: time, sourceIsLower: &isLower)
    let owners = flows.owners(of: number, at: time)
    let (owner, attribution) =
      isLower ? LiveOwners.owner(owners.lower, owners.upper) : LiveOwners.owner(owners.upper, owners.lower)
    flows.note(number, of: common(reversed: reversed), time, sourceIsLower: isLower, owner, attribution)
  }

  private func take(_ flows: inout OwnedFlows, at time: Int64, reversed: Bool = false) -> FlowNotes.Note? {
    let common = common(reversed: reversed)
    let place = flows.takeNoted(common, FlowNotes.Places(common), time)
    return place == 0 ? nil : flows.notes[place]
  }

  private static let millisecond: Int64 = 1_000_000

  @Test func whatIsNotedHoldsFromTheLastChangeOn() {
    var flows = OwnedFlows()
    let start = Self.start
    look(&flows, at: start)
    let unanswered = take(&flows, at: start)
    #expect(unanswered == nil, "nothing is answered yet")
    flows.take(answer(exact(1), since: start + 100, found: start + 50 * Self.millisecond))
    look(&flows, at: start + 99)
    let early = take(&flows, at: start + 99)
    #expect(early == nil)
    look(&flows, at: start + 100)
    let noted = take(&flows, at: start + 100)
    #expect(noted?.owner.process == 1)
    let reply = take(&flows, at: start + 100, reversed: true)
    #expect(reply == nil, "each direction has its own")
    look(&flows, at: start + 100, reversed: true)
    let noticed = take(&flows, at: start + 100, reversed: true)
    #expect(noticed?.owner.process == 1 && noticed?.sourceIsLower == false)
    flows.take(answer(exact(2), since: start + 300, found: start + 60 * Self.millisecond))
    for reversed in [false, true] {
      let again = take(&flows, at: start + 400, reversed: reversed)
      #expect(again == nil, "an answer is looked at anew")
    }
  }

  /// A note holds as long as what was answered does, and not over a silence of the flow; a frame of either direction ends that.
  @Test func whatIsNotedEnds() {
    var flows = OwnedFlows()
    let (start, step) = (Self.start, 100 * Self.millisecond)
    // It was the same for a second, so that it holds half a second more.
    flows.take(answer(exact(1), since: start - Self.second, found: start))
    for reversed in [false, true] { look(&flows, at: start, reversed: reversed) }
    var isLower = false
    let number = flows.find(ends(), time: start, sourceIsLower: &isLower)
    let horizon = flows[number].horizon
    #expect(horizon == start + 5 * step)
    for place in 1...4 {
      let noted = take(&flows, at: start + Int64(place) * step)
      #expect(noted != nil)
    }
    let reply = take(&flows, at: start + 4 * step, reversed: true)
    #expect(reply == nil, "this direction was silent")
    let wasSilent = flows.wasSilent(number, before: start + 4 * step)
    #expect(!wasSilent, "the flow was not")
    let later = start + 4 * step + OwnedFlows.silence + 2 * Self.millisecond
    let isSilent = flows.wasSilent(number, before: later)
    #expect(isSilent)
    let late = take(&flows, at: horizon + Self.millisecond)
    #expect(late == nil)
    flows.noteHeld(number, at: horizon)
    look(&flows, at: horizon)
    let again = take(&flows, at: horizon + step)
    #expect(again != nil)
    flows.doubt(number, before: horizon + step)
    let doubted = take(&flows, at: horizon + step)
    #expect(doubted == nil)
  }

  /// When a flow had its last packet is known only where it is noted: it is kept when that goes.
  @Test func aBusyFlowIsNotSilentWhenItsNoteGoes() {
    var flows = OwnedFlows()
    let (start, step) = (Self.start, 100 * Self.millisecond)
    let known = answer(exact(1), since: start - 5 * Self.second, found: start)
    flows.take(known)
    var isLower = false
    let number = flows.find(ends(), time: start, sourceIsLower: &isLower)
    flows[number].used = start
    func use(from first: Int64) {
      look(&flows, at: start + first * step)
      for place in first..<(first + 4) {
        let noted = take(&flows, at: start + place * step)
        #expect(noted != nil)
      }
    }
    use(from: 0)
    flows.take(known)
    let afterAnswer = flows.wasSilent(number, before: start + 4 * step)
    #expect(!afterAnswer, "an answer came that nobody asked for")
    use(from: 4)
    // So many flows that there has to be more room for notes.
    for port in UInt16(1)...200 { _ = flows.find(ends(port), time: start, sourceIsLower: &isLower) }
    let again = take(&flows, at: start + 8 * step)
    #expect(again == nil)
    let afterGrowth = flows.wasSilent(number, before: start + 8 * step)
    #expect(!afterGrowth)
    let later = flows.wasSilent(number, before: start + 10 * step)
    #expect(later)
  }

  /// A connection that nobody has accepted may be accepted with the next segment, and a closed socket's is another one's soon.
  @Test func whatMayChangeAtOnceIsNotNoted() {
    var flows = OwnedFlows()
    var listener = exact(1)
    listener.end.method = .listener
    flows.take(answer(listener, since: Self.start, found: Self.start + Self.second))
    look(&flows, at: Self.start + 1)
    let waiting = take(&flows, at: Self.start + 1)
    #expect(waiting == nil)
    flows.take(answer(exact(1), since: Self.start, found: Self.start + Self.second, closed: Self.start + 1))
    look(&flows, at: Self.start + 1)
    let closed = take(&flows, at: Self.start + 1)
    #expect(closed == nil)
  }

  /// A packet that waits for what was asked because of an earlier one is asked about when the answer does not hold for it.
  @Test func whatWasNotAnsweredIsAskedAgain() {
    var flows = OwnedFlows()
    var isLower = false
    let number = flows.find(ends(), time: Self.start, sourceIsLower: &isLower)
    let nobody = flows.questionLeft(number)
    #expect(nobody == nil, "no packet waits")
    flows[past: number].awaited = Self.start + 50
    var listener = exact(1)
    listener.end.method = .listener
    let known = flows.take(answer(listener, since: Self.start, found: Self.start + 40))
    #expect(known == number)
    let left = flows.questionLeft(number)
    #expect(left?.time == Self.start + 50)
    #expect(left.map { FlowKey($0.ends, sourceIsLower: &isLower) } == flows[number].key)
    let again = flows.questionLeft(number)
    #expect(again == nil, "once")
    flows[past: number].awaited = Self.start + 50
    flows.take(answer(listener, since: Self.start, found: Self.start + 60))
    let none = flows.questionLeft(number)
    #expect(none == nil)
  }

  /// What is noted tells the same as a look at the flow: with the source first, if that is of this machine.
  @Test(arguments: [(true, false), (false, true), (true, true), (false, false)])
  func whatIsToldFirst(_ lowerIsLocal: Bool, _ upperIsLocal: Bool) throws {
    var flows = OwnedFlows()
    var known = answer(
      lowerIsLocal ? exact(1, cookie: 11) : .remote, since: Self.start, found: Self.start + Self.second)
    if upperIsLocal { known.upper = exact(2, cookie: 12) }
    flows.take(known)
    for reversed in [false, true] {
      look(&flows, at: Self.start + Self.second, reversed: reversed)
      let note = try #require(take(&flows, at: Self.start + Self.second, reversed: reversed))
      let (source, destination) = reversed ? (known.upper, known.lower) : (known.lower, known.upper)
      let expected = LiveOwners.owner(source, destination)
      #expect(note.owner == expected.0 && note.isForeign == (!lowerIsLocal && !upperIsLocal))
      let common = common(reversed: reversed)
      let told = flows.attribution(noted: flows.takeNoted(common, FlowNotes.Places(common), Self.start + Self.second))
      #expect(told.own == expected.1.own && told.peer == expected.1.peer)
      #expect(note.own == FrameAttribution.End(told.own.method, told.own.reason))
    }
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

extension OwnedFlowsTests {
  /// The ends of a frame that is of TCP or UDP, as they are read from its octets.
  fileprivate static func common(_ ends: FrameEnds, reversed: Bool = false) -> CommonEnds {
    var octets = [UInt8](repeating: 0, count: 60)
    octets[12] = 0x08
    octets[14] = 0x45
    octets[23] = ends.protocolNumber.rawValue
    func put(_ value: UInt64, _ count: Int, at place: Int) {
      for octet in 0..<count {
        octets[place + octet] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - octet)))
      }
    }
    let addresses = [UInt64(ends.source), UInt64(ends.destination)]
    let ports = [UInt64(ends.sourcePort), UInt64(ends.destinationPort)]
    for place in 0..<2 {
      put(addresses[reversed ? 1 - place : place], 4, at: 26 + 4 * place)
      put(ports[reversed ? 1 - place : place], 2, at: 34 + 2 * place)
    }
    return withBytes(octets) { CommonEnds($0, .ethernet) ?? CommonEnds() }
  }
}

/// What is noted of more flows than there is room for.
@Suite struct FlowNotesTests {
  private func ends(_ port: UInt16) -> FrameEnds {
    var ends = FrameEnds()
    ends.kind = .ports
    ends.protocolNumber = .udp
    (ends.source, ends.destination) = (0xc000_0201, 0xc000_0202)
    (ends.sourcePort, ends.destinationPort) = (port, 53)
    return ends
  }

  private func take(_ flows: inout OwnedFlows, _ ends: CommonEnds) -> FlowNotes.Note? {
    let place = flows.takeNoted(ends, FlowNotes.Places(ends), 1)
    return place == 0 ? nil : flows.notes[place]
  }

  @Test func aNoteIsOneCacheLine() {
    #expect(MemoryLayout<FlowNotes.Note>.stride == 64)
  }

  @Test func whatIsFoundIsTheFlowAndItsDirection() {
    var flows = OwnedFlows()
    let all = UInt16.min..<60000
    // Some have to go for others, and none is found as another one.
    for port in all {
      for reversed in [false, true] {
        let common = OwnedFlowsTests.common(ends(port), reversed: reversed)
        var sourceIsLower = true
        var these = ends(port)
        if reversed {
          (these.source, these.destination) = (these.destination, these.source)
          (these.sourcePort, these.destinationPort) = (these.destinationPort, these.sourcePort)
        }
        let number = flows.find(these, time: 1, sourceIsLower: &sourceIsLower)
        if !reversed { flows.noteForeign(number, 1) }
        let (owner, attribution) = LiveOwners.owner(.remote, .remote)
        flows.note(number, of: common, 1, sourceIsLower: sourceIsLower, owner, attribution)
        let note = take(&flows, common)
        #expect(note?.flow == number && note?.sourceIsLower == !reversed)
      }
    }
    var found = 0
    for port in all {
      var sourceIsLower = true
      let number = flows.find(ends(port), time: 1, sourceIsLower: &sourceIsLower)
      guard let note = take(&flows, OwnedFlowsTests.common(ends(port))) else { continue }
      found += 1
      #expect(note.flow == number && note.sourceIsLower)
    }
    #expect(found > 10000 && found < 60000)
    flows.doubtForeign()
    for port in all {
      let note = take(&flows, OwnedFlowsTests.common(ends(port)))
      #expect(note == nil)
    }
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
    let open = history.openFlows(of: 7) { $0 == 0xFFFF }
    #expect(open == [entry(1).key, entry(3).key])
    #expect(history.flows(of: 7) == open)
    // One whose owner was not found has nothing that is open.
    var unfound = entry(3)
    unfound.lower.answer = EndAnswer(local: .unattributed, .gone)
    history.keep(unfound)
    let found = history.openFlows(of: 7) { $0 == 0xFFFF }
    #expect(found == [entry(1).key])
    let none = history.openFlows(of: 8) { $0 == 0xFFFF }
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
    let before = flows.isPlain(number, 1000)
    #expect(flows.mayBeForeign(number) && !before)
    flows.noteForeign(number, 1000)
    let after = flows.isPlain(number, 1000)
    #expect(after && flows[number].isForeign && flows[number].horizon > 1_000_000_000)
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
