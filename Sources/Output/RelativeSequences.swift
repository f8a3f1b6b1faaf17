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
  struct Reference {
    fileprivate var segment: TCPSegment
    fileprivate var sourceIsLower: Bool
    fileprivate var hash: UInt64
  }

  /// Finds out which connection the packet's outermost TCP header belongs to, and starts fetching it from memory; nil
  /// where it has no such header.
  @inline(__always)
  func reference(to packet: borrowing Packet) -> Reference? {
    guard let segment = packet.segment() else { return nil }
    let reference = reference(to: segment)
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
      ? hash(segment.source, segment.destination, segment.sourcePort, segment.destinationPort)
      : hash(segment.destination, segment.source, segment.destinationPort, segment.sourcePort)
    return Reference(segment: segment, sourceIsLower: sourceIsLower, hash: hash)
  }

  /// What the segment's numbers count from, having learned from it; raw numbers where there is none.
  @inline(__always)
  mutating func bases(for reference: Reference?) -> SequenceBases {
    guard let reference else { return SequenceBases() }
    return table.withEntry(of: reference.hash) { entry in
      Self.learn(reference.segment, reference.sourceIsLower, &entry)
    }
  }

  /// What a segment's numbers count from, having learned from it.
  public mutating func bases(for segment: TCPSegment) -> SequenceBases {
    bases(for: reference(to: segment))
  }

  private static func learn(
    _ segment: TCPSegment, _ sourceIsLower: Bool, _ entry: inout ConnectionEntry
  ) -> SequenceBases {
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
  private func hash(_ lower: UInt128, _ upper: UInt128, _ lowerPort: UInt16, _ upperPort: UInt16) -> UInt64 {
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
    return Self.mix(state ^ keys.0, keys.1 ^ ports &* 0x9e37_79b9_7f4a_7c15)
  }

  @inline(__always)
  private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}
