internal import Wire

/// Which flow the later fragments of a datagram belong to: only the first has ports.
///
/// A few hundred datagrams are on their way at once; a later one takes an earlier one's place, and fragments without a
/// first are a flow without ports.
struct FragmentCache: ~Copyable {
  private static var places: Int { 256 }

  private struct Entry {
    var source: UInt128 = 0
    var destination: UInt128 = 0
    var identifier: UInt32 = 0
    var protocolNumber: UInt8 = 0
    var flow: UInt32 = 0
    var flowNumber: UInt32 = 0
  }

  private var entries: [Entry] = []

  private static func place(_ packet: FlowPacket) -> Int {
    var hasher = Hasher()
    hasher.combine(packet.source)
    hasher.combine(packet.destination)
    hasher.combine(packet.fragmentIdentifier)
    return hasher.finalize() & (places &- 1)
  }

  /// Keeps the flow of a first fragment.
  mutating func insert(_ packet: FlowPacket, _ flow: UInt32, _ flowNumber: UInt32) {
    if entries.isEmpty { entries = Array(repeating: Entry(), count: Self.places) }
    entries[Self.place(packet)] = Entry(
      source: packet.source, destination: packet.destination, identifier: packet.fragmentIdentifier,
      protocolNumber: packet.protocolNumber.rawValue, flow: flow, flowNumber: flowNumber)
  }

  /// The flow of a later fragment; 0 where the first was not seen, or its flow is over.
  func find(_ packet: FlowPacket, isCurrent: (UInt32, UInt32) -> Bool) -> UInt32 {
    guard !entries.isEmpty else { return 0 }
    let entry = entries[Self.place(packet)]
    guard entry.flow != 0, entry.source == packet.source, entry.destination == packet.destination,
      entry.identifier == packet.fragmentIdentifier, entry.protocolNumber == packet.protocolNumber.rawValue,
      isCurrent(entry.flow, entry.flowNumber)
    else { return 0 }
    return entry.flow
  }
}
