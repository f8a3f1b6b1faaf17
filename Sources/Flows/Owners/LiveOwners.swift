public import Linux
internal import Sockets
public import Wire

/// Says whose the packets of a live capture are: the join of packets, sockets and processes.
///
/// A packet whose flow is known costs a look into a table. One of a new flow waits, outside of the ring, until a thread has
/// asked the kernel for the flow's sockets and looked for their processes; those behind it wait with it, so that the order
/// stays.
public struct LiveOwners: ~Copyable {
  /// How owners are looked for.
  public struct Options: Sendable {
    /// How long a packet waits for its owner, in nanoseconds.
    public var wait: Int64 = 20_000_000
    /// The indices of the interfaces that are captured on.
    public var interfaces: [Int32] = []
    /// What the capture lets in, for frames without a link header; nil for everything.
    public var filter: FilterProgram?
    /// Whether sockets of other network namespaces are looked for too. Needs CAP_SYS_ADMIN.
    public var allNamespaces = false
    /// Whether more is told than whose the packets are: how that was found, and the sockets.
    public var tellsAttribution = true
    /// Whether the processes are told that each comes from.
    public var tellsAncestors = false

    /// Whether the kernel is asked to note who uses sockets, by BPF programs; where it does not, owners are looked for.
    public var asksKernelForUsers = true

    /// 20 ms, and this network namespace.
    public init() {}
  }

  /// A packet's description, with its owners in it, and what is told of them.
  public typealias Receiver = (inout Frame, FrameAttribution) -> Bool

  /// How many packets and flows were attributed, and how.
  public var counts: OwnerCounts {
    var all = packetCounts
    all.flows = flows.counts.methods
    return all
  }

  /// What could not be had, in a line each: the owners are found without it, but later or less often.
  public let shortcomings: [String]

  let options: Options
  let mailbox: OwnerMailbox
  private let thread: WorkerThread
  let watch: any HolderWatch
  var flows = OwnedFlows()
  private var held = HeldFrames()
  /// What was read of the frames that were shown last: two of them are still to come when another one is shown.
  private var foreseen = InlineArray<4, (ends: CommonEnds, places: FlowNotes.Places)>(
    repeating: (CommonEnds(), FlowNotes.Places()))
  private var lastForeseen = 0
  private var fragments = OwnerFragments()
  private var packetCounts = OwnerCounts()
  private var hasStopped = false
  /// The index of the interface that the frame at hand came or went by; 0: not known.
  var interface: Int32 = 0
  /// Whether its flow had no other for a while before it.
  var isAfterSilence = false
  /// The addresses of this network namespace; nil where others count, too, or changes are not told of.
  var addresses: OwnAddresses?
  /// What the kernel notes of connections; nil where it does not, or where that does not say all.
  var connections: NotedConnections?
  var delayed: DelayedQuestions
  /// Those of which who used their sockets last may not be noted yet.
  var young: DelayedQuestions
  /// How many frames came since a question was asked that the resolver is to be called for; 0 where there is none.
  var uncalled = 0

  /// How long before packets have to wait for an answer the resolver is called for it, in nanoseconds: while it is asked much it
  /// looks by itself somewhat more often.
  static let hurry: Int64 = 60_000_000
  /// The resolver is called when the ring is empty: for all questions together. It is called earlier after so many frames.
  private static let mostUncalled = 64

  /// Begins to look. `family` hears of the processes that come from its members.
  public init(
    _ options: Options, family: ProcessFamily? = nil, through door: some OwnerDoor
  ) throws(SystemError) {
    let mailbox = try OwnerMailbox()
    let (resolver, shortcomings) = try Self.resolver(options, mailbox, family, door)
    if !options.allNamespaces, resolver.addressEvents != nil {
      addresses = OwnAddresses(resolver.finder.namespaces.own.taken)
    }
    // Before the resolver is the thread's.
    flows.uses = resolver.finder.uses
    flows.namespace = UInt32(truncatingIfNeeded: resolver.finder.namespaces.own.inode)
    if let uses = resolver.finder.uses, resolver.finder.processes.tellsIdentities, addresses != nil {
      connections = NotedConnections(uses, namespace: resolver.finder.namespaces.own.inode)
    }
    let thread = try WorkerThread { resolver.run() }
    self.options = options
    delayed = DelayedQuestions(wait: options.wait)
    young = DelayedQuestions(wait: options.wait, longest: DelayedQuestions.notingStep)
    self.mailbox = mailbox
    watch = door.holderWatch()
    self.shortcomings = shortcomings
    self.thread = thread
  }

  deinit {
    mailbox.end()
    thread.join()
  }

  // MARK: Packets

  /// How many milliseconds from now `release` is to be called again; nil where nothing waits.
  public var patience: Int32? {
    guard let entry = held.first else { return nil }
    guard young.isEmpty, let first = delayed.first, entry.deadline != 0, flows.isCurrent(entry.flow, entry.serial),
      flows[past: entry.flow].isDelayed
    else { return 1 }
    let left = min(first, entry.deadline) &- BootClock.nanosecondsSinceStart
    return Int32(clamping: max(left / 1_000_000 &+ 1, 1))
  }

  /// Is shown a frame before the second frame before it is taken, so that what is known of its flow comes into the cache
  /// meanwhile; answers what is to come with the frame (`FrameInfo.foreseen`).
  @inline(__always)
  public mutating func foresee(_ octets: RawSpan, _ linkType: LinkType) -> UInt32 {
    guard let ends = CommonEnds(octets, linkType) else { return 0 }
    let places = FlowNotes.Places(ends)
    flows.foresee(places)
    lastForeseen = (lastForeseen &+ 1) & 3
    foreseen[lastForeseen] = (ends, places)
    return UInt32(truncatingIfNeeded: lastForeseen &+ 1)
  }

  /// Takes a frame, which is handed on at once or later; false where the receiver wants no more.
  ///
  /// `onProcesses` is told of each process before a frame refers to it by its place.
  public mutating func take(
    _ frame: inout Frame, onProcesses: ([CapturedProcess]) -> Void, _ receive: Receiver
  ) -> Bool {
    let shown = frame.info.foreseen
    guard shown != 0, held.isEmpty, !mailbox.isAnswered else { return takeUnnoted(&frame, onProcesses, receive) }
    let slot = Int(shown &- 1) & 3
    let place = flows.takeNoted(
      foreseen[slot].ends, foreseen[slot].places, Self.nanoseconds(frame.info.timestamp))
    guard place != 0 else { return takeUnnoted(&frame, onProcesses, receive) }
    return hand(on: &frame, noted: place, receive)
  }

  /// Hands on a frame of which it is noted whose it is.
  @inline(__always)
  private mutating func hand(on frame: inout Frame, noted place: UInt32, _ receive: Receiver) -> Bool {
    frame.info.owner = flows.notes[place].owner
    packetCounts.add(flows.notes[place].own)
    // Two calls: one with either attribution would first be put together of parts.
    let goesOn =
      options.tellsAttribution
      ? receive(&frame, flows.attribution(noted: place)) : receive(&frame, FrameAttribution())
    if !goesOn { hasStopped = true }
    return goesOn
  }

  /// Takes a frame that was not shown before, or of which nothing is noted.
  @inline(never)
  private mutating func takeUnnoted(
    _ frame: inout Frame, _ onProcesses: ([CapturedProcess]) -> Void, _ receive: Receiver
  ) -> Bool {
    let time = Self.nanoseconds(frame.info.timestamp)
    let shown = frame.info.foreseen
    let ends = shown != 0 ? foreseen[Int(shown &- 1) & 3].ends : CommonEnds(frame.bytes, frame.info.linkType)
    if shown == 0, let ends, held.isEmpty, !mailbox.isAnswered {
      let place = flows.takeNoted(ends, FlowNotes.Places(ends), time)
      if place != 0 { return hand(on: &frame, noted: place, receive) }
    }
    return takeSlowly(&frame, ends, time, onProcesses, receive)
  }

  /// Takes a frame that is not as the one before it in its flow.
  @inline(never)
  private mutating func takeSlowly(
    _ frame: inout Frame, _ common: CommonEnds?, _ time: Int64, _ onProcesses: ([CapturedProcess]) -> Void,
    _ receive: Receiver
  ) -> Bool {
    var ends = FrameEnds(frame)
    let place = Int(frame.info.interface)
    interface = place < options.interfaces.count ? max(options.interfaces[place], 0) : 0
    // A reply is the other direction of what asked for it, also where both have the same addresses.
    let isReply = ends.kind == .echoReply
    if isReply { ends.turnToRequest() }
    let isAsked = hasDelayed && askDelayed()
    if mailbox.isAnswered || isAsked {
      takeAnswers(onProcesses)
      if !held.isEmpty, !releaseReady(receive) { return false }
    }
    var sourceIsLower = true
    var flow: UInt32 = 0
    switch ends.kind {
    case .ports, .echoRequest, .echoReply, .other:
      flow = flows.find(ends, time: time, sourceIsLower: &sourceIsLower)
      if isReply { sourceIsLower.toggle() }
      if ends.fragmentIdentifier != 0 { fragments.insert(ends, flow, sourceIsLower) }
    case .laterFragment:
      (flow, sourceIsLower) = fragments.find(ends)
    case .none, .kernel: break
    }
    var mustWait = false
    if flow != 0 { mustWait = !isReady(flow, ends, time, sourceIsLower: sourceIsLower) }
    if held.isEmpty, !mustWait {
      let (owner, attribution) = owner(of: flow, ends, time, sourceIsLower, wasReady: true)
      count(attribution, flow)
      if let common, flow != 0 {
        flows.note(flow, of: common, time, sourceIsLower: sourceIsLower, owner, attribution)
      }
      frame.info.owner = owner
      if receive(&frame, attribution) { return true }
      hasStopped = true
      return false
    }
    let deadline = mustWait ? BootClock.nanosecondsSinceStart &+ options.wait : 0
    // One that begins is asked about itself.
    if mustWait, !ends.begins { flows[past: flow].awaited = time }
    if uncalled > 0 {
      uncalled &+= 1
      if uncalled > Self.mostUncalled { call() }
    }
    held.append(
      frame, ends, flow: flow, serial: flows[flow].serial, sourceIsLower: sourceIsLower, deadline: deadline)
    return held.isFull ? releaseReady(receive) : true
  }

  /// Calls the resolver, where it is to answer what was asked since it was called last.
  private mutating func call() {
    guard uncalled > 0 else { return }
    uncalled = 0
    mailbox.call()
  }

  private mutating func takeAnswers(_ onProcesses: ([CapturedProcess]) -> Void) {
    let taken = mailbox.takeAnswers()
    if let told = taken.addresses, addresses != nil {
      addresses = OwnAddresses(told)
      flows.doubtForeign()
    }
    if !taken.processes.isEmpty { onProcesses(taken.processes) }
    if !taken.identities.isEmpty {
      connections?.take(taken.identities)
      flows.distrust(flowsOf: taken.identities.forgotten, orAll: taken.identities.areAllForgotten)
    }
    for answer in taken.answers {
      let flow = flows.take(answer)
      isAfterSilence = false
      // Its interface is known since it was asked about first.
      if flow != 0, let left = flows.questionLeft(flow) {
        ask(flow, left.ends, left.time, interface: 0, isUrgent: true)
      }
    }
    if !held.isEmpty { call() }
  }

  // MARK: Waiting

  /// Hands on what need not wait any more; false where the receiver wants no more.
  public mutating func release(onProcesses: ([CapturedProcess]) -> Void, _ receive: Receiver) -> Bool {
    flows.reviewAgain()
    if hasDelayed { askDelayed() }
    call()
    if mailbox.isAnswered { takeAnswers(onProcesses) }
    return releaseReady(receive)
  }

  /// Hands on everything, each when its owner is known or it has waited long enough.
  public mutating func finish(onProcesses: ([CapturedProcess]) -> Void, _ receive: Receiver) {
    while !held.isEmpty, !hasStopped {
      if hasDelayed { askDelayed() }
      call()
      if mailbox.isAnswered { takeAnswers(onProcesses) }
      guard releaseReady(receive) else { return }
      if !held.isEmpty { ProcessClock.sleep(milliseconds: 1) }
    }
  }

  /// How many frames were taken and will not be handed on, since the receiver wanted no more.
  public var abandoned: Int { hasStopped ? held.count : 0 }

  private mutating func releaseReady(_ receive: Receiver) -> Bool {
    guard !hasStopped else { return false }
    var now: Int64 = 0
    while let entry = held.first {
      let isCurrent = flows.isCurrent(entry.flow, entry.serial)
      let isReady = entry.deadline == 0 || !isCurrent || isAnswered(entry)
      if !isReady, !held.isFull {
        if now == 0 { now = BootClock.nanosecondsSinceStart }
        if now < entry.deadline { return true }
      }
      let flow = isCurrent ? entry.flow : 0
      let (owner, attribution) = self.owner(
        of: flow, entry.ends, Self.nanoseconds(entry.info.timestamp), entry.sourceIsLower, wasReady: entry.deadline == 0
      )
      count(attribution, flow)
      let goesOn = held.takeFirst(
        { entry in
          var info = entry.info
          info.owner = owner
          return info
        },
        { receive(&$0, attribution) })
      if !goesOn {
        hasStopped = true
        return false
      }
    }
    return true
  }

  /// Whether a frame's flow was answered since the frame came.
  private mutating func isAnswered(_ entry: HeldFrames.Entry) -> Bool {
    let time = Self.nanoseconds(entry.info.timestamp)
    guard flows[entry.flow].isSettled, time <= flows[past: entry.flow].limit, !flows.awaitsUse(entry.flow, at: time)
    else { return false }
    // Another one may have been noted just now, by whom it was used.
    flows.reviewUsers(of: entry.flow)
    return time <= flows[past: entry.flow].limit
  }

  // MARK: Handing on

  @inline(__always)
  private mutating func count(_ attribution: FrameAttribution, _ flow: UInt32) {
    packetCounts.add(attribution.own)
    if flow != 0 { flows[flow].isCounted = true }
  }

  @inline(__always)
  static func nanoseconds(_ time: Timestamp) -> Int64 {
    time.seconds &* 1_000_000_000 &+ Int64(time.nanoseconds)
  }
}
