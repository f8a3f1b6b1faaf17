import Synchronization
import Testing

@testable import Linux

/// Work that several threads share.
@Suite struct WorkersTests {
  @Test(arguments: [0, 1, 1000]) func everyPieceIsDoneOnce(_ pieces: Int) {
    let found = Workers.share(pieces: pieces, threads: 3) { next in
      var mine: [Int] = []
      while let piece = next() { mine.append(piece) }
      return mine
    }
    #expect(found.flatMap { $0 }.sorted() == Array(0..<pieces))
  }

  /// One who comes later takes pieces too, is waited for, and finds nothing before and behind.
  @Test func aLaterThreadTakesPart() throws {
    let offer = WorkOffer()
    offer.takePart()
    let (begun, isHelping) = (Semaphore(), Semaphore())
    let count = Atomic(0)
    let helper = try WorkerThread {
      begun.wait()
      offer.takePart()
    }
    let found = Workers.share(pieces: 2, threads: 1, offer: offer) { next in
      var mine: [Int] = []
      while let piece = next() {
        mine.append(piece)
        // The first piece takes until the other one has been begun, which only the helper can do.
        if count.add(1, ordering: .relaxed).oldValue == 0 {
          begun.signal()
          isHelping.wait()
        } else {
          isHelping.signal()
        }
      }
      return mine
    }
    helper.join()
    #expect(found.count == 2 && found.flatMap { $0 }.sorted() == [0, 1])
    offer.takePart()
  }
}
