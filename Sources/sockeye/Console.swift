import ArgumentParser
import Glibc
import Output
import Wire

/// Standard output and standard error, as the commands use them besides the packets themselves.
enum Console {
  /// Writes all of a text to standard output.
  ///
  /// A closed pipe ends the program quietly; anything else that fails is an error that says so.
  static func write(_ text: borrowing TextBuffer) throws(CommandError) {
    guard let failure = write(text.bytes, to: STDOUT_FILENO) else { return }
    if failure == EPIPE { exit(ExitStatus.success.code) }
    throw CommandError(.ioError, "standard output", at: "write", remedy: describe(errno: failure))
  }

  /// Writes a line to standard error, escaped: it may name what came from outside.
  static func report(_ line: String) {
    var text = TextBuffer(capacity: 1024)
    text.append(escaping: line)
    text.append(0x0a)
    // Nothing is left to tell it to where standard error itself fails.
    _ = write(text.bytes, to: STDERR_FILENO)
  }

  /// Ends a command whose text could not be written: quietly where its reader went away, else by saying what failed.
  static func end(_ error: OutputError) throws(CommandError) -> Never {
    switch error {
    case .closed: exit(ExitStatus.success.code)
    case .failed: throw CommandError(.ioError, error.message)
    }
  }

  /// Whether text that goes to a descriptor gets colors: on a terminal that knows them, unless NO_COLOR is set
  /// (https://no-color.org).
  static func wantsColor(_ choice: ColorChoice, on descriptor: Int32) -> Bool {
    switch choice {
    case .always: true
    case .never: false
    case .auto:
      isatty(descriptor) == 1 && (environment("NO_COLOR") ?? "").isEmpty
        && !["", "dumb"].contains(environment("TERM") ?? "")
    }
  }

  /// Whether a descriptor is a terminal on which text can take the place of other text.
  static func canRepaint(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1 && !["", "dumb"].contains(environment("TERM") ?? "")
  }

  /// An error number in words. See strerror(3).
  static func describe(errno number: Int32) -> String {
    // SAFETY: strerror returns a C string that stays until its next call in this thread; it is copied at once.
    unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
  }

  /// Whether there is a file of that name. See access(2).
  static func fileExists(_ path: String) -> Bool {
    // SAFETY: the string is lent as a C string for the call.
    unsafe access(path, F_OK) == 0
  }

  private static func environment(_ name: String) -> String? {
    // SAFETY: nothing here changes the environment; the string is copied at once.
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// Writes all octets; the error number where that failed.
  private static func write(_ bytes: RawSpan, to descriptor: Int32) -> Int32? {
    // SAFETY: the pointer is used within the closure only, and never past the buffer's count.
    unsafe bytes.withUnsafeBytes { buffer in
      var rest = unsafe buffer[...]
      while unsafe !rest.isEmpty {
        let part = unsafe UnsafeRawBufferPointer(rebasing: rest)
        let written = unsafe Glibc.write(descriptor, part.baseAddress, part.count)
        if written >= 0 {
          unsafe rest = rest.dropFirst(written)
        } else if errno != EINTR {
          return errno
        }
      }
      return nil
    }
  }
}

/// When to write colors.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, always, never
}
