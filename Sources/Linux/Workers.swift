import Glibc
import Synchronization

/// Shares a list of work between threads.
enum Workers {
  /// One thread a processor, as many as there is work for.
  static var processors: Int { max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1) }

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
    var others: [pthread_t] = []
    for _ in 1..<max(min(threads, pieces), 1) {
      guard let thread = start(work) else { break }
      others.append(thread)
    }
    work()
    for thread in others {
      // Each thread was started joinable and is joined once; nothing is done with what it returns.
      pthread_join(thread, nil)
    }
    return plan.found.withLock { $0 }
  }

  private static func start(_ work: @escaping @Sendable () -> Void) -> pthread_t? {
    var thread = pthread_t()
    // SAFETY: the box is retained here and released by the thread, or here where there is none; the thread's number is
    // written before the call returns.
    let box = unsafe Unmanaged.passRetained(Box(work))
    let code = unsafe pthread_create(&thread, nil, { unsafe Workers.run($0) }, box.toOpaque())
    guard code == 0 else {
      unsafe box.release()
      return nil
    }
    return thread
  }

  private static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // SAFETY: the argument is the box that `start` retained for this thread alone.
    if let argument = unsafe argument { unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().work() }
    return nil
  }

  private final class Box {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
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
