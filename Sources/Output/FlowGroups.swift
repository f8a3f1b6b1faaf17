public import Flows
internal import Wire

/// What flows are put together by.
public enum FlowGrouping: String, Sendable, CaseIterable {
  /// Each address, as either end.
  case host
  /// The destination's port and the protocol.
  case port
  /// The protocol.
  case `protocol`
  /// The name asked for or told: SNI, HTTP host, DNS.
  case name
  /// Each process, as either end.
  case process
  /// Each container that processes at an end run in.
  case container
  /// Each user of processes at an end.
  case user
  /// Each systemd unit that processes at an end belong to.
  case unit

  /// Whether a flow is added to the groups of both of its ends.
  var isByEnd: Bool { self == .host || isByOwner }

  /// Whether it asks for the flows' owners.
  var isByOwner: Bool {
    switch self {
    case .process, .container, .user, .unit: true
    case .host, .port, .protocol, .name: false
    }
  }
}

/// Sums over flows that have something in common.
public struct FlowGroups {
  /// The most groups; what comes then goes into one more.
  private static let most = 1 << 18

  /// The sums of one group.
  struct Sums {
    var flows: UInt64 = 0
    /// Of an end: sent and received; of anything else: from who began, and to it.
    var packets = Flow.Directions(forward: 0, reverse: 0)
    var bytes = Flow.Directions(forward: 0, reverse: 0)
    var trouble: UInt64 = 0
    /// What came since the last look, where somebody watches.
    var change = FlowChange()
  }

  enum Key: Hashable {
    case address(UInt128, isIPv6: Bool)
    case port(UInt8, UInt16)
    case protocolNumber(UInt8)
    case name([UInt8])
    /// A number alone may be another process's later.
    case process(UInt32, startTime: UInt64?, name: [UInt8])
    /// Nobody told.
    case unknown
    /// What came when there were too many groups.
    case others
  }

  let grouping: FlowGrouping
  private(set) var groups: [Key: Sums] = [:]
  /// One process of each group of processes, for its object.
  private(set) var processes: [Key: CapturedProcess] = [:]

  /// No groups yet.
  public init(by grouping: FlowGrouping) { self.grouping = grouping }

  /// Whether there are none.
  public var isEmpty: Bool { groups.isEmpty }

  /// Adds a flow; `change` is what came to it since the last look, where somebody watches.
  public mutating func add(_ flow: Flow, _ owners: borrowing FlowOwners, _ change: FlowChange? = nil) {
    guard grouping.isByEnd else {
      return add(flow, to: key(of: flow), change, isForward: true, isAnother: true)
    }
    let (source, destination) = keysOfEnds(flow, owners)
    if grouping.isByOwner, source == .unknown, destination != .unknown {
      // The other end is on another machine.
      return add(flow, to: destination, change, isForward: false, isAnother: true)
    }
    add(flow, to: source, change, isForward: true, isAnother: true)
    let isElsewhere = grouping.isByOwner && destination == .unknown
    if !isElsewhere, source != destination || grouping.isByOwner {
      add(flow, to: destination, change, isForward: false, isAnother: source != destination)
    }
  }

  private func key(of flow: Flow) -> Key {
    switch grouping {
    case .port: return .port(flow.ends.protocolNumber.rawValue, flow.ends.hasPorts ? flow.ends.destination.port : 0)
    case .protocol: return .protocolNumber(flow.ends.protocolNumber.rawValue)
    default:
      let name = flow.hints.serverName ?? flow.hints.httpHost ?? flow.hints.domainName
      return name.map { .name($0) } ?? .unknown
    }
  }

  private mutating func keysOfEnds(_ flow: Flow, _ owners: borrowing FlowOwners) -> (Key, Key) {
    guard grouping.isByOwner else {
      return (
        .address(flow.ends.source.address, isIPv6: flow.ends.isIPv6),
        .address(flow.ends.destination.address, isIPv6: flow.ends.isIPv6)
      )
    }
    return (
      key(of: owners.process(at: flow.owner.source)), key(of: owners.process(at: flow.owner.destination))
    )
  }

  private mutating func key(of process: CapturedProcess?) -> Key {
    // Of several that may be the owner none is named: a sum must not be somebody else's.
    guard let process, !process.isOneOfSeveral else { return .unknown }
    let name: [UInt8]
    switch grouping {
    case .process:
      let key = Key.process(process.pid, startTime: process.startTime, name: process.name)
      if processes[key] == nil, processes.count < Self.most { processes[key] = process }
      return key
    case .container: name = process.containerName.isEmpty ? process.container : process.containerName
    case .user:
      name = process.user.isEmpty ? process.userID.map { Array(String($0).utf8) } ?? [] : process.user
    default: name = process.unit
    }
    return name.isEmpty ? .unknown : .name(name)
  }

  private mutating func add(_ flow: Flow, to key: Key, _ change: FlowChange?, isForward: Bool, isAnother: Bool) {
    let key = groups.count < Self.most || groups[key] != nil ? key : .others
    var sums = groups[key] ?? Sums()
    if isAnother {
      sums.flows &+= 1
      sums.trouble &+= flow.tcp?.counts.trouble ?? 0
    }
    sums.packets.add(flow.packets, isForward: isForward)
    sums.bytes.add(flow.bytes, isForward: isForward)
    if let change {
      sums.change.nanoseconds = change.nanoseconds
      sums.change.packets.add(change.packets, isForward: isForward)
      sums.change.bytes.add(change.bytes, isForward: isForward)
    }
    groups[key] = sums
  }
}

extension Flow.Directions {
  /// Adds what another direction pair has, turned round where it is seen from the other end.
  fileprivate mutating func add(_ other: Flow.Directions, isForward: Bool) {
    forward &+= isForward ? other.forward : other.reverse
    reverse &+= isForward ? other.reverse : other.forward
  }
}
