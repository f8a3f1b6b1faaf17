internal import Wire

/// What flows are sorted by; the largest first, but for their start.
public enum FlowOrder: String, Sendable, CaseIterable {
  /// In the order in which they began.
  case start
  /// From the first packet to the last.
  case duration
  /// Packets, both directions.
  case packets
  /// Octets on the wire, both directions.
  case bytes
  /// Octets of payload, both directions.
  case payload
  /// Octets a second over its duration, of at least one second; live: since the last look.
  case rate
  /// The median round-trip time, of the slower direction; for questions, the median time of answers.
  case rtt
  /// Retransmissions of all kinds, both directions.
  case retransmissions
  /// Findings of all kinds but window updates and keep-alives: trouble.
  case trouble
}

extension FlowOrder {
  /// Earlier times, in nanoseconds since the Epoch or before it, are smaller.
  static func rank(ofStart time: Int64) -> UInt64 { UInt64(bitPattern: time) ^ 1 << 63 }

  /// Octets a second; less than a second counts as one, since a lone packet has no duration.
  static func rate(_ octets: UInt64, over nanoseconds: UInt64) -> UInt64 {
    let (high, low) = octets.multipliedFullWidth(by: 1_000_000_000)
    let divisor = Swift.max(nanoseconds, 1_000_000_000)
    return high < divisor ? divisor.dividingFullWidth((high, low)).quotient : .max
  }
}

/// A flow in a table, until the table's next change.
public struct FlowHandle: Sendable {
  let number: UInt32
  var rank: UInt64
  /// What decides between equal ranks: when it began, among all.
  var age: UInt32
}

extension FlowTable {
  /// The flows that the table holds, in an order; at most `limit` of them.
  public func sorted(by order: FlowOrder, limit: Int = .max) -> [FlowHandle] {
    var best = BestFlows(order, limit: Swift.max(limit, 0))
    forEachNumber { best.add(FlowHandle(number: $0, rank: rank($0, order), age: flows[$0].number)) }
    return best.sorted()
  }
}

/// The first flows in an order, out of many: no more than twice as many as are wanted are kept at once.
struct BestFlows {
  private let isAscending: Bool
  private let limit: Int
  private var handles: [FlowHandle] = []

  init(_ order: FlowOrder, limit: Int) {
    isAscending = order == .start
    self.limit = limit
  }

  mutating func add(_ handle: FlowHandle) {
    handles.append(handle)
    if limit < 1 << 30, handles.count >= limit &* 2 &+ 64 { cut() }
  }

  private mutating func cut() {
    let isAscending = isAscending
    // Equal ones stay in the order in which they began.
    handles.sort { left, right in
      if left.rank == right.rank { return left.age < right.age }
      return isAscending ? left.rank < right.rank : left.rank > right.rank
    }
    if limit < handles.count { handles.removeLast(handles.count - limit) }
  }

  mutating func sorted() -> [FlowHandle] {
    cut()
    return handles
  }
}

extension Flow {
  /// What it is sorted by, larger values first but for `start`.
  public func rank(_ order: FlowOrder) -> UInt64 {
    switch order {
    case .start: FlowOrder.rank(ofStart: start.seconds &* 1_000_000_000 &+ Int64(start.nanoseconds))
    case .duration: duration
    case .packets: packets.total
    case .bytes: bytes.total
    case .payload: payloadBytes.total
    case .rate: FlowOrder.rate(bytes.total, over: duration)
    case .rtt:
      Swift.max(tcp?.forward?.median ?? 0, tcp?.reverse?.median ?? 0, exchange?.time?.median ?? 0)
    case .retransmissions: tcp?.counts.total(0) ?? 0
    case .trouble: tcp?.counts.trouble ?? 0
    }
  }
}

extension TCPCounts {
  /// How many findings there are that tell of trouble: all but window updates, keep-alives and their answers.
  public var trouble: UInt64 {
    var sum: UInt64 = 0
    for bit in 0..<TCPFindings.kinds where ![10, 12, 13].contains(bit) { sum &+= total(bit) }
    return sum
  }
}
