import Synchronization

/// Shares a list of work between threads.
public enum Workers {
  /// Does every piece of work once, in the calling thread and others; returns when all are done.
  ///
  /// Where no thread can be started the calling one does it all.
  ///
  /// - Parameters:
  ///   - pieces: how many pieces there are.
  ///   - threads: how many threads work, the calling one among them.
  ///   - body: is called once in each thread, asks for the number of a piece until there are no more, and gives what
  ///     the thread found.
  /// - Returns: what each thread found, in no order.
  static func share<Found: Sendable>(
    pieces: Int, threads: Int, _ body: @escaping @Sendable (_ next: () -> Int?) -> Found
  ) -> [Found] {
    let plan = Plan<Found>(pieces: pieces)
    let work: @Sendable () -> Void = {
      let found = body { plan.take() }
      plan.found.withLock { $0.append(found) }
    }
    var others: [WorkerThread] = []
    for _ in 1..<max(min(threads, pieces), 1) {
      do throws(SystemError) {
        others.append(try WorkerThread(work))
      } catch {
        break
      }
    }
    work()
    for thread in others { thread.join() }
    return plan.found.withLock { $0 }
  }

  /// Does something for every number below a count, in the calling thread and others; returns when all are done.
  public static func each(of count: Int, threads: Int, _ body: @escaping @Sendable (Int) -> Void) {
    _ = share(pieces: count, threads: threads) { next in
      while let piece = next() { body(piece) }
    }
  }

  private final class Plan<Found: Sendable>: Sendable {
    let pieces: Int
    let next = Atomic<Int>(0)
    let found = Mutex<[Found]>([])
    init(pieces: Int) { self.pieces = pieces }

    func take() -> Int? {
      let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
      return piece < pieces ? piece : nil
    }
  }
}
