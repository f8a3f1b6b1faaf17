internal import Linux
internal import Wire

/// What is known of the owners of flows, on the side of the thread that captures: looked up for every packet.
///
/// Memory is bounded: a flow that was not used for a while makes room for a new one.
struct OwnedFlows: ~Copyable {
  /// One end of a flow.
  struct End: BitwiseCopyable {
    var answer = EndAnswer()
    /// The owner before, and from which packet on it is the one above, in nanoseconds since the Epoch.
    var before = EndAnswer()
    var since: Int64 = 0
    /// When its socket was closed; 0 for one that is open.
    var closed: Int64 = 0

    /// Who owned the end when a packet was captured.
    @inline(__always)
    func owner(at time: Int64) -> EndAnswer {
      var owner = time < since && before.isLocal ? before : answer
      if closed != 0, time > closed, owner.end.method == .exact || owner.end.method == .port {
        owner.end.method = .cached
      }
      return owner
    }
  }

  /// A flow.
  struct Record: BitwiseCopyable {
    var key = FlowKey()
    var hash: UInt32 = 0
    var lower = End()
    var upper = End()
    /// Tells it from an earlier flow of the same number.
    var serial: UInt32 = 0
    var isAnswered = false
    /// When it was asked about, and when an answer came last, in nanoseconds since the Epoch.
    var asked: Int64 = 0
    var verified: Int64 = 0
    var used: Int64 = 0
    /// Until when what was answered is taken to hold; and whether the owners were the same for long.
    var horizon: Int64 = 0
    var isOld = false
    /// How many of its packets were counted.
    var packets: UInt64 = 0

    /// From when on the owners are those that they are, or were looked for.
    @inline(__always)
    var lastChange: Int64 { max(lower.since, upper.since) }

    /// Whether waiting would not make it better.
    @inline(__always)
    var isSettled: Bool { isAnswered && lower.answer.isSettled && upper.answer.isSettled }
  }

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

  private(set) var flows = Slab(Record(), limit: Self.mostFlows)
  private var index = FlowIndex()
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

  @inline(__always)
  private mutating func find(_ key: FlowKey, time: Int64) -> UInt32 {
    let hash = hash(key)
    let number = index.find(hash) { flows[$0].key == key }
    if number != 0 { return number }
    return add(key, hash, time)
  }

  private mutating func add(_ key: FlowKey, _ hash: UInt32, _ time: Int64) -> UInt32 {
    var number = flows.allocate()
    if number == 0 {
      makeRoom(time)
      number = flows.allocate()
    }
    guard number != 0 else { return 0 }
    serial &+= 1
    flows[number].key = key
    flows[number].hash = hash
    flows[number].serial = serial
    flows[number].used = time
    index.insert(hash, number)
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
    index.remove(flows[chosen].hash, chosen)
    flows.free(chosen)
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

  /// Whether a number still stands for the flow with this serial.
  func isCurrent(_ number: UInt32, _ serial: UInt32) -> Bool { number != 0 && flows[number].serial == serial }

  /// Takes an answer.
  mutating func take(_ answer: OwnerAnswer) {
    let number = find(answer.key, time: answer.found)
    guard number != 0 else { return }
    Self.take(answer.lower, closed: answer.lowerClosed, since: answer.lowerSince, into: &flows[number].lower)
    Self.take(answer.upper, closed: answer.upperClosed, since: answer.upperSince, into: &flows[number].upper)
    flows[number].isAnswered = true
    flows[number].verified = answer.found
    flows[number].horizon = answer.isUnsure ? answer.found : Self.horizon(of: flows[number])
    flows[number].isOld = !answer.lower.isShared && !answer.upper.isShared
    flows[number].isOld = flows[number].isOld && answer.found &- max(answer.lowerSince, answer.upperSince) > Self.long
  }

  /// Until when an answer holds. A socket may be handed to another process, mostly when it is young: the longer it was the
  /// same one's, the longer it is taken to be so still. A connection that was not accepted may have been since.
  private static func horizon(of flow: Record) -> Int64 {
    if flow.lower.answer.awaits || flow.upper.answer.awaits { return flow.verified }
    if !flow.lower.answer.isLocal, !flow.upper.answer.isLocal { return flow.verified &+ Self.foreignLife }
    let age = flow.verified &- flow.lastChange
    let isShared = flow.lower.answer.isShared || flow.upper.answer.isShared
    return flow.verified &+ min(max(age / 2, 0), isShared ? Self.sharedLife : Self.freshLife)
  }

  private static func take(_ new: EndAnswer, closed: Int64, since: Int64, into end: inout End) {
    let old = end.answer
    end.closed = closed
    guard new != old else {
      // It may be known later that it was so earlier.
      if since < end.since { end.since = since }
      return
    }
    // It is so from then on: what came earlier stays what it was.
    if since > end.since {
      if old.isLocal { end.before = old }
      end.since = since
    }
    end.answer = new
  }
}
