import CLinux
import Glibc

/// A set of descriptors to wait on, by their places in it. See poll(2).
public struct Poll {
  /// What happened on a descriptor.
  public struct Events: OptionSet, Sendable {
    /// POLLIN and its fellows.
    public let rawValue: Int16
    /// Events by their bits.
    public init(rawValue: Int16) { self.rawValue = rawValue }
    /// There is something to read.
    public static let readable = Events(rawValue: Int16(POLLIN))
    /// An error waits on the socket.
    public static let error = Events(rawValue: Int16(POLLERR | POLLHUP | POLLNVAL))
  }

  private var entries: [pollfd] = []

  /// An empty set.
  public init() {}

  /// How many descriptors were added.
  public var count: Int { entries.count }

  /// Adds a descriptor, which the caller keeps open; answers with its place: how many were added before it.
  @discardableResult
  public mutating func add(_ descriptor: Int32) -> Int {
    entries.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
    return entries.count &- 1
  }

  /// Leaves a descriptor out of waiting, or takes it in again.
  public mutating func setActive(_ active: Bool, at index: Int) {
    // A negative number is passed over: poll(2). Its complement is never 0, which a negation could be.
    let number = entries[index].fd
    if active != (number >= 0) { entries[index].fd = ~number }
  }

  /// What happened on a descriptor in the last wait.
  public func events(at index: Int) -> Events { Events(rawValue: entries[index].revents) }

  /// Waits until something happens, at most that long; negative waits for ever. Returns how many have events.
  @discardableResult
  public mutating func wait(milliseconds: Int32) throws(SystemError) -> Int {
    // SAFETY: the array's own storage and count, lent for the call.
    let count = unsafe entries.withUnsafeMutableBufferPointer { buffer in
      unsafe poll(buffer.baseAddress, nfds_t(buffer.count), milliseconds)
    }
    return try outcome(count)
  }

  /// The same with a finer clock: at most that many nanoseconds. See ppoll(2).
  @discardableResult
  public mutating func wait(nanoseconds: Int64) throws(SystemError) -> Int {
    let time = max(nanoseconds, 0)
    // SAFETY: the array's own storage and count, lent for the call.
    let count = unsafe entries.withUnsafeMutableBufferPointer { buffer in
      unsafe clinux_poll(
        buffer.baseAddress, UInt(buffer.count), Int(time / 1_000_000_000), Int(time % 1_000_000_000))
    }
    return try outcome(count)
  }

  private mutating func outcome(_ count: Int32) throws(SystemError) -> Int {
    if count >= 0 { return Int(count) }
    // Not repeated here: the time that is left is the caller's affair.
    guard errno == EINTR else { throw SystemError(call: "poll", code: errno) }
    for index in entries.indices { entries[index].revents = 0 }
    return 0
  }
}
