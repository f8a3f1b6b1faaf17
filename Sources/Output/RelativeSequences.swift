public import Wire

/// What the sequence numbers of a connection count from, as Wireshark defines relative numbers.
///
/// A SYN has number 0; a connection first seen in the middle starts at 1; a side that only its peer's acknowledgments
/// are known of starts so that the first of them is 1. A SYN with another number than the connection began with, or
/// after its end, begins a new one between the same endpoints. Both directions share one entry.
public struct RelativeSequences: ~Copyable {
  private var table = ConnectionTable()
  private let keys: (UInt64, UInt64, UInt64, UInt64)

  /// An empty table with keys of its own: remote peers choose ports, and must not choose where they meet in the table.
  public init() {
    var random = SystemRandomNumberGenerator()
    keys = (random.next(), random.next(), random.next(), random.next())
  }

  /// How many connections are kept.
  public var count: Int { table.count }

  /// A packet's segment on the way to its connection.
  public struct Reference {
    fileprivate var hash: UInt64
    fileprivate var sequenceNumber: UInt32
    fileprivate var acknowledgmentNumber: UInt32
    fileprivate var flags: TCPFlags
    fileprivate var sourceIsLower: Bool
  }

  /// Finds out which connection a segment belongs to, and starts fetching it from memory; nil for no segment.
  ///
  /// Ask for the bases of each reference in the order of the packets, some packets later.
  public func reference(to segment: TCPSegment?) -> Reference? {
    guard let segment else { return nil }
    let reference: Reference = reference(to: segment)
    table.prefetch(reference.hash)
    return reference
  }

  @inline(__always)
  private func reference(to segment: TCPSegment) -> Reference {
    let sourceIsLower =
      segment.source < segment.destination
      || (segment.source == segment.destination && segment.sourcePort <= segment.destinationPort)
    let hash =
      sourceIsLower
      ? hash(segment.source, segment.destination, segment.sourcePort, segment.destinationPort, segment.tunnel)
      : hash(segment.destination, segment.source, segment.destinationPort, segment.sourcePort, segment.tunnel)
    return Reference(
      hash: hash, sequenceNumber: segment.sequenceNumber, acknowledgmentNumber: segment.acknowledgmentNumber,
      flags: segment.flags, sourceIsLower: sourceIsLower)
  }

  /// What the segment's numbers count from, having learned from it; raw numbers where there is none.
  public mutating func bases(for reference: Reference?) -> SequenceBases {
    guard let reference else { return SequenceBases() }
    return table.withEntry(of: reference.hash) { entry in
      Self.learn(reference, &entry)
    }
  }

  /// What a segment's numbers count from, having learned from it.
  public mutating func bases(for segment: TCPSegment) -> SequenceBases {
    bases(for: reference(to: segment) as Reference)
  }

  @inline(__always)
  private static func learn(
    _ segment: Reference, _ entry: inout ConnectionEntry
  ) -> SequenceBases {
    let sourceIsLower = segment.sourceIsLower
    typealias Known = ConnectionEntry.Known
    let own = sourceIsLower ? Known.lowerBase : Known.upperBase
    let other = sourceIsLower ? Known.upperBase : Known.lowerBase
    let flags = segment.flags
    var ownBase = sourceIsLower ? entry.lowerBase : entry.upperBase
    var otherBase = sourceIsLower ? entry.upperBase : entry.lowerBase
    var known = entry.tag
    let isSynchronize = flags.contains(.synchronize)
    let acknowledges = flags.contains(.acknowledgment)
    if isSynchronize, !acknowledges, known & own != 0,
      ownBase != segment.sequenceNumber || known & Known.closed != 0
    {
      known &= ~(Known.lowerBase | Known.upperBase | Known.closed)
    }
    if known & own == 0 {
      ownBase = isSynchronize ? segment.sequenceNumber : segment.sequenceNumber &- 1
      known |= own
    }
    if known & other == 0, acknowledges {
      otherBase = segment.acknowledgmentNumber &- 1
      known |= other
    }
    if flags.contains(.finish) || flags.contains(.reset) { known |= Known.closed }
    if known != entry.tag {
      entry.tag = known
      entry.lowerBase = sourceIsLower ? ownBase : otherBase
      entry.upperBase = sourceIsLower ? otherBase : ownBase
    }
    return SequenceBases(sequence: ownBase, acknowledgment: otherBase)
  }

  /// A keyed hash of 64 bits: products of 128 bits folded, each factor with a secret key.
  @inline(__always)
  private func hash(
    _ lower: UInt128, _ upper: UInt128, _ lowerPort: UInt16, _ upperPort: UInt16, _ tunnel: FlowTunnel
  ) -> UInt64 {
    let ports = UInt64(lowerPort) << 16 | UInt64(upperPort)
    let lowerHigh = UInt64(truncatingIfNeeded: lower >> 64)
    let upperHigh = UInt64(truncatingIfNeeded: upper >> 64)
    let lowerLow = UInt64(truncatingIfNeeded: lower)
    let upperLow = UInt64(truncatingIfNeeded: upper)
    var state = Self.mix(lowerLow ^ keys.0, upperLow ^ keys.1)
    if lowerHigh | upperHigh != 0 {
      state = Self.mix(state ^ lowerHigh ^ keys.2, Self.mix(upperHigh ^ keys.1, lowerHigh ^ keys.3) ^ keys.0)
    }
    state = Self.mix(state ^ keys.2, ports ^ keys.3)
    // The same ends in another network are another connection.
    if tunnel.kind != .none {
      state = Self.mix(state ^ keys.3, keys.1 ^ (UInt64(tunnel.kind.rawValue) << 32 | UInt64(tunnel.identifier)))
    }
    return Self.mix(state ^ keys.0, keys.1 ^ ports &* 0x9e37_79b9_7f4a_7c15)
  }

  @inline(__always)
  private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}
