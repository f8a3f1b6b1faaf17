public import Wire

/// The flows of a stream of packets.
///
/// Memory is bounded by the greatest number of flows; then the one that was idle for longest is put out. A flow costs
/// about 150 octets, with TCP about 370. Times are those of the packets: nothing here asks a clock.
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
    /// TCP connections that are closed or were reset.
    public var closedTCP: Int64?
    /// UDP.
    public var udp: Int64?
    /// Everything else.
    public var other: Int64?

    /// None.
    public init() {}

    /// Whether there is any.
    var isEmpty: Bool { tcp == nil && closedTCP == nil && udp == nil && other == nil }
  }

  /// All packets, whether they are of a flow or not.
  public private(set) var totals = FlowTotals()

  private let options: Options
  private let hash = FlowHash()
  private var index = FlowIndex()
  private var flows: Slab<FlowRecord>
  private var tracker: TCPTracker
  private var hints: HintStore
  private var queues = IdleQueues()
  private var fragments = FragmentCache()
  private var ended: [Flow] = []
  private var nextSweep = Int64.min
  private let sweeps: Bool

  /// How often timeouts are looked at, and how exactly it is known which flow was idle for longest, in nanoseconds.
  private static var grain: Int64 { 1_000_000_000 }

  /// An empty table.
  public init(_ options: Options = Options()) {
    self.options = options
    let limit = Swift.min(Swift.max(options.maximumFlows, 1), 1 << 30)
    flows = Slab(FlowRecord(), limit: limit)
    tracker = TCPTracker(limit: limit)
    hints = HintStore(limit: limit)
    sweeps = !options.timeouts.isEmpty
  }

  /// How many flows it holds.
  public var count: Int { flows.count }

  /// How many octets its tables take, without names.
  public var byteCount: Int {
    index.byteCount &+ flows.byteCount &+ tracker.byteCount &+ hints.byteCount
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
  private static func nanoseconds(_ time: Timestamp) -> Int64 {
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
    if isClosed, flows[number].idleClass == .tcp {
      queues.remove(number, from: &flows)
      flows[number].idleClass = .closedTCP
      queues.append(number, to: &flows)
    }
  }

  @inline(never)
  private mutating func begin(
    _ key: FlowKey, _ hash: UInt32, _ flow: FlowPacket, _ sourceIsLower: Bool, _ time: Int64
  ) -> UInt32 {
    if flows.count >= flows.limit { evict() }
    let number = flows.allocate()
    guard number != 0 else { return 0 }
    totals.flows &+= 1
    var record = FlowRecord()
    record.key = key
    record.number = UInt32(truncatingIfNeeded: totals.flows)
    record.first = time
    record.last = time
    record.queued = time
    record.hash = hash
    if sourceIsLower != flow.comesSecond { record.marks.insert(.lowerBegan) }
    switch flow.transport {
    case .tcp:
      record.idleClass = .tcp
      record.tcp = tracker.states.allocate()
    case .udp: record.idleClass = .udp
    default: record.idleClass = .other
    }
    hints.begin(&record.extra, destination: flow.comesSecond ? flow.source : flow.destination)
    flows[number] = record
    index.insert(hash, number)
    queues.append(number, to: &flows)
    return number
  }

  /// Puts out the flow that was idle for longest.
  private mutating func evict() {
    let number = queues.oldest(flows)
    guard number != 0 else { return }
    totals.evicted &+= 1
    end(number, .evicted)
  }

  /// Ends the flows whose timeouts have passed.
  private mutating func sweep(_ time: Int64) {
    nextSweep = time &+ Self.grain / 4
    let timeouts = [
      (IdleClass.tcp, options.timeouts.tcp), (.closedTCP, options.timeouts.closedTCP), (.udp, options.timeouts.udp),
      (.other, options.timeouts.other),
    ]
    for case (let idleClass, let timeout?) in timeouts {
      while true {
        let number = queues.first(idleClass)
        guard number != 0, time &- flows[number].queued > timeout else { break }
        if time &- flows[number].last > timeout {
          totals.timedOut &+= 1
          end(number, .timeout)
        } else {
          queues.remove(number, from: &flows)
          flows[number].queued = flows[number].last
          queues.append(number, to: &flows)
        }
      }
    }
  }

  private mutating func end(_ number: UInt32, _ ending: FlowEnding) {
    if options.keepsEnded { ended.append(flow(number, ending)) }
    index.remove(flows[number].hash, number)
    queues.remove(number, from: &flows)
    tracker.free(flows[number].tcp)
    hints.free(flows[number].extra)
    flows[number].number = 0
    flows.free(number)
  }

  /// Ends the flows whose timeouts have passed at a time when no packet came: for live capture.
  public mutating func advance(to time: Timestamp) {
    if sweeps { sweep(Self.nanoseconds(time)) }
  }

  /// Whether flows are over that were not taken yet.
  @inline(__always)
  public var hasEnded: Bool { !ended.isEmpty }

  /// The flows that are over since the last call, in the order of their ends.
  public mutating func takeEnded() -> [Flow] {
    defer { ended.removeAll(keepingCapacity: true) }
    return ended
  }

  /// Calls the body with the number of each flow that the table holds, in no certain order.
  func forEachNumber(_ body: (UInt32) -> Void) {
    for queue in [IdleClass.tcp, .closedTCP, .udp, .other] {
      var number = queues.first(queue)
      while number != 0 {
        body(number)
        number = flows[number].newer
      }
    }
  }

  /// The flow of a handle.
  public func flow(_ handle: FlowHandle) -> Flow { flow(handle.number, nil) }

  /// When a flow began, among all.
  func number(_ handle: FlowHandle) -> UInt32 { flows[handle.number].number }

  /// What a flow is sorted by.
  func rank(_ number: UInt32, _ order: FlowOrder) -> UInt64 {
    let record = flows[number]
    switch order {
    case .start: return UInt64(record.number)
    case .duration: return UInt64(Swift.max(record.last &- record.first, 0))
    case .packets: return record.packetsForward &+ record.packetsReverse
    case .bytes: return record.bytesForward &+ record.bytesReverse
    case .payload: return record.payloadForward &+ record.payloadReverse
    case .rtt, .retransmissions, .trouble: return flow(number, nil).rank(order)
    }
  }

  private func flow(_ number: UInt32, _ ending: FlowEnding?) -> Flow {
    FlowReader.flow(flows[number], ending, tracker, hints)
  }
}

/// Sums over all packets of a table.
public struct FlowTotals: Sendable {
  /// Packets of all kinds.
  public var packets: UInt64 = 0
  /// Their octets on the wire.
  public var bytes: UInt64 = 0
  /// Packets that are of no flow, since they have no IP.
  public var otherPackets: UInt64 = 0
  /// Their octets on the wire.
  public var otherBytes: UInt64 = 0
  /// Flows that began.
  public var flows: UInt64 = 0
  /// Flows that were put out to stay within the bound.
  public var evicted: UInt64 = 0
  /// Flows that were over by their timeout.
  public var timedOut: UInt64 = 0
  /// Findings about TCP segments, of all flows.
  public var findings = TCPCounts()

  /// All zero.
  public init() {}
}
