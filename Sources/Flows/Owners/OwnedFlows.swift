internal import Linux
internal import Wire

/// What is known of the owners of flows, on the side of the thread that captures: looked up for every packet.
///
/// Memory is bounded: a flow that was not used for a while makes room for a new one.
struct OwnedFlows: ~Copyable {
  /// A flow: what every packet of it needs, in two cache lines.
  struct Record: BitwiseCopyable {
    var key = FlowKey()
    /// When its last packet was captured, in nanoseconds since the Epoch.
    var used: Int64 = 0
    /// Until when what was answered is taken to hold.
    var horizon: Int64 = 0
    var lower = EndAnswer()
    /// Whether up to the horizon nothing but the answers is to be looked at: both are the best that can be had, no socket is
    /// closed, and the packets are later than the last change.
    var isPlain = false
    var isAnswered = false
    /// Whether the owners were the same for long.
    var isOld = false
    /// Whether a packet of it was counted.
    var isCounted = false
    var upper = EndAnswer()
    /// Tells it from an earlier flow of the same number.
    var serial: UInt32 = 0

    /// Whether it is answered to be of no socket here: what it does makes no difference.
    @inline(__always)
    var isForeign: Bool { isAnswered && !lower.isLocal && !upper.isLocal }

    /// Takes a frame with these ends, if it is of this flow and its owners are as they were for the frame before: the common
    /// way.
    @inline(__always)
    mutating func takes(_ ends: CommonEnds, sourceIsLower: Bool, _ time: Int64) -> Bool {
      guard isPlain, key.isOf(ends, sourceIsLower: sourceIsLower), time <= horizon,
        time &- used <= OwnedFlows.silence || isForeign
      else { return false }
      used = time
      isCounted = true
      return true
    }

    /// Whether waiting would not make it better.
    @inline(__always)
    var isSettled: Bool { isAnswered && lower.isSettled && upper.isSettled }
  }

  /// What is needed of a flow when it is asked about or answered.
  struct Past: BitwiseCopyable {
    /// What was of one end.
    struct End: BitwiseCopyable {
      /// The owner before, and from which packet on it is the present one, in nanoseconds since the Epoch.
      var before = EndAnswer()
      var since: Int64 = 0
      /// When its socket was closed; 0 for one that is open.
      var closed: Int64 = 0

      /// Who owned the end when a packet was captured.
      func owner(_ answer: EndAnswer, at time: Int64) -> EndAnswer {
        var owner = time < since && before.isLocal ? before : answer
        if closed != 0, time > closed, owner.end.method == .exact || owner.end.method == .port {
          owner.end.method = .cached
        }
        return owner
      }
    }

    var lower = End()
    var upper = End()
    /// When it was asked about, and when an answer came last, in nanoseconds since the Epoch.
    var asked: Int64 = 0
    var verified: Int64 = 0
    var hash: UInt32 = 0

    /// From when on the owners are those that they are, or were looked for.
    var lastChange: Int64 { max(lower.since, upper.since) }
  }

  /// After what silence an owner is asked about again, in nanoseconds.
  static var silence: Int64 { 200_000_000 }
  private static var mostFlows: Int { 1 << 16 }
  /// After how many nanoseconds without a packet a flow may make room at once.
  private static var idle: Int64 { 5_000_000_000 }
  /// How many are looked at for one that is idle.
  private static var looks: Int { 8 }
  /// How long an answer is taken to hold at most; one that several processes share a socket; that a flow is of others; and what long is. In nanoseconds.
  private static var freshLife: Int64 { 1_000_000_000 }
  private static var sharedLife: Int64 { 10_000_000 }
  private static var foreignLife: Int64 { 10_000_000_000 }
  private static var long: Int64 { 1_000_000_000 }

  private var flows = Slab(Record(), limit: Self.mostFlows)
  /// Beside the flows, under the same numbers.
  private var pasts = Slab(Past(), limit: Self.mostFlows)
  private var index = FlowIndex()
  private var recent = RecentFlows()
  private let hash = FlowHash()
  private var hand: UInt32 = 1
  private var serial: UInt32 = 0

  init() {}

  /// Whether there are more flows than stay in the caches by themselves.
  @inline(__always)
  var areMany: Bool { flows.highest > 1 << 10 }

  /// Has the flow that a frame is probably of come into the cache.
  @inline(__always)
  func prefetch(_ ends: CommonEnds) { flows.prefetch(recent[RecentFlows.place(ends)].flow) }

  /// Takes a frame whose flow was noted, where its owners are as they were for the frame before; 0 for any other.
  @inline(__always)
  mutating func takePlain(_ ends: CommonEnds, _ time: Int64) -> (flow: UInt32, sourceIsLower: Bool) {
    let place = RecentFlows.place(ends)
    let first = recent[place]
    if flows[first.flow].takes(ends, sourceIsLower: first.sourceIsLower, time) { return first }
    let second = recent[place ^ 1]
    return flows[second.flow].takes(ends, sourceIsLower: second.sourceIsLower, time) ? second : (0, true)
  }

  /// Notes the flow of a frame for those that come.
  mutating func note(_ flow: UInt32, sourceIsLower: Bool, of ends: CommonEnds) {
    recent.note(flow, sourceIsLower: sourceIsLower, at: RecentFlows.place(ends))
  }

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
      pasts[number].lower.owner(flows[number].lower, at: time),
      pasts[number].upper.owner(flows[number].upper, at: time)
    )
  }

  /// Whether from a packet on only the answers are to be looked at.
  mutating func notePlain(_ number: UInt32, _ time: Int64) {
    flows[number].isPlain =
      flows[number].isSettled && pasts[number].lower.closed == 0 && pasts[number].upper.closed == 0
      && time >= pasts[number].lastChange
  }

  /// Whether nothing was found of a flow, or only that it is of others.
  func mayBeForeign(_ number: UInt32) -> Bool { !flows[number].isAnswered || flows[number].isForeign }

  /// Notes that neither end of a flow is of this machine.
  mutating func noteForeign(_ number: UInt32, _ time: Int64) {
    flows[number].lower = .remote
    flows[number].upper = .remote
    flows[number].isAnswered = true
    flows[number].isOld = false
    flows[number].horizon = time &+ Self.foreignLife
    pasts[number].verified = time
    notePlain(number, time)
  }

  /// The addresses of this machine are others than they were: a flow of others may be its own now.
  mutating func doubtForeign() {
    var number: UInt32 = 1
    while Int(number) <= flows.highest {
      if flows[number].isForeign { flows[number].horizon = 0 }
      number &+= 1
    }
  }

  /// Takes an answer.
  mutating func take(_ answer: OwnerAnswer) {
    let number = find(answer.key, time: answer.found)
    guard number != 0 else { return }
    Self.take(
      answer.lower, closed: answer.lowerClosed, since: answer.lowerSince, into: &flows[number].lower,
      &pasts[number].lower)
    Self.take(
      answer.upper, closed: answer.upperClosed, since: answer.upperSince, into: &flows[number].upper,
      &pasts[number].upper)
    flows[number].isAnswered = true
    flows[number].isPlain = false
    pasts[number].verified = answer.found
    flows[number].horizon = answer.isUnsure ? answer.found : horizon(of: number)
    let isShared = answer.lower.isShared || answer.upper.isShared
    flows[number].isOld = !isShared && answer.found &- max(answer.lowerSince, answer.upperSince) > Self.long
  }

  /// Until when an answer holds. A socket may be handed to another process, mostly when it is young: the longer it was the
  /// same one's, the longer it is taken to be so still. A connection that was not accepted may have been since.
  private func horizon(of number: UInt32) -> Int64 {
    let (lower, upper) = (flows[number].lower, flows[number].upper)
    let verified = pasts[number].verified
    if lower.awaits || upper.awaits { return verified }
    if !lower.isLocal, !upper.isLocal { return verified &+ Self.foreignLife }
    let age = verified &- pasts[number].lastChange
    return verified &+ min(max(age / 2, 0), lower.isShared || upper.isShared ? Self.sharedLife : Self.freshLife)
  }

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
    // It is so from then on: what came earlier stays what it was.
    if since > past.since {
      if old.isLocal { past.before = old }
      past.since = since
    }
    answer = new
  }
}
