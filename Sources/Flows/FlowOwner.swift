internal import Wire

/// Whose a flow is: places in the table of processes, by the flow's ends.
public struct FlowOwner: Equatable, Sendable, BitwiseCopyable {
  /// In place of a place: not known, or on another machine.
  public static let unknown = UInt32.max

  /// In place of a place: the kernel itself.
  public static let kernel = FrameOwner.kernel

  /// The process at the end that began.
  public var source: UInt32
  /// The process at the other end.
  public var destination: UInt32

  /// An owner by the places of its processes; what is not given is not known.
  public init(source: UInt32 = .max, destination: UInt32 = .max) {
    self.source = source
    self.destination = destination
  }

  /// Whether either process is known.
  public var isKnown: Bool { source != .max || destination != .max }
}

/// What a packet says of its flow's owner.
struct OwnerSign {
  var owner: FlowOwner
  /// Whether the end of its only process is a guess.
  var isGuess = false
  /// Whether its processes may turn out to be others.
  let isProvisional: Bool
  /// Whether what is told of the packet's own end is that of the flow's source.
  private(set) var isSourceOwn: Bool

  /// A packet tells of the process that sent or took it; which of both it was, its direction says.
  @inline(never)
  init(_ info: FrameInfo, _ flow: FlowPacket, isForward: Bool, firstProcess: UInt32, isProvisional: Bool) {
    func place(_ own: UInt32) -> UInt32 {
      // Who was not found may be found with a later packet.
      own == FrameOwner.notFound ? .max : own >= FrameOwner.kernel ? own : own &+ firstProcess
    }
    self.isProvisional = isProvisional
    isSourceOwn = isForward
    var (sender, receiver) = (place(info.owner.process), place(info.owner.peer))
    // Of two processes the sender is the first, and so it is where a packet never leaves the machine, as far as the
    // addresses tell.
    if receiver == .max, !Self.staysWithin(flow) {
      switch info.direction {
      case .outbound: break
      case .inbound:
        swap(&sender, &receiver)
        isSourceOwn.toggle()
      case .unknown: isGuess = true
      }
    }
    owner =
      isForward ? FlowOwner(source: sender, destination: receiver) : FlowOwner(source: receiver, destination: sender)
  }

  /// Whether both ends are on one machine, by their addresses: RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3.
  private static func staysWithin(_ flow: FlowPacket) -> Bool {
    if flow.source == flow.destination { return true }
    return flow.isIPv6 ? flow.source == 1 || flow.destination == 1 : flow.source >> 24 == 127
  }
}

extension FlowRecord {
  /// Learns whose the flow is: what is known for sure stays, but who sends data comes before who only opened or accepted the
  /// connection, perhaps for another process.
  @inline(__always)
  mutating func learn(_ sign: OwnerSign, isForward: Bool, carriesData: Bool) {
    guard sign.owner.isKnown else { return }
    let isOpen = !marks.isDisjoint(with: [.guessedEnd, .provisionalOwner])
    let isSure = !sign.isGuess && !sign.isProvisional
    if isOpen ? isSure : !owner.isKnown {
      // Whose end was told, if not for sure, stays until somebody else is.
      let before = marks.contains(.guessedEnd) ? FlowOwner() : owner
      owner = sign.owner
      fill(before)
      marks.subtract([.guessedEnd, .provisionalOwner])
      if sign.isGuess { marks.insert(.guessedEnd) }
      if sign.isProvisional { marks.insert(.provisionalOwner) }
    } else if isSure {
      fill(sign.owner)
    }
    if carriesData, isSure { learnSender(sign, isForward: isForward) }
  }

  private mutating func learnSender(_ sign: OwnerSign, isForward: Bool) {
    let sender = isForward ? sign.owner.source : sign.owner.destination
    let mark: Marks = isForward ? .sentSource : .sentDestination
    guard sender < FrameOwner.kernel, !marks.contains(mark) else { return }
    marks.insert(mark)
    if isForward { owner.source = sender } else { owner.destination = sender }
  }

  /// Takes the processes of the ends where none is known.
  private mutating func fill(_ other: FlowOwner) {
    if owner.source == .max { owner.source = other.source }
    if owner.destination == .max { owner.destination = other.destination }
  }
}
