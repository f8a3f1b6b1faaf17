import CLinux
import Glibc

/// A program that this one has started and waits for.
public struct ChildProgram: ~Copyable {
  /// What becomes of it.
  public enum Ending: Equatable, Sendable {
    /// It ended by itself, with this status.
    case exited(Int32)
    /// A signal ended it.
    case signaled(Int32)
  }

  /// Its number.
  public let pid: Int32
  /// How it ended; nil while it runs.
  public private(set) var ending: Ending?

  /// Starts a program, found as a shell finds it, with its arguments, its own name first.
  ///
  /// Throws what execve(2) does, ENOENT for one that is not there, and EINVAL for a name or argument with a zero in it.
  public init(_ arguments: [String], as user: InvokingUser?) throws(SystemError) {
    let call = "execve(\(arguments.first ?? ""))"
    guard let name = arguments.first, !name.isEmpty, !arguments.contains(where: { $0.utf8.contains(0) }) else {
      throw SystemError(call: call, code: EINVAL)
    }
    let words = Terminated(arguments)
    let environment = Terminated(user?.environment ?? InvokingUser.ownEnvironment)
    let groups = user?.groups ?? []
    // SAFETY: all that the structure points to lives until the call has returned; the child has a copy of its own.
    pid = try systemCall(call) {
      unsafe groups.withUnsafeBufferPointer { groups in
        unsafe words.withPointers { words in
          unsafe environment.withPointers { environment in
            var program = unsafe clinux_program()
            unsafe program.path = words.first.flatMap { unsafe UnsafePointer($0) }
            unsafe program.arguments = words.baseAddress
            unsafe program.environment = environment.baseAddress
            if let user {
              unsafe program.changes_user = 1
              unsafe program.user = user.uid
              unsafe program.group = user.gid
            }
            unsafe program.groups = groups.baseAddress
            unsafe program.group_count = UInt(groups.count)
            return unsafe clinux_start_program(&program)
          }
        }
      }
    }
  }

  /// Looks whether it has ended. See waitpid(2).
  public mutating func poll() -> Ending? {
    if let ending { return ending }
    var status: Int32 = 0
    // SAFETY: the status is written during the call.
    let result = unsafe clinux_child_status(pid, &status)
    guard result != 0 else { return nil }
    // A child that cannot be waited for is one that somebody has waited for.
    ending = result < 0 ? .exited(0) : Self.ending(status)
    return ending
  }

  /// Sends it a signal, unless it has ended. See kill(2).
  public func signal(_ number: Int32) {
    if ending == nil { kill(pid, number) }
  }

  /// What a status of wait(2) says.
  private static func ending(_ status: Int32) -> Ending {
    let signal = status & 0x7f
    return signal == 0 ? .exited(status >> 8 & 0xff) : .signaled(signal)
  }
}

/// Strings as the array of C strings that execve(2) takes.
private struct Terminated {
  private let octets: [[CChar]]

  init(_ words: [String]) { octets = words.map { $0.utf8CString.map { $0 } } }

  /// Lends the pointers, a null behind the last.
  func withPointers<Result>(
    _ body: (UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    // SAFETY: each copy is made and freed here; the pointers are lent for the call of `body`.
    var pointers = unsafe octets.map { word -> UnsafeMutablePointer<CChar>? in
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: word.count)
      unsafe word.withUnsafeBufferPointer { source in
        if let start = source.baseAddress { unsafe copy.initialize(from: start, count: source.count) }
      }
      return unsafe copy
    }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe $0?.deallocate() } }
    return unsafe pointers.withUnsafeMutableBufferPointer { unsafe body($0) }
  }
}
