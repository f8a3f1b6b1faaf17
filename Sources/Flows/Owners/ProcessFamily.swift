internal import Synchronization

/// A process and all that come from it, as the kernel tells of their beginnings.
public final class ProcessFamily: Sendable {
  private let members = Mutex<Set<Int32>>([])

  /// Nobody yet.
  public init() {}

  /// Adds the process that the others come from.
  public func add(_ process: Int32) { members.withLock { _ = $0.insert(process) } }

  /// Whether a process is one of them. Those that have ended still are.
  public func contains(_ process: Int32) -> Bool { members.withLock { $0.contains(process) } }

  /// A process was started.
  func began(_ process: Int32, parent: Int32) {
    members.withLock { if $0.contains(parent) { $0.insert(process) } }
  }
}
