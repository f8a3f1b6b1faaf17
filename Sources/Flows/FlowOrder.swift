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
  /// The median round-trip time, of the slower direction; for questions, the median time of answers.
  case rtt
  /// Retransmissions of all kinds, both directions.
  case retransmissions
  /// Findings of all kinds but window updates and keep-alives: trouble.
  case trouble
}

/// A flow in a table, until the table's next change.
public struct FlowHandle: Sendable {
  let number: UInt32
  let rank: UInt64
}

extension FlowTable {
  /// The flows that the table holds, in an order; at most `limit` of them.
  public func sorted(by order: FlowOrder, limit: Int = .max) -> [FlowHandle] {
    var handles: [FlowHandle] = []
    handles.reserveCapacity(count)
    forEachNumber { handles.append(FlowHandle(number: $0, rank: rank($0, order))) }
    if order == .start {
      handles.sort { $0.rank < $1.rank }
    } else {
      // Equal ones stay in the order in which they began.
      handles.sort { $0.rank != $1.rank ? $0.rank > $1.rank : self.number($0) < self.number($1) }
    }
    if limit < handles.count { handles.removeLast(handles.count - Swift.max(limit, 0)) }
    return handles
  }
}

extension Flow {
  /// What it is sorted by, larger values first but for `start`.
  public func rank(_ order: FlowOrder) -> UInt64 {
    switch order {
    case .start: number
    case .duration: duration
    case .packets: packets.total
    case .bytes: bytes.total
    case .payload: payloadBytes.total
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
