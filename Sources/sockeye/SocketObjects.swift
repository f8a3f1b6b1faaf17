import Linux
import Output
import Sockets
import Wire

/// The rows of a listing as JSON objects, written in several threads where there are many.
struct SocketObjects {
  private let listing: SocketListing
  private let writer: SocketJSON

  /// How many rows are one thread's at a time: their text stays in a processor's cache.
  private static let share = 256
  /// How many shares a thread has, in the mean, before their text is taken: starting threads takes time too.
  private static let rounds = 6

  /// Text that one thread writes, and that the calling one takes once all threads are done: never two at a time, which
  /// is why it may be shared.
  private final class Piece: @unchecked Sendable {
    var text = TextBuffer(capacity: 1 << 19)
  }

  init(_ listing: SocketListing) {
    self.listing = listing
    writer = SocketJSON(listing)
  }

  /// Writes all of them, in the listing's order.
  func write(to stream: inout OutputStream) throws(OutputError) {
    let threads = WorkerThread.processors
    guard threads > 1, listing.rows.count > Self.share * 4 else {
      return try write(listing.rows[...], to: &stream)
    }
    let pieces = (0..<threads * Self.rounds).map { _ in Piece() }
    var start = 0
    while start < listing.rows.count {
      let batch = listing.rows[start...].prefix(Self.share * pieces.count)
      write(batch, in: pieces, threads)
      // What is empty again by now takes the next batch.
      for piece in pieces {
        swap(&stream.text, &piece.text)
        try stream.flush()
      }
      start = batch.endIndex
    }
  }

  /// Writes a share of a batch into each piece.
  private func write(_ batch: ArraySlice<Int>, in pieces: [Piece], _ threads: Int) {
    let writer = writer
    Workers.each(of: pieces.count, threads: threads) { index in
      let piece = pieces[index]
      for place in batch.dropFirst(index * Self.share).prefix(Self.share) { writer.write(place, into: &piece.text) }
    }
  }

  private func write(_ rows: ArraySlice<Int>, to stream: inout OutputStream) throws(OutputError) {
    for place in rows {
      writer.write(place, into: &stream.text)
      try stream.endRecord()
    }
  }
}
