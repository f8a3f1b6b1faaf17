import Linux
import Sockets
import Synchronization

/// Reads who holds which sockets in threads of its own, or, where none can be started, when the answer is asked for.
///
/// The caller has a processor to himself until he asks for the answer: then he takes part.
final class OwnerReading: Sendable {
  private let query: OwnerQuery
  private let answer = Answer()
  private let offer = WorkOffer()
  private let thread: WorkerThread?

  private final class Answer: Sendable {
    let result = Mutex<Result<OwnerTable, SystemError>?>(nil)

    func read(_ query: OwnerQuery) {
      let found: Result<OwnerTable, SystemError>
      do throws(SystemError) {
        found = .success(try OwnerScan.read(query, through: OwnInspection()))
      } catch {
        found = .failure(error)
      }
      result.withLock { $0 = found }
    }
  }

  /// Begins to read.
  init(_ query: OwnerQuery) {
    var query = query
    query.threads = max(WorkerThread.processors - 1, 1)
    query.offer = offer
    self.query = query
    let (answer, shared) = (answer, query)
    thread = try? WorkerThread { answer.read(shared) }
  }

  /// Waits until it is done; may be called again.
  func join() { thread?.join() }

  /// The owners, when all are read.
  func table() throws(SystemError) -> OwnerTable {
    offer.takePart()
    join()
    if let result = answer.result.withLock({ $0 }) { return try result.get() }
    answer.read(query)
    return try answer.result.withLock { $0 }?.get() ?? OwnerTable()
  }
}
