import Capture
import Flows
import Output
import Wire

/// The frames of one piece of a file, to be handed to another thread: where they lie, what is known of them, and what
/// their sequence numbers count from.
///
/// The octets are not copied: before the reader reads on, the batch takes the piece itself (`take`).
struct FrameBatch: ~Copyable {
  /// How many frames lie between asking memory for a connection and looking at it.
  private static let distance = 8

  private struct Entry {
    var info: FrameInfo
    var place: UInt
    var length: Int
    var bases = SequenceBases()
  }

  private var piece = SavefilePiece()
  private var entries: [Entry] = []
  private var references: [RelativeSequences.Reference?] = []
  private var findings: [FlowTable.Update] = []
  /// How many of the frames have what their sequence numbers count from.
  private var learned = 0

  /// An empty batch.
  init() {}

  /// Whether there is no frame in it.
  var isEmpty: Bool { entries.isEmpty }

  /// Forgets its frames and keeps the memory, if that is not much.
  mutating func removeAll() {
    if piece.isLarge { piece = SavefilePiece() }
    entries.removeAll(keepingCapacity: true)
    references.removeAll(keepingCapacity: true)
    findings.removeAll(keepingCapacity: true)
    learned = 0
  }

  /// Adds a frame, which lies in the piece that the batch will take.
  @inline(__always)
  mutating func append(_ frame: borrowing Frame) {
    entries.append(
      Entry(info: frame.info, place: SavefilePiece.place(of: frame), length: frame.bytes.byteCount))
  }

  /// Adds a frame, with the connection that it belongs to: all frames in order, all with the same sequences.
  @inline(__always)
  mutating func append(
    _ frame: borrowing Frame, _ reference: RelativeSequences.Reference?, learning sequences: inout RelativeSequences
  ) {
    append(frame)
    references.append(reference)
    // By now the connection of an earlier one has come from memory.
    if references.count > Self.distance { learn(from: &sequences) }
  }

  /// Keeps what is noteworthy about the frame that was added last.
  mutating func note(_ update: FlowTable.Update) { findings.append(update) }

  /// Finds out what the numbers of the last frames count from.
  mutating func finishLearning(with sequences: inout RelativeSequences) {
    while learned < references.count { learn(from: &sequences) }
  }

  @inline(__always)
  private mutating func learn(from sequences: inout RelativeSequences) {
    if let reference = references[learned] { entries[learned].bases = sequences.bases(for: reference) }
    learned &+= 1
  }

  /// Takes the piece that its frames lie in, for the one that it has.
  mutating func take(_ exchange: Savefile.PieceExchange) { exchange(&piece) }

  /// Writes every packet in a formatter's form, with its line end.
  func write(
    with formatter: inout PacketFormatter, _ layers: borrowing LayerStorage, into text: inout TextBuffer
  ) {
    for index in entries.indices {
      let octets = piece.octets(at: entries[index].place, length: entries[index].length)
      let packet = Packet(Frame(octets, entries[index].info), in: layers)
      formatter.write(
        packet, sequences: entries[index].bases,
        findings: index < findings.count ? findings[index] : FlowTable.Update(), into: &text)
    }
  }
}
