public import Wire

/// The flows of a stream of packets.
///
/// Memory is bounded by the greatest number of flows; then the one that was idle for longest is put out. A flow costs
/// about 160 octets, with TCP about 380. Times are those of the packets: nothing here asks a clock.
public struct FlowTable: ~Copyable {
  /// What a table does.
  public struct Options: Sendable {
    /// The most flows at once.
    public var maximumFlows = 1_000_000
    /// How long flows may be idle before they are over, in nanoseconds; nil: for ever.
    public var timeouts = Timeouts()
    /// Whether payloads are searched for hints about the application.
    public var findsHints = true
    /// Whether only TCP is looked at.
    public var onlyTCP = false
    /// Whether flows that are over before the end are kept for `takeEnded`.
    public var keepsEnded = false

    /// A million flows and no timeouts.
    public init() {}
  }

  /// How long flows may be idle, in nanoseconds; nil: for ever.
  public struct Timeouts: Sendable {
    /// TCP connections that are open.
    public var tcp: Int64?
    /// TCP connections that nobody has answered to, or whose answer nobody has acknowledged.
    public var openingTCP: Int64?
    /// TCP connections that are closed or were reset.
    public var closedTCP: Int64?
    /// UDP.
    public var udp: Int64?
    /// Everything else.
    public var other: Int64?

    /// None.
    public init() {}

    /// Whether there is any.
    var isEmpty: Bool { tcp == nil && openingTCP == nil && closedTCP == nil && udp == nil && other == nil }
  }

  /// The place that the first process of the source at hand has in the table of all sources' processes: places in
  /// flows are those of that table.
  public var firstProcess: UInt32 = 0

  /// How the owner of the next packet was found, where that is told.
  public var attribution = FrameAttribution()

  /// All packets, whether they are of a flow or not.
  public internal(set) var totals = FlowTotals()

  let options: Options
  private let hash = FlowHash()
  var index = FlowIndex()
  var flows: Slab<FlowRecord>
  var tracker: TCPTracker
  var hints: HintStore
  var attributions: Slab<FlowAttribution>
  var queues = IdleQueues()
  private var fragments = FragmentCache()
  var ended: [Flow] = []
  var nextSweep = Int64.min
  let sweeps: Bool

  /// How often timeouts are looked at, and how exactly it is known which flow was idle for longest, in nanoseconds.
  static var grain: Int64 { 1_000_000_000 }

  /// An empty table.
  public init(_ options: Options = Options()) {
    self.options = options
    let limit = Swift.min(Swift.max(options.maximumFlows, 1), 1 << 30)
    flows = Slab(FlowRecord(), limit: limit)
    tracker = TCPTracker(limit: limit)
    hints = HintStore(limit: limit)
    attributions = Slab(FlowAttribution(), limit: limit)
    sweeps = !options.timeouts.isEmpty
  }

  /// How many flows it holds.
  public var count: Int { flows.count }

  /// How many octets its tables take, without names.
  public var byteCount: Int {
    index.byteCount &+ flows.byteCount &+ tracker.byteCount &+ hints.byteCount &+ attributions.byteCount
  }

  /// What a packet did.
  public struct Update: Sendable {
    /// The flow's number; 0: the packet is of none.
    public var number: UInt64 = 0
    /// Whether it comes from who began the flow.
    public var isForward = true
    /// Whether the flow begins with it.
    public var isNew = false
    /// The place of its TCP layer, where it has findings.
    public var layer = 0
    /// What is noteworthy about it.
    public var findings = TCPFindings()
    /// How often its acknowledgment was repeated, where it is a duplicate.
    public var duplicates: Int32 = 0
    /// The frame of the acknowledgment that it repeats.
    public var duplicateOf: UInt32 = 0

    /// A packet of no flow.
    public init() {}
  }

  /// Takes a packet: finds its flow, or begins one, and learns from it.
  @discardableResult
  public mutating func update(_ packet: borrowing Packet) -> Update {
    totals.packets &+= 1
    totals.bytes &+= UInt64(packet.info.originalLength)
    guard let flow = packet.flowPacket() else {
      totals.otherPackets &+= 1
      totals.otherBytes &+= UInt64(packet.info.originalLength)
      return Update()
    }
    if options.onlyTCP, flow.transport != .tcp { return Update() }
    let time = Self.nanoseconds(packet.info.timestamp)
    if sweeps, time >= nextSweep { sweep(time) }
    return update(flow, packet, time)
  }

  /// Nanoseconds since the Epoch; years far away from ours are cut off.
  static func nanoseconds(_ time: Timestamp) -> Int64 {
    let seconds = Swift.min(Swift.max(time.seconds, -9_000_000_000), 9_000_000_000)
    return seconds &* 1_000_000_000 &+ Int64(time.nanoseconds)
  }

  private mutating func update(_ flow: FlowPacket, _ packet: borrowing Packet, _ time: Int64) -> Update {
    var sourceIsLower = true
    let key = FlowKey(flow, sourceIsLower: &sourceIsLower)
    let hash = hash(key)
    var number: UInt32 = 0
    if flow.fragment == .later { number = fragments.find(flow, isCurrent: { flows[$0].number == $1 }) }
    if number == 0 {
      number = index.find(hash) { candidate in
        flows.prefetch(candidate)
        return flows[candidate].key == key
      }
    } else {
      sourceIsLower = flow.source == flows[number].key.lower
    }
    var update = Update()
    if flow.transport == .tcp, number != 0 { tracker.states.prefetch(flows[number].tcp) }
    var isReused = false
    if number != 0, flow.transport == .tcp, flows[number].tcp != 0,
      tracker.beginsAnother(flow.tcp, flows[number].tcp, fromLower: sourceIsLower)
    {
      isReused = true
      end(number, .replaced)
      number = 0
    }
    if number == 0 {
      number = begin(key, hash, flow, sourceIsLower, time)
      guard number != 0 else { return update }
      update.isNew = true
    }
    // A connection whose first header was cut is followed from its first whole one on.
    if flow.transport == .tcp, flows[number].tcp == 0 { flows[number].tcp = tracker.states.allocate() }
    if flow.fragment == .first { fragments.insert(flow, number, flows[number].number) }
    count(number, flow, packet, sourceIsLower, time, isReused, &update)
    return update
  }

  @inline(__always)
  private mutating func count(
    _ number: UInt32, _ flow: FlowPacket, _ packet: borrowing Packet, _ sourceIsLower: Bool, _ time: Int64,
    _ isReused: Bool, _ update: inout Update
  ) {
    let length = UInt64(packet.info.originalLength)
    let isForward = sourceIsLower == flows[number].marks.contains(.lowerBegan)
    update.number = UInt64(flows[number].number)
    update.isForward = isForward
    let seen: UInt64
    if isForward {
      flows[number].packetsForward &+= 1
      flows[number].bytesForward &+= length
      seen = flows[number].payloadForward
      flows[number].payloadForward = seen &+ UInt64(flow.payloadLength)
    } else {
      flows[number].packetsReverse &+= 1
      flows[number].bytesReverse &+= length
      seen = flows[number].payloadReverse
      flows[number].payloadReverse = seen &+ UInt64(flow.payloadLength)
    }
    if time > flows[number].last { flows[number].last = time }
    if time < flows[number].first { flows[number].first = time }
    if packet.info.owner.isKnown {
      let sign = OwnerSign(
        packet.info, flow, isForward: isForward, firstProcess: firstProcess,
        // A listener's connection is yet to be accepted, maybe by another.
        isProvisional: attribution.own.method == .listener || attribution.peer.method == .listener)
      flows[number].learn(sign, isForward: isForward, carriesData: flow.payloadLength > 0)
      if attribution.isTold, !sign.isGuess { keep(attribution, ofSource: sign.isSourceOwn, in: number) }
    }
    if flow.tunnel.endpoint != 0 {
      hints.learn(endpoint: flow.tunnel.endpoint, &flows[number].extra, isForward: isForward)
    }
    if flow.transport == .tcp, flows[number].tcp != 0 {
      if options.findsHints, flow.payloadLength > 0, seen < HintStore.searchedOctets, flow.applicationIndex > 0 {
        hints.learn(packet, flow, &flows[number].extra, isForward: isForward)
      }
      update.findings = tracker.update(
        flows[number].tcp, flow, fromLower: sourceIsLower, isForward: isForward, time: time,
        frame: UInt32(truncatingIfNeeded: packet.info.number), isReused: isReused)
      update.layer = Int(flow.transportIndex)
      mark(number, flow.tcp.flags, isForward: isForward)
      if update.findings.contains(.duplicateAck) { note(number, sourceIsLower, &update) }
      totals.findings.count(update.findings, isForward: isForward)
    } else if options.findsHints, flow.transport == .udp, flow.applicationIndex > 0 {
      hints.learn(datagram: packet, flow, &flows[number].extra, time: time)
    }
    // A flow moves in its queue once in a while, not for each packet: that would fetch two others from memory.
    if time &- flows[number].queued > Self.grain {
      queues.remove(number, from: &flows)
      flows[number].queued = time
      queues.append(number, to: &flows)
    }
  }

  private func note(_ number: UInt32, _ sourceIsLower: Bool, _ update: inout Update) {
    let state = tracker.states[flows[number].tcp]
    let side = sourceIsLower ? state.lower : state.upper
    update.duplicates = side.duplicates
    update.duplicateOf = side.originalFrame
  }

  /// Keeps how far a TCP connection has come.
  @inline(__always)
  private mutating func mark(_ number: UInt32, _ flags: TCPFlags, isForward: Bool) {
    var marks = flows[number].marks
    if flags.contains(.synchronize) {
      marks.insert(flags.contains(.acknowledgment) ? .answered : .synchronized)
    } else if flags.contains(.acknowledgment) {
      marks.insert(.acknowledged)
    }
    if flags.contains(.finish) { marks.insert(isForward ? .finishedForward : .finishedReverse) }
    if flags.contains(.reset) { marks.insert(.reset) }
    guard marks != flows[number].marks else { return }
    flows[number].marks = marks
    let isClosed = marks.contains(.reset) || marks.isSuperset(of: [.finishedForward, .finishedReverse])
    let before = flows[number].idleClass
    let now = isClosed ? .closedTCP : marks.contains(.acknowledged) ? .tcp : before
    if now != before, before == .tcp || before == .openingTCP {
      queues.remove(number, from: &flows)
      flows[number].idleClass = now
      queues.append(number, to: &flows)
    }
  }
}
