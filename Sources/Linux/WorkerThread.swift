import CLinux
import Glibc
import Synchronization

/// A thread of this process, which must be joined. See pthreads(7).
public final class WorkerThread: Sendable {
  private let thread: pthread_t
  private let isJoined = Atomic(false)

  /// Starts a thread. See pthread_create(3).
  public init(_ work: @escaping @Sendable () -> Void) throws(SystemError) {
    var thread = pthread_t()
    // SAFETY: the box is retained here and released by the thread, or here where there is none; the thread's number is
    // written before the call returns.
    let box = unsafe Unmanaged.passRetained(Box(work))
    let code = unsafe pthread_create(&thread, nil, { unsafe WorkerThread.run($0) }, box.toOpaque())
    guard code == 0 else {
      unsafe box.release()
      throw SystemError(call: "pthread_create", code: code)
    }
    self.thread = thread
  }

  /// Waits for its end, once. See pthread_join(3).
  public func join() {
    guard !isJoined.exchange(true, ordering: .relaxed) else { return }
    // It was started joinable and is joined once; nothing is done with what it returns.
    pthread_join(thread, nil)
  }

  /// Lets the calling thread go before others, where this process may ask for it: it works little, and what it looks at is
  /// soon gone. See sched_setattr(2).
  public static func hurry() {
    // Where that fails, all is as before.
    _ = clinux_take_short_turns(-10, shortTurn)
  }

  /// How long a thread in a hurry runs at a time, in nanoseconds: the least that the kernel takes.
  private static var shortTurn: UInt64 { 100_000 }

  private static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // SAFETY: the argument is the box that `init` retained for this thread alone.
    if let argument = unsafe argument { unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().work() }
    return nil
  }

  private final class Box {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }

  /// How many processors this process may run on. See sched_getaffinity(2).
  public static var processors: Int { Swift.max(Int(clinux_processor_count()), 1) }
}

/// A count that one thread adds to and another waits for. See sem_overview(7).
@safe
public final class Semaphore: @unchecked Sendable {
  private let count: UnsafeMutablePointer<sem_t>

  /// A semaphore at zero.
  public init() {
    unsafe count = .allocate(capacity: 1)
    unsafe count.initialize(to: sem_t())
    // SAFETY: the memory stays where it is until deinit. It fails only for a count that is too large, or shared.
    unsafe sem_init(count, 0, 0)
  }

  deinit {
    // SAFETY: nobody can wait for it any more, since nobody else holds it.
    unsafe sem_destroy(count)
    unsafe count.deallocate()
  }

  /// Adds one, which lets one thread go on. See sem_post(3).
  public func signal() {
    // SAFETY: initialized in init.
    unsafe _ = sem_post(count)
  }

  /// Takes one where the count is above zero; false where it is not. See sem_trywait(3).
  public func tryWait() -> Bool {
    // SAFETY: initialized in init.
    unsafe sem_trywait(count) == 0
  }

  /// Waits until the count is above zero, and takes one. See sem_wait(3).
  public func wait() {
    // SAFETY: initialized in init. A signal handler may interrupt it.
    while unsafe sem_wait(count) != 0, errno == EINTR {}
  }
}
