import CLinux
import Glibc

/// A descriptor by which one thread wakes another one that waits in poll(2). See eventfd(2).
public struct WakeUp: ~Copyable, Sendable {
  private let counter: Descriptor

  /// Opens one that has not been called.
  public init() throws(SystemError) {
    counter = Descriptor(owning: try systemCall("eventfd") { clinux_event_counter() })
  }

  /// The number of the descriptor, readable after a call until it is cleared.
  public var descriptor: Int32 { counter.rawValue }

  /// Wakes whoever waits, or will wait.
  public func call() {
    var one: UInt64 = 1
    // SAFETY: eight octets of the stack are read. It fails only for a count near 2^64, which then wakes all the same.
    unsafe _ = write(counter.rawValue, &one, MemoryLayout<UInt64>.size)
  }

  /// Forgets the calls that there were.
  public func clear() {
    var count: UInt64 = 0
    // SAFETY: eight octets of the stack are written. It fails where there was no call.
    unsafe _ = read(counter.rawValue, &count, MemoryLayout<UInt64>.size)
  }
}
