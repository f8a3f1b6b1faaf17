import Glibc

/// Makes a system call that answers −1 for an error: repeats it where a signal interrupted it, and throws what it left
/// in errno. The name is what the error message says. See errno(3) and signal(7).
@discardableResult
@inline(__always)
public func systemCall<Result: SignedInteger & FixedWidthInteger>(
  _ name: @autoclosure () -> String, hint: @autoclosure () -> String? = nil, _ call: () -> Result
) throws(SystemError) -> Result {
  while true {
    let result = call()
    if result != -1 { return result }
    let code = errno
    if code == EINTR { continue }
    throw SystemError(call: name(), code: code, hint: hint())
  }
}
