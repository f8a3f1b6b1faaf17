/// What came to each flow of a table since the last look at it: for those who watch a live capture.
///
/// It costs nothing for a packet: the counts of the last two looks are kept beside the table, 72 octets a flow.
public struct FlowRates: ~Copyable {
  /// A flow's counts at the last look and at the one before.
  private struct Mark {
    /// The flow's number; 0: none.
    var number: UInt32 = 0
    var before = Counts()
    var now = Counts()
  }

  private struct Counts: BitwiseCopyable {
    var packetsForward: UInt64 = 0
    var packetsReverse: UInt64 = 0
    var bytesForward: UInt64 = 0
    var bytesReverse: UInt64 = 0
  }

  private var marks: [Mark] = []
  /// How many flows had traffic between the last two looks.
  public private(set) var active = 0

  /// No look yet.
  public init() {}

  /// Looks at all flows of the table.
  public mutating func look(at table: borrowing FlowTable) {
    var active = 0
    table.forEachNumber { number in
      let record = table.flows[number]
      let place = Int(number)
      if place >= marks.count {
        marks.append(contentsOf: repeatElement(Mark(), count: Swift.max(place &+ 1 &- marks.count, marks.count)))
      }
      // The place may have been another flow's.
      let isSame = marks[place].number == record.number
      marks[place].number = record.number
      marks[place].before = isSame ? marks[place].now : Counts()
      marks[place].now = Counts(
        packetsForward: record.packetsForward, packetsReverse: record.packetsReverse,
        bytesForward: record.bytesForward, bytesReverse: record.bytesReverse)
      if isActive(number) { active &+= 1 }
    }
    self.active = active
  }

  private func isActive(_ number: UInt32) -> Bool {
    let change = change(of: number)
    return change.packets.total > 0
  }

  private func change(of number: UInt32) -> FlowChange {
    guard Int(number) < marks.count else { return FlowChange() }
    let (before, now) = (marks[Int(number)].before, marks[Int(number)].now)
    return FlowChange(
      packets: Flow.Directions(
        forward: now.packetsForward &- before.packetsForward, reverse: now.packetsReverse &- before.packetsReverse),
      bytes: Flow.Directions(
        forward: now.bytesForward &- before.bytesForward, reverse: now.bytesReverse &- before.bytesReverse))
  }

  /// What came to a flow between the last two looks.
  public func change(of handle: FlowHandle) -> FlowChange { change(of: handle.number) }

  /// The first flows in an order, at most `limit`, those with traffic since the last look before the others, or alone.
  public func best(
    of table: borrowing FlowTable, by order: FlowOrder, limit: Int, onlyActive: Bool
  ) -> [FlowHandle] {
    var best = BestFlows(order, limit: Swift.max(limit, 0))
    table.forEachNumber { number in
      guard !onlyActive || isActive(number) else { return }
      var handle = FlowHandle(number: number, rank: 0, age: table.flows[number].number)
      if order == .rate {
        handle.rank = change(of: number).bytes.total
        // Of those without any, the one that was used last comes first.
        if handle.rank == 0 { handle.age = .max &- UInt32(clamping: table.flows[number].last / 1_000_000_000) }
      } else {
        handle.rank = table.rank(number, order)
      }
      best.add(handle)
    }
    return best.sorted()
  }
}

/// What came to a flow in a while.
public struct FlowChange: Sendable {
  /// Packets.
  public var packets = Flow.Directions(forward: 0, reverse: 0)
  /// Octets on the wire.
  public var bytes = Flow.Directions(forward: 0, reverse: 0)
  /// How long it was.
  public var nanoseconds: UInt64 = 1_000_000_000

  /// Nothing came.
  public init() {}

  init(packets: Flow.Directions, bytes: Flow.Directions) {
    self.packets = packets
    self.bytes = bytes
  }

  /// Octets a second.
  public var byteRate: Flow.Directions { rate(of: bytes) }
  /// Packets a second.
  public var packetRate: Flow.Directions { rate(of: packets) }

  private func rate(of value: Flow.Directions) -> Flow.Directions {
    // Whole milliseconds, so that nothing is out of range: no look is quicker after another.
    let milliseconds = Swift.max(nanoseconds / 1_000_000, 1)
    func divide(_ value: UInt64) -> UInt64 {
      value / milliseconds &* 1000 &+ value % milliseconds &* 1000 / milliseconds
    }
    return Flow.Directions(forward: divide(value.forward), reverse: divide(value.reverse))
  }
}
