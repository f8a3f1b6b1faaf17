internal import CLinux
internal import Glibc
public import Linux
internal import Sockets
internal import Wire

/// What is needed of the seam to find owners.
public typealias OwnerDoor = FlowScoutDoor & HolderDoor & InterfaceDoor & ProcessDoor & ProcessEventDoor
  & ProcessListing & SocketDumpDoor

/// Finds the socket at one end of a flow, and who holds it.
struct EndFinder<Door: OwnerDoor> {
  /// What one end of a packet is.
  struct End {
    var ends: FrameEnds
    /// Whether it is the source.
    var isSource: Bool

    var address: InternetAddress { Self.address(isSource ? ends.source : ends.destination, ends.isIPv6) }
    var other: InternetAddress { Self.address(isSource ? ends.destination : ends.source, ends.isIPv6) }
    var port: UInt16 { isSource ? ends.sourcePort : ends.destinationPort }
    var otherPort: UInt16 { isSource ? ends.destinationPort : ends.sourcePort }

    private static func address(_ value: UInt128, _ isIPv6: Bool) -> InternetAddress {
      isIPv6 ? .v6(value) : .v4(UInt32(truncatingIfNeeded: value))
    }
  }

  let door: Door
  /// This program's network namespace first, then others that are looked into.
  var views: [NamespaceView<Door>] = []
  var holders = HolderSearch()
  var processes: ProcessRegistry
  /// The processes of the last answer that names some.
  private(set) var lastHolders: [Int32] = []

  init(door: Door, processes: ProcessRegistry) {
    self.door = door
    self.processes = processes
  }

  /// Who an end belongs to now.
  mutating func answer(_ end: End, interface: Int32) -> EndAnswer {
    lastHolders = []
    switch end.ends.kind {
    case .ports: break
    case .echoRequest, .echoReply: return answerEcho(end)
    case .other: return answerRaw(end)
    default: return .remote
    }
    let (address, isGroup) = (end.address, NamespaceView<Door>.isGroup(end.address))
    if isGroup, end.isSource || end.ends.protocolNumber == .tcp { return .remote }
    var best = EndAnswer.remote
    for (place, view) in views.enumerated() {
      // What is on loopback is of the namespace that is captured in.
      guard isGroup || NamespaceView<Door>.isLoopback(address) ? place == 0 : view.owns(address) else { continue }
      let found = answer(end, in: view, interface: place == 0 ? interface : 0)
      if found.hasProcess || !found.isSettled { return found }
      if !best.isLocal { best = found }
    }
    // A group is nobody's own: only who listens to it counts.
    if isGroup, !best.hasProcess { return .remote }
    return best
  }

  private mutating func answer(_ end: End, in view: NamespaceView<Door>, interface: Int32) -> EndAnswer {
    guard
      let socket = view.find(
        end.ends.protocolNumber, end.address, end.port, end.other, end.otherPort, interface: interface)
    else { return EndAnswer(local: .unattributed, .noSocket) }
    if end.ends.protocolNumber == .tcp {
      if socket.state == .listen { return answer(listener: socket, in: view) }
      if socket.inode != 0 { return answer(holding: [socket], .exact) }
      if socket.state == .timeWait || socket.state == .close { return EndAnswer(local: .unattributed, .gone) }
      // Nobody has accepted it yet.
      if let listener = view.findListener(end.address, end.port, interface: interface) {
        return answer(listener: listener, in: view)
      }
      return EndAnswer(local: .unattributed, .gone)
    }
    guard socket.inode != 0 else { return EndAnswer(local: .unattributed, .gone) }
    if socket.remote != nil { return answer(holding: [socket], .exact) }
    return answer(holding: view.fellows(of: socket), .port)
  }

  /// A connection that somebody will accept: it may soon be known who.
  private mutating func answer(listener: SocketRecord, in view: NamespaceView<Door>) -> EndAnswer {
    answer(holding: view.fellows(of: listener), .listener)
  }

  /// The processes that hold one of some sockets.
  private mutating func answer(holding sockets: [SocketRecord], _ method: AttributionMethod) -> EndAnswer {
    var answer = EndAnswer(local: .unattributed, .noHolder)
    var found: [Int32] = []
    var holding = 0
    for socket in sockets where socket.inode != 0 {
      let holds = holders.find(socket.inode, through: door)
      if holds.isEmpty {
        if !holders.isInVain(socket.inode) { answer.isSettled = false }
      } else {
        holding += 1
        for hold in holds where !found.contains(hold.process) { found.append(hold.process) }
      }
    }
    if let socket = sockets.first {
      answer.end.inode = sockets.count == 1 ? socket.inode : 0
      answer.end.cookie = sockets.count == 1 ? socket.cookie ?? 0 : 0
      answer.end.socketType = Self.number(of: socket.type)
    }
    // Whoever holds a listener may accept; whoever holds a connection has it.
    let isOneOfSeveral = sockets.count > 1 || method == .listener
    guard !found.isEmpty, let place = processes.place(of: found, isOneOfSeveral: isOneOfSeveral, through: door) else {
      if answer.isSettled, holders.unreadableProcesses > 0 { answer.end.reason = .forbidden }
      return answer
    }
    answer.place = place
    lastHolders = found
    answer.end.method = method
    answer.end.reason = .none
    // Among several it will be known which, once the connection is accepted.
    answer.isSettled = answer.isSettled && !(method == .listener && found.count > 1)
    return answer
  }

  // MARK: Without ports

  /// An echo is asked for by a program, and answered by the kernel.
  private mutating func answerEcho(_ end: End) -> EndAnswer {
    guard let view = view(of: end) else { return .remote }
    let asks = end.isSource == (end.ends.kind == .echoRequest)
    guard asks else { return EndAnswer(local: .kernel) }
    let pings = view.pingSockets(end.ends.protocolNumber, identifier: end.port)
    if !pings.isEmpty { return answer(holding: pings, .port) }
    return answerRaw(end, in: view)
  }

  private mutating func answerRaw(_ end: End) -> EndAnswer {
    guard let view = view(of: end) else { return .remote }
    return answerRaw(end, in: view)
  }

  private mutating func answerRaw(_ end: End, in view: NamespaceView<Door>) -> EndAnswer {
    let sockets = view.rawSockets(of: end.ends.protocolNumber)
    guard !sockets.isEmpty else {
      return EndAnswer(local: .unattributed, end.ends.kind == .other ? .noPorts : .noSocket)
    }
    // ping(8) takes its own number as the identifier where it has a raw socket.
    if sockets.count > 1, end.ends.kind != .other {
      for socket in sockets {
        let holds = holders.find(socket.inode, through: door)
        let isIts = holds.contains {
          let number = UInt16(truncatingIfNeeded: $0.process)
          return number == end.port || number.byteSwapped == end.port
        }
        if isIts { return answer(holding: [socket], .port) }
      }
    }
    return answer(holding: sockets, .port)
  }

  private func view(of end: End) -> NamespaceView<Door>? {
    guard !NamespaceView<Door>.isGroup(end.address) else { return nil }
    if NamespaceView<Door>.isLoopback(end.address) { return views.first }
    return views.first { $0.owns(end.address) }
  }

  private static func number(of type: SocketType) -> UInt8 {
    switch type {
    case .stream: UInt8(SOCK_STREAM.rawValue)
    case .datagram: UInt8(SOCK_DGRAM.rawValue)
    case .raw: UInt8(SOCK_RAW.rawValue)
    case .sequencedPacket: UInt8(SOCK_SEQPACKET.rawValue)
    }
  }
}
