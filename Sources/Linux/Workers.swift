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
  ///   - offer: where the work is offered to a thread that has time later.
  ///   - body: is called once in each thread, asks for the number of a piece until there are no more, and gives what
  ///     the thread found.
  /// - Returns: what each thread found, in no order.
  static func share<Found: Sendable>(
    pieces: Int, threads: Int, offer: WorkOffer? = nil, _ body: @escaping @Sendable (_ next: () -> Int?) -> Found
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
    offer?.make(work)
    work()
    offer?.withdraw()
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

/// Work that a thread may take part in that has something else to do first.
public final class WorkOffer: Sendable {
  private struct State {
    var work: (@Sendable () -> Void)?
    var helpers = 0
  }

  private let state = Mutex(State())
  private let ended = Semaphore()

  /// Nothing is offered yet.
  public init() {}

  /// Takes part in what is offered just now, and returns when there is no more to take.
  public func takePart() {
    let work = state.withLock { state -> (@Sendable () -> Void)? in
      if state.work != nil { state.helpers += 1 }
      return state.work
    }
    guard let work else { return }
    work()
    ended.signal()
  }

  fileprivate func make(_ work: @escaping @Sendable () -> Void) { state.withLock { $0.work = work } }

  /// Lets nobody begin any more, and waits for those who have begun.
  fileprivate func withdraw() {
    let helpers = state.withLock { state in
      defer { state = State() }
      return state.helpers
    }
    for _ in 0..<helpers { ended.wait() }
  }
}
