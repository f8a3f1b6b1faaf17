internal import Wire

/// What is kept of a flow's application, where it told anything.
struct FlowExtra: BitwiseCopyable {
  /// Numbers of names in the pool; 0: none.
  var serverName: UInt32 = 0
  var host: UInt32 = 0
  var domainName: UInt32 = 0
  var forwardSSH: UInt32 = 0
  var reverseSSH: UInt32 = 0
  var quicVersion: UInt32 = 0
  var requests: UInt32 = 0
  var responses: UInt32 = 0
  /// How many questions have no answer.
  var unanswered: UInt32 = 0
  /// How long answers took: a number in the latency store.
  var latency: UInt32 = 0
  /// The numbers that the receivers of the two directions gave to the tunnel; 0: none.
  var forwardEndpoint: UInt32 = 0
  var reverseEndpoint: UInt32 = 0
  /// Tells it from an earlier one of the same number.
  var serial: UInt32 = 0
}

/// The names that addresses came from: a later one may take an earlier one's place.
struct AddressNames: ~Copyable {
  private static var places: Int { 1 << 15 }

  private struct Entry {
    var address: UInt128 = 0
    var name: UInt32 = 0
  }

  private var entries: [Entry] = []

  private static func place(_ address: UInt128) -> Int {
    // Seeded: who answers DNS must not choose what is forgotten.
    address.hashValue & (places &- 1)
  }

  /// The number of an address's name; 0 where it has none.
  func name(of address: UInt128) -> UInt32 {
    guard !entries.isEmpty else { return 0 }
    let entry = entries[Self.place(address)]
    return entry.address == address ? entry.name : 0
  }

  /// Keeps the number of an address's name.
  mutating func set(_ address: UInt128, _ name: UInt32) {
    if entries.isEmpty { entries = Array(repeating: Entry(), count: Self.places) }
    entries[Self.place(address)] = Entry(address: address, name: name)
  }
}

/// What flows tell of their applications, and the names that addresses came from.
struct HintStore: ~Copyable {
  /// Octets of a direction's payload behind which no hint is looked for.
  static var searchedOctets: UInt64 { 4096 }

  var extras: Slab<FlowExtra>
  var latencies: LatencyStore
  private var names = NamePool()
  private var addresses = AddressNames()
  private var questions = OpenQuestions()
  private var serial: UInt32 = 0

  init(limit: Int) {
    extras = Slab(FlowExtra(), limit: limit)
    latencies = LatencyStore(blockLimit: Swift.max(limit, 1024))
  }

  /// How many octets it takes, without names.
  var byteCount: Int { extras.byteCount &+ latencies.byteCount }

  /// A name by its number; nil for 0.
  func name(_ number: UInt32) -> [UInt8]? { names.name(number) }

  /// Gives a new flow the name that its address came from.
  @inline(__always)
  mutating func begin(_ extra: inout UInt32, destination: UInt128) {
    let name = addresses.name(of: destination)
    guard name != 0 else { return }
    make(&extra)
    extras[extra].domainName = name
  }

  private mutating func make(_ extra: inout UInt32) {
    guard extra == 0 else { return }
    extra = extras.allocate()
    serial &+= 1
    if extra != 0 { extras[extra].serial = serial }
  }

  /// Learns from a TCP segment with data.
  @inline(never)
  mutating func learn(_ packet: borrowing Packet, _ flow: FlowPacket, _ extra: inout UInt32, isForward: Bool) {
    var kind: ApplicationHint?
    var number: UInt32 = 0
    packet.withHint(of: flow) { hint, octets in
      kind = hint
      number = names.number(of: octets)
    }
    if flow.application == .dnsOverTCP { learnAddresses(packet, flow) }
    guard let kind, number != 0 else { return }
    make(&extra)
    guard extra != 0 else { return }
    switch kind {
    case .serverName: if extras[extra].serverName == 0 { extras[extra].serverName = number }
    case .httpHost: if extras[extra].host == 0 { extras[extra].host = number }
    case .ssh where isForward: if extras[extra].forwardSSH == 0 { extras[extra].forwardSSH = number }
    case .ssh: if extras[extra].reverseSSH == 0 { extras[extra].reverseSSH = number }
    case .quic: break
    }
  }

  /// Keeps the number of the tunnel that a packet came through, the first of its direction.
  @inline(never)
  mutating func learn(endpoint: UInt32, _ extra: inout UInt32, isForward: Bool) {
    make(&extra)
    guard extra != 0 else { return }
    if isForward {
      if extras[extra].forwardEndpoint == 0 { extras[extra].forwardEndpoint = endpoint }
    } else if extras[extra].reverseEndpoint == 0 {
      extras[extra].reverseEndpoint = endpoint
    }
  }

  /// Learns from a UDP datagram: DNS, NTP, QUIC.
  @inline(never)
  mutating func learn(datagram packet: borrowing Packet, _ flow: FlowPacket, _ extra: inout UInt32, time: Int64) {
    if let version = packet.quicVersion(of: flow) {
      make(&extra)
      if extra != 0, extras[extra].quicVersion == 0 { extras[extra].quicVersion = version }
      return
    }
    guard let (isResponse, identifier) = packet.transaction(of: flow) else { return }
    make(&extra)
    guard extra != 0 else { return }
    if isResponse {
      answer(extra, identifier, time)
      if flow.application == .dns { learnAddresses(packet, flow) }
    } else {
      ask(extra, identifier, time)
    }
  }

  private mutating func ask(_ extra: UInt32, _ identifier: UInt64, _ time: Int64) {
    extras[extra].requests &+= 1
    if questions.ask(extras[extra].serial, identifier, time) { extras[extra].unanswered &+= 1 }
  }

  private mutating func answer(_ extra: UInt32, _ identifier: UInt64, _ time: Int64) {
    extras[extra].responses &+= 1
    guard let asked = questions.answer(extras[extra].serial, identifier) else { return }
    extras[extra].unanswered &-= 1
    var number = extras[extra].latency
    latencies.add(time &- asked, to: &number)
    extras[extra].latency = number
  }

  private mutating func learnAddresses(_ packet: borrowing Packet, _ flow: FlowPacket) {
    packet.forEachAnswer(of: flow) { name, address, _ in
      let known = addresses.name(of: address)
      if known != 0, names.has(name, known) { return }
      let number = names.number(of: name)
      if number != 0 { addresses.set(address, number) }
    }
  }

  /// Gives back what a flow has.
  mutating func free(_ extra: UInt32) {
    guard extra != 0 else { return }
    latencies.free(extras[extra].latency)
    extras.free(extra)
  }
}
