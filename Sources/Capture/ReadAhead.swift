import Linux
import Synchronization

/// Reads a file on while what was read before is worked on: a thread that fills pieces in turn.
///
/// A piece is the thread's from the signal that it is free to the signal that it is filled, and the reader's otherwise:
/// that is why the slots may be shared.
final class ReadAhead: @unchecked Sendable {
  /// A piece, and how reading into it went.
  private final class Slot {
    var piece = SavefilePiece(length: PieceReader.pieceLength)
    /// How many octets were read; 0 at the end.
    var count = 0
    /// An error number, where reading failed.
    var failure: Int32 = 0
  }

  /// Where in a piece the file's octets begin: before them is room for what is left over from the piece before.
  static let start = SavefilePiece.slack

  /// More than two, so that neither thread waits for each piece of the other's.
  private let slots = (0..<4).map { _ in Slot() }
  private let free = Semaphore()
  private let filled = Semaphore()
  private let isEnding = Atomic(false)
  private let descriptor: Int32
  private var thread: WorkerThread?
  /// Which slot the reader takes next.
  private var next = 0
  private var isOver = false

  /// Begins to read at the descriptor's position. Throws where no thread can be started.
  init(descriptor: Int32) throws(SystemError) {
    self.descriptor = descriptor
    for _ in slots { free.signal() }
  }

  /// Starts the thread, which keeps this object until it ends.
  func begin() throws(SystemError) {
    thread = try WorkerThread { self.run() }
  }

  /// Ends the thread.
  func end() {
    isEnding.store(true, ordering: .releasing)
    free.signal()
    thread?.join()
  }

  private func run() {
    var place = 0
    while true {
      free.wait()
      if isEnding.load(ordering: .acquiring) { return }
      let slot = slots[place]
      slot.failure = 0
      slot.count = slot.piece.read(from: descriptor, at: Self.start, upTo: PieceReader.pieceLength, &slot.failure)
      // From here on it is the reader's.
      let goesOn = slot.count > 0
      filled.signal()
      guard goesOn else { return }
      place = (place &+ 1) % slots.count
    }
  }

  /// Waits for the next piece, and lends it with how many octets stand in it; what is left in its place is filled next.
  func take(_ body: (inout SavefilePiece, Int, Int32) -> Void) {
    // At the end the last answer is given again.
    if !isOver { filled.wait() }
    let slot = slots[next]
    isOver = slot.count <= 0
    body(&slot.piece, slot.count, slot.failure)
    guard !isOver else { return }
    next = (next &+ 1) % slots.count
    free.signal()
  }
}
