internal import Linux
internal import Sockets
internal import Wire

/// What is known of the owners of flows, on the side of the thread that captures: looked up for every packet.
///
/// Memory is bounded: a flow that was not used for a while makes room for a new one.
struct OwnedFlows: ~Copyable {
  /// After what silence an owner is asked about again, in nanoseconds.
  static var silence: Int64 { 200_000_000 }
  private static var mostFlows: Int { 1 << 16 }
  /// After how many nanoseconds without a packet a flow may make room at once.
  private static var idle: Int64 { 5_000_000_000 }
  /// How many are looked at for one that is idle.
  private static var looks: Int { 8 }
  /// How long an answer is taken to hold at most; one that several processes share a socket; that a flow is of others; and for
  /// how long at most packets do not wait after that. In nanoseconds.
  private static var freshLife: Int64 { 1_000_000_000 }
  private static var sharedLife: Int64 { 10_000_000 }
  private static var foreignLife: Int64 { 10_000_000_000 }
  private static var mostLead: Int64 { 1_500_000_000 }
  /// For how long after an answer it may be seen here that a socket is still held: others may hold it as well by then.
  private static var watchLife: Int64 { 5_000_000_000 }
  /// The same for a socket without a peer, beside which another one may be that takes some of its packets and has read none yet: as
  /// long as it was the same one's, within these bounds.
  private static var portLife: ClosedRange<Int64> { 250_000_000...2_000_000_000 }

  var flows = Slab(Record(), limit: Self.mostFlows)
  /// Beside the flows, under the same numbers.
  var pasts = Slab(Past(), limit: Self.mostFlows)
  private var index = FlowIndex()
  /// Before them: what most frames are told by.
  var notes = FlowNotes()
  /// Who uses sockets, where the kernel notes it; and how often sockets had another user when that was looked at last, and when that
  /// was, in ticks.
  var uses: SocketUses?
  /// The network namespace that packets are captured in, by its inode's number.
  var namespace: UInt32 = 0
  var changesSeen: UInt64 = 0
  /// Whether sockets had other users since, and not all flows were looked at.
  var isBehind = false
  /// The kernel's clocks, and when they were looked at, in nanoseconds since the Epoch.
  var clock = KernelClock()
  var clockRead: Int64 = 0
  var reviewed: UInt32 = 0
  private let hash = FlowHash()
  private var hand: UInt32 = 1
  private var serial: UInt32 = 0

  init() {}

  /// The flow of a frame, made where there is none; and whether the frame comes from its lower end.
  @inline(__always)
  mutating func find(_ ends: FrameEnds, time: Int64, sourceIsLower: inout Bool) -> UInt32 {
    let key = FlowKey(ends, sourceIsLower: &sourceIsLower)
    return find(key, time: time)
  }

  /// The flow with a key, made where there is none.
  @inline(__always)
  private mutating func find(_ key: FlowKey, time: Int64) -> UInt32 {
    let hash = hash(key)
    let number = index.find(hash) { flows[$0].key == key }
    if number != 0 { return number }
    return add(key, hash, time)
  }

  private mutating func add(_ key: FlowKey, _ hash: UInt32, _ time: Int64) -> UInt32 {
    var number = allocate()
    if number == 0 {
      makeRoom(time)
      number = allocate()
    }
    guard number != 0 else { return 0 }
    serial &+= 1
    flows[number].key = key
    pasts[number].hash = hash
    flows[number].serial = serial
    flows[number].used = time
    index.insert(hash, number)
    return number
  }

  /// Both slabs give out the same numbers, since they give out and take back the same.
  private mutating func allocate() -> UInt32 {
    let number = flows.allocate()
    if number != 0 { _ = pasts.allocate() }
    makeRoomForNotes()
    return number
  }

  /// Puts out a flow that is idle, or else the last one looked at.
  private mutating func makeRoom(_ time: Int64) {
    var chosen: UInt32 = 0
    for _ in 0..<Self.looks {
      hand = Int(hand) >= Self.mostFlows ? 1 : hand &+ 1
      chosen = hand
      if flows[hand].used < time &- Self.idle { break }
    }
    ended.add(flows[chosen])
    index.remove(pasts[chosen].hash, chosen)
    forgetNotes(chosen)
    flows.free(chosen)
    pasts.free(chosen)
  }

  /// What became of the flows that were put out.
  private(set) var ended = OwnerCounts.Flows()

  /// The flows by how their owner was found, of those that packets were counted of.
  var counts: OwnerCounts.Flows {
    var counts = ended
    var number: UInt32 = 1
    while Int(number) <= flows.highest {
      counts.add(flows[number])
      number &+= 1
    }
    return counts
  }

  subscript(number: UInt32) -> Record {
    @inline(__always)
    _read { yield flows[number] }
    @inline(__always)
    _modify { yield &flows[number] }
  }

  /// What is needed of a flow when it is asked about or answered.
  subscript(past number: UInt32) -> Past {
    _read { yield pasts[number] }
    _modify { yield &pasts[number] }
  }

  /// Whether a number still stands for the flow with this serial.
  func isCurrent(_ number: UInt32, _ serial: UInt32) -> Bool { number != 0 && flows[number].serial == serial }

  /// Who owned each end when a packet was captured.
  func owners(of number: UInt32, at time: Int64) -> (lower: EndAnswer, upper: EndAnswer) {
    (
      pasts[number].lower.owner(flows[number].lower, at: time, began: pasts[number].began),
      pasts[number].upper.owner(flows[number].upper, at: time, began: pasts[number].began)
    )
  }

  /// Notes that there are too many flows at once to ask about this one: it is asked about with a later packet.
  mutating func noteFlood(_ number: UInt32, _ time: Int64) {
    flows[number].lower = EndAnswer(local: .unattributed, .flood)
    flows[number].isAnswered = true
    pasts[number].verified = time
    setHorizon(number, time &+ Self.repetition)
  }

  /// Whether nothing was found of a flow, or only that it is of others.
  func mayBeForeign(_ number: UInt32) -> Bool { !flows[number].isAnswered || flows[number].isForeign }

  /// Notes that neither end of a flow is of this machine.
  mutating func noteForeign(_ number: UInt32, _ time: Int64) {
    flows[number].lower = .remote
    flows[number].upper = .remote
    flows[number].isAnswered = true
    setHorizon(number, time &+ Self.foreignLife)
    pasts[number].verified = time
  }

  /// The addresses of this machine are others than they were: a flow of others may be its own now.
  mutating func doubtForeign() {
    var number: UInt32 = 1
    while Int(number) <= flows.highest {
      if flows[number].isForeign { doubt(number, before: 1) }
      number &+= 1
    }
  }

  /// Whether the owners of a flow are still what they were, if that is to be seen from who holds its sockets.
  mutating func isHeld(_ number: UInt32, at time: Int64, _ watch: any HolderWatch) -> Bool {
    guard flows[number].isAnswered, time &- pasts[number].answered < Self.watchLife else { return false }
    let (lower, upper) = (flows[number].lower, flows[number].upper)
    guard lower.isLocal || upper.isLocal else { return false }
    let ports = flows[number].key.ports
    let age = pasts[number].answered &- pasts[number].lastChange
    let isYoung =
      time &- pasts[number].answered < min(max(age, Self.portLife.lowerBound), Self.portLife.upperBound)
    if isHeld(lower, pasts[number].lower, UInt16(truncatingIfNeeded: ports >> 16), isYoung, watch),
      isHeld(upper, pasts[number].upper, UInt16(truncatingIfNeeded: ports), isYoung, watch)
    {
      return true
    }
    // It is not looked at again before the next answer.
    pasts[number].answered = 0
    return false
  }

  /// - Parameter isYoung: whether it was answered so lately that of a socket without a peer nobody has to be asked.
  private func isHeld(
    _ answer: EndAnswer, _ past: Past.End, _ port: UInt16, _ isYoung: Bool, _ watch: any HolderWatch
  ) -> Bool {
    guard answer.isLocal else { return true }
    guard past.closed == 0, past.over == 0 else { return false }
    // Who else came to the port, and used it, would be the last.
    if answer.end.method == .port {
      guard let uses, past.user != 0, isYoung, !answer.isShared else { return false }
      return uses.usesAlone(past.user, ofCookie: answer.end.cookie)
        && uses.isLast(answer.end.cookie, ofPort: port, namespace: namespace)
    }
    guard past.holder != 0 else { return false }
    if let uses, uses.usesAlone(past.holder, ofCookie: answer.end.cookie) { return true }
    guard past.descriptor != SocketHold.noted else { return false }
    // One that goes around may be back, and have been another's meanwhile.
    if past.mark == 0, let uses, uses.hadSeveralUsers(answer.end.cookie) { return false }
    let socket = HeldSocketNumber(descriptor: past.descriptor, inode: answer.end.inode)
    guard watch.isHeld(socket, by: past.holder) else { return false }
    return uses?.isCurrent(past.mark) ?? true
  }

  /// Notes that the owners of a flow were seen to be what they were.
  mutating func noteHeld(_ number: UInt32, at now: Int64) {
    pasts[number].verified = now
    setHorizon(number)
  }

  /// Takes an answer; tells the flow's number, 0 for none.
  @discardableResult
  mutating func take(_ answer: OwnerAnswer) -> UInt32 {
    let number = find(answer.key, time: answer.found)
    guard number != 0 else { return 0 }
    // What was asked before it was noted is no news.
    if pasts[number].isNoted, answer.found <= pasts[number].verified || answer.lower.isUnnamed || answer.upper.isUnnamed
    {
      return number
    }
    pasts[number].isNoted = false
    take(answer, of: number)
    return number
  }

  /// Takes what was answered of a flow, or is noted of it.
  mutating func take(_ answer: OwnerAnswer, of number: UInt32) {
    // It may have been seen since that nothing has changed.
    let isSame = flows[number].isAnswered && answer.lower == flows[number].lower && answer.upper == flows[number].upper
    let found = isSame && !answer.isUnsure ? max(answer.found, pasts[number].verified) : answer.found
    Self.take(
      answer.lower, closed: answer.lowerClosed, since: answer.lowerSince, into: &flows[number].lower,
      &pasts[number].lower)
    Self.take(
      answer.upper, closed: answer.upperClosed, since: answer.upperSince, into: &flows[number].upper,
      &pasts[number].upper)
    flows[number].isAnswered = true
    (pasts[number].lower.over, pasts[number].upper.over) = (0, 0)
    forgetNotes(number)
    pasts[number].lower.hold(answer.lowerHold)
    pasts[number].upper.hold(answer.upperHold)
    (pasts[number].lower.mark, pasts[number].upper.mark) = (answer.lowerMark, answer.upperMark)
    (pasts[number].lower.user, pasts[number].upper.user) = (answer.lowerUser, answer.upperUser)
    takeUsers(number, answer)
    pasts[number].verified = found
    pasts[number].answered = answer.found
    if answer.isUnsure { setHorizon(number, answer.found) } else { setHorizon(number) }
    // Somebody else may have used a socket since it was answered.
    if let uses, !uses.isCurrent(answer.lowerMark) || !uses.isCurrent(answer.upperMark) { distrust(number) }
  }

  /// The question that is to be asked after an answer: a packet has to wait that is later than what was answered holds for, and
  /// was held to be asked about already.
  mutating func questionLeft(_ number: UInt32) -> (ends: FrameEnds, time: Int64)? {
    let time = pasts[number].awaited
    guard time > pasts[number].limit, let ends = flows[number].key.ends else { return nil }
    pasts[number].awaited = 0
    return (ends, time)
  }

  /// What was answered holds up to a time, in nanoseconds since the Epoch, and packets wait from then on.
  private mutating func setHorizon(_ number: UInt32, _ time: Int64) {
    flows[number].horizon = time
    pasts[number].limit = time
  }

  /// Sets until when an answer holds. A socket may be handed to another process, mostly when it is young: the longer it was
  /// the same one's, the longer it is taken to be so still. A connection that was not accepted may have been since.
  private mutating func setHorizon(_ number: UInt32) {
    let (lower, upper) = (flows[number].lower, flows[number].upper)
    let verified = pasts[number].verified
    if lower.awaits || upper.awaits { return setHorizon(number, verified) }
    if !lower.isLocal, !upper.isLocal { return setHorizon(number, verified &+ Self.foreignLife) }
    // Where another user would be noted nothing is left to doubt for a while.
    if Self.isMarked(lower, pasts[number].lower), Self.isMarked(upper, pasts[number].upper) {
      setHorizon(number, verified &+ Self.freshLife)
      return pasts[number].limit &+= Self.mostLead
    }
    let half = max((verified &- pasts[number].lastChange) / 2, 0)
    let isShared = lower.isShared || upper.isShared
    setHorizon(number, verified &+ min(half, isShared ? Self.sharedLife : Self.freshLife))
    if !isShared { pasts[number].limit &+= min(half, Self.mostLead) }
  }

  private static func isMarked(_ answer: EndAnswer, _ past: Past.End) -> Bool {
    !answer.isLocal || past.mark != 0 && answer.end.method == .exact
  }

  /// The owners are to be looked at again before a packet of this time or a later one is told them.
  mutating func doubt(_ number: UInt32, before time: Int64) {
    guard time <= pasts[number].limit else { return }
    setHorizon(number, time &- 1)
    forgetNotes(number)
  }

  /// It was asked about and is to be answered before the limit: until that is near, nothing more is to be done.
  mutating func goOn(_ number: UInt32, _ time: Int64) {
    flows[number].horizon = min(pasts[number].limit, time &+ Self.repetition)
  }

  /// How soon a question is repeated, in nanoseconds.
  static var repetition: Int64 { 100_000_000 }

  private static func take(
    _ new: EndAnswer, closed: Int64, since: Int64, into answer: inout EndAnswer, _ past: inout Past.End
  ) {
    let old = answer
    past.closed = closed
    guard new != old else {
      // It may be known later that it was so earlier.
      if since < past.since { past.since = since }
      return
    }
    if since > past.since { past.change(from: old, at: since) } else { past.since = since }
    answer = new
  }
}
