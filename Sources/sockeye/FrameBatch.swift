import Capture
import Flows
import Output
import Wire

/// The frames of one piece of a file, to be handed to another thread: where they lie, what is known of them, and what
/// their sequence numbers count from.
///
/// The octets are not copied: before the reader reads on, the batch takes the piece itself (`take`).
struct FrameBatch: ~Copyable {
  private struct Entry {
    var info: FrameInfo
    var place: UInt
    var length: Int
    /// Its connection, which is on its way from memory until the piece has been gone through.
    var reference: RelativeSequences.Reference?
    var bases = SequenceBases()
  }

  private var piece = SavefilePiece()
  private var entries: [Entry] = []
  private var findings: [FlowTable.Update] = []

  /// An empty batch.
  init() {}

  /// Whether there is no frame in it.
  var isEmpty: Bool { entries.isEmpty }

  /// Forgets its frames and keeps the memory, if that is not much.
  mutating func removeAll() {
    if piece.isLarge { piece = SavefilePiece() }
    entries.removeAll(keepingCapacity: true)
    findings.removeAll(keepingCapacity: true)
  }

  /// Adds a frame, which lies in the piece that the batch will take, with the connection that it belongs to.
  @inline(__always)
  mutating func append(_ frame: borrowing Frame, _ reference: RelativeSequences.Reference? = nil) {
    entries.append(
      Entry(
        info: frame.info, place: SavefilePiece.place(of: frame), length: frame.bytes.byteCount, reference: reference))
  }

  /// Keeps what is noteworthy about the frame that was added last.
  mutating func note(_ update: FlowTable.Update) { findings.append(update) }

  /// Finds out what the frames' numbers count from: all batches in order, all with the same sequences.
  mutating func learn(from sequences: inout RelativeSequences) {
    var entries = self.entries.mutableSpan
    for index in entries.indices {
      if let reference = entries[index].reference { entries[index].bases = sequences.bases(for: reference) }
    }
  }

  /// Takes the piece that its frames lie in, for the one that it has.
  mutating func take(_ exchange: Savefile.PieceExchange) { exchange(&piece) }

  /// Writes every packet in a formatter's form, with its line end.
  func write(
    with formatter: inout PacketFormatter, _ layers: borrowing LayerStorage, into text: inout TextBuffer
  ) {
    let entries = self.entries.span
    for index in entries.indices {
      let octets = piece.octets(at: entries[index].place, length: entries[index].length)
      formatter.write(
        octets, entries[index].info, in: layers, sequences: entries[index].bases,
        findings: index < findings.count ? findings[index] : FlowTable.Update(), into: &text)
    }
  }
}
