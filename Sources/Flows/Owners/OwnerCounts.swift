public import Wire

/// How many packets and flows were attributed by which method, and how many not.
public struct OwnerCounts: Sendable {
  /// A count for each method.
  public struct Methods: Sendable {
    // A place for each method, and one more: there are seven.
    private var counts = InlineArray<8, UInt64>(repeating: 0)

    /// The count of a method.
    public subscript(method: AttributionMethod) -> UInt64 { counts[Int(method.rawValue & 7)] }

    mutating func add(_ method: AttributionMethod) { counts[Int(method.rawValue & 7)] &+= 1 }

    /// All of them together.
    public var sum: UInt64 { AttributionMethod.allCases.reduce(0) { $0 &+ self[$1] } }
  }

  /// The counts of flows, each by the best that is known of its ends.
  struct Flows {
    var methods = Methods()

    mutating func add(_ flow: OwnedFlows.Record) {
      guard flow.isCounted else { return }
      let ends = [flow.lower, flow.upper].filter(\.isLocal).map(\.end.method)
      let best = ends.filter { $0 != .unattributed && $0 != .none }.min { $0.rawValue < $1.rawValue }
      methods.add(best ?? .unattributed)
    }
  }

  /// The packets, each by the end that it is shown with first.
  public internal(set) var packets = Methods()
  /// The flows.
  public internal(set) var flows = Methods()
  /// Why packets were not attributed, by the reason's number.
  private var reasons = [UInt64](repeating: 0, count: UnattributedReason.allCases.count)

  init() {}

  /// How many packets were not attributed for a reason.
  public func packets(_ reason: UnattributedReason) -> UInt64 { reasons[Int(reason.rawValue)] }

  /// Counts a packet.
  @inline(__always)
  mutating func add(_ end: FrameAttribution.End) {
    packets.add(end.method)
    if end.method == .unattributed { reasons[Int(end.reason.rawValue)] &+= 1 }
  }
}
