import Glibc

/// A system call that failed: which one, why, and what to do about it.
public struct SystemError: Error, Equatable, CustomStringConvertible {
  /// The call as a person would look it up, with the option that matters: `setsockopt(PACKET_RX_RING)`.
  public var call: String
  /// The error number. See errno(3).
  public var code: Int32
  /// What mends it; nil where nothing is known.
  public var hint: String?

  /// An error with its parts.
  public init(call: String, code: Int32, hint: String? = nil) {
    self.call = call
    self.code = code
    self.hint = hint
  }

  /// The error number in words. See strerror(3).
  public var text: String {
    // SAFETY: strerror always gives a terminated string; glibc's is the thread's own, and it is copied at once.
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
  }

  /// One line: the call, the text, and the hint in parentheses.
  public var description: String {
    guard let hint else { return "\(call): \(text)" }
    return "\(call): \(text) (\(hint))"
  }

  /// The same error with what to do about it.
  public func hinting(_ hint: String) -> SystemError {
    SystemError(call: call, code: code, hint: hint)
  }
}
