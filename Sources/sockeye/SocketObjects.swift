import Linux
import Output
import Sockets
import Synchronization
import Wire

/// The rows of a listing as JSON objects, written in several threads where there are many.
struct SocketObjects {
  private let listing: SocketListing
  private let writer: SocketJSON

  /// How many rows are one thread's at a time: their text stays in a processor's cache.
  private static let share = 64
  /// How many shares a thread may be ahead of what is written, in the mean.
  private static let ahead = 8

  init(_ listing: SocketListing) {
    self.listing = listing
    writer = SocketJSON(listing)
  }

  /// Writes all of them, in the listing's order.
  func write(to stream: inout OutputStream) throws(OutputError) {
    let threads = WorkerThread.processors
    guard threads > 1, listing.rows.count > Self.share * 16 else {
      for place in listing.rows {
        writer.write(place, into: &stream.text)
        try stream.endRecord()
      }
      return
    }
    let (writer, rows) = (writer, listing.rows)
    let shares = OrderedShares(count: (rows.count + Self.share - 1) / Self.share, ahead: threads * Self.ahead) {
      share, text in
      for place in rows.dropFirst(share * Self.share).prefix(Self.share) { writer.write(place, into: &text) }
    }
    try shares.write(to: &stream, threads: threads)
  }
}

/// Text that several threads make in pieces, and one writes in order; that one makes some too while the next is missing.
private final class OrderedShares: Sendable {
  private let count: Int
  private let make: @Sendable (_ share: Int, _ text: inout TextBuffer) -> Void
  /// A share's text is made in the piece that is its own and that of every so many behind it.
  private let pieces: [Piece]
  /// The first share that nobody has taken yet.
  private let next = Atomic(0)

  /// Text that one thread makes and another one writes: never two at a time, as both semaphores see to, which is why it
  /// may be shared.
  private final class Piece: @unchecked Sendable {
    var text = TextBuffer(capacity: 1 << 17)
    let isFree = Semaphore()
    let isMade = Semaphore()

    init() { isFree.signal() }
  }

  init(count: Int, ahead: Int, _ make: @escaping @Sendable (_ share: Int, _ text: inout TextBuffer) -> Void) {
    self.count = count
    self.make = make
    pieces = (0..<ahead).map { _ in Piece() }
  }

  /// Writes all shares.
  func write(to stream: inout OutputStream, threads: Int) throws(OutputError) {
    let others = (1..<threads).compactMap { _ in try? WorkerThread { self.makeAll() } }
    defer {
      // Where writing failed, those who wait for a piece find that there is no more to do.
      next.store(count, ordering: .relaxed)
      for piece in pieces { piece.isFree.signal() }
      for thread in others { thread.join() }
    }
    var written = 0
    while written < count {
      let piece = pieces[written % pieces.count]
      if !piece.isMade.tryWait() {
        // Nobody waits for a piece that this thread has yet to write.
        if let share = take(below: written + pieces.count) {
          make(share)
          continue
        }
        piece.isMade.wait()
      }
      swap(&stream.text, &piece.text)
      try stream.flush()
      piece.isFree.signal()
      written += 1
    }
  }

  private func makeAll() {
    while let share = take(below: count) { make(share) }
  }

  private func make(_ share: Int) {
    let piece = pieces[share % pieces.count]
    piece.isFree.wait()
    make(share, &piece.text)
    piece.isMade.signal()
  }

  /// Takes the next share, if it is below a number.
  private func take(below end: Int) -> Int? {
    var share = next.load(ordering: .relaxed)
    while share < min(end, count) {
      let (exchanged, original) = next.compareExchange(expected: share, desired: share + 1, ordering: .relaxed)
      if exchanged { return share }
      share = original
    }
    return nil
  }
}
