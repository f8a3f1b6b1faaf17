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

  /// Adds a flow to sums over some flows only.
  public mutating func add(_ flow: Flow) {
    packets &+= flow.packets.total
    bytes &+= flow.bytes.total
    flows &+= 1
    if flow.ending == .timeout { timedOut &+= 1 }
    if flow.ending == .evicted { evicted &+= 1 }
    if let counts = flow.tcp?.counts { findings.add(counts) }
  }
}
