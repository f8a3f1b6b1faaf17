import Glibc
import Linux
import Testing

/// Whether the kernel opens a socket, and in its words why not: the condition and the reason of tests that need it.
struct Availability: Sendable {
  var works = true
  var reason = ""

  /// Tries.
  init(_ what: String, _ body: () throws(SystemError) -> Void) {
    do {
      try body()
    } catch {
      works = false
      reason = "\(what): \(error)"
    }
  }

  /// The reason as a trait has it.
  var comment: Comment { Comment(rawValue: reason) }
}

extension Socket {
  /// What is received at once, at most so many octets.
  func receive(_ room: Int = 256, flags: ReceiveFlags = []) throws(SystemError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: room)
    let received = try receive(into: &buffer, flags: flags)
    return Array(buffer[..<received.count])
  }
}

/// A name in the file system that nobody has, and is removed at the end.
final class TemporaryPath {
  let path: String
  var name: UnixName { .path(path) }

  init(_ what: String) {
    path = "/tmp/sockeye-\(what)-\(getpid())"
    unsafe unlink(path)
  }

  deinit { unsafe unlink(path) }
}
