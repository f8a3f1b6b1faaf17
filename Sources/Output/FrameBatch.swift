public import Flows
public import Wire

/// Frames with memory of their own, so that they can be handed to another thread: octets, descriptions, and what their
/// sequence numbers count from.
public struct FrameBatch: ~Copyable {
  /// About how many octets a batch holds before it is full.
  public static let octetLimit = 1 << 19
  /// How many frames a batch holds before it is full.
  public static let frameLimit = 1024

  /// How many frames lie between asking memory for a connection and looking at it.
  private static let distance = 8

  private struct Entry {
    var start: Int
    var length: Int
    var info: FrameInfo
  }

  private var octets = TextBuffer(capacity: Self.octetLimit &+ (1 << 16))
  private var entries: [Entry] = []
  private var references: [RelativeSequences.Reference?] = []
  private var bases: [SequenceBases] = []
  private var findings: [FlowTable.Update] = []

  /// An empty batch.
  public init() { entries.reserveCapacity(Self.frameLimit) }

  /// Whether there is no frame in it.
  public var isEmpty: Bool { entries.isEmpty }
  /// Whether no more frames are to be added.
  public var isFull: Bool { octets.count >= Self.octetLimit || entries.count >= Self.frameLimit }

  /// Forgets its frames and keeps the memory.
  public mutating func removeAll() {
    octets.removeAll()
    entries.removeAll(keepingCapacity: true)
    references.removeAll(keepingCapacity: true)
    bases.removeAll(keepingCapacity: true)
    findings.removeAll(keepingCapacity: true)
  }

  /// Adds a copy of a frame.
  public mutating func append(_ frame: borrowing Frame) {
    entries.append(Entry(start: octets.count, length: frame.bytes.byteCount, info: frame.info))
    octets.append(frame.bytes)
  }

  /// Adds a copy of a frame, with the connection that it belongs to: all frames in order, all with the same sequences.
  public mutating func append(
    _ frame: borrowing Frame, _ reference: RelativeSequences.Reference?, learning sequences: inout RelativeSequences
  ) {
    append(frame)
    references.append(reference)
    // By now the connection of an earlier one has come from memory.
    if references.count > Self.distance {
      bases.append(sequences.bases(for: references[references.count &- 1 &- Self.distance]))
    }
  }

  /// Keeps what is noteworthy about the frame that was added last.
  public mutating func note(_ update: FlowTable.Update) { findings.append(update) }

  /// Finds out what the numbers of the last frames count from.
  public mutating func finishLearning(with sequences: inout RelativeSequences) {
    while bases.count < references.count { bases.append(sequences.bases(for: references[bases.count])) }
  }

  /// Writes every packet in a formatter's form, with its line end.
  public func write(
    with formatter: inout PacketFormatter, _ layers: borrowing LayerStorage, into text: inout TextBuffer
  ) {
    for index in entries.indices {
      let entry = entries[index]
      let frame = Frame(octets.bytes.slice(from: entry.start, length: entry.length), entry.info)
      let packet = Packet(frame, in: layers)
      formatter.write(
        packet, sequences: index < bases.count ? bases[index] : SequenceBases(),
        findings: index < findings.count ? findings[index] : FlowTable.Update(), into: &text)
    }
  }
}
