import Glibc

/// An open file descriptor, owned: closed once, when its owner goes. See close(2).
public struct Descriptor: ~Copyable, Sendable {
  /// The number, valid as long as this value lives.
  public let rawValue: Int32

  /// Takes ownership of a descriptor that a system call has just returned.
  public init(owning rawValue: Int32) {
    self.rawValue = rawValue
  }

  deinit {
    // Errors of close are about data that was written; whoever writes asks before. EINTR has closed it on Linux.
    close(rawValue)
  }

  /// Opens a file. See open(2).
  public static func open(_ path: String, flags: Int32) throws(SystemError) -> Descriptor {
    // SAFETY: the string is terminated, and lent for the call.
    Descriptor(
      owning: try systemCall("open(\(path))") { unsafe path.withCString { unsafe Glibc.open($0, flags | O_CLOEXEC) } })
  }

  /// Gives the number away: the caller closes it.
  public consuming func take() -> Int32 {
    let number = rawValue
    discard self
    return number
  }
}
