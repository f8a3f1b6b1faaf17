import Glibc

/// How the program ends. See sysexits.h(3head).
struct ExitStatus: Equatable {
  /// The number that the shell sees.
  let code: Int32

  /// All went well.
  static let success = ExitStatus(code: EX_OK)
  /// The command line is wrong: an unknown option, a filter with a syntax error.
  static let usage = ExitStatus(code: EX_USAGE)
  /// The input is not what it should be: truncated, or not a capture at all.
  static let malformedData = ExitStatus(code: EX_DATAERR)
  /// There is no such file or interface.
  static let noInput = ExitStatus(code: EX_NOINPUT)
  /// The operating system refused something it should not have.
  static let systemError = ExitStatus(code: EX_OSERR)
  /// Reading or writing failed half-way: a full disk.
  static let ioError = ExitStatus(code: EX_IOERR)
  /// The user may not do this.
  static let noPermission = ExitStatus(code: EX_NOPERM)
}

/// An error as the user sees it: one line that says what, where, and what to do.
struct CommandError: Error {
  /// How the program ends.
  var status: ExitStatus
  /// What is wrong, such as "no such interface".
  var what: String
  /// Where: a file, an interface, an option.
  var place: String?
  /// What the user can do.
  var remedy: String?

  /// An error with its parts.
  init(_ status: ExitStatus, _ what: String, at place: String? = nil, remedy: String? = nil) {
    self.status = status
    self.what = what
    self.place = place
    self.remedy = remedy
  }

  /// The line without a line feed, not yet escaped.
  var line: String {
    "sockeye: " + [what, place, remedy].compactMap { $0 }.joined(separator: ": ")
  }
}
