import Foundation
import Testing

/// A program in Python that prints one line of numbers when it is ready, and ends when its input does.
final class PythonHelper {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  /// What it printed.
  private(set) var numbers: [UInt64] = []

  var pid: Int32 { process.processIdentifier }

  /// Starts the program, and waits for its line. In it are `ready(numbers...)`, `wait()` and `inode(socket)`.
  init(_ program: String) throws {
    let prelude = """
      import ctypes, os, socket, sys, threading, time
      libc = ctypes.CDLL(None)
      def inode(one): return os.fstat(one if isinstance(one, int) else one.fileno()).st_ino
      def ready(*numbers): print(*numbers, flush=True)
      def wait(): sys.stdin.read()

      """
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", prelude + program]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line = Data()
    while line.last != 10 {
      let octet = output.fileHandleForReading.readData(ofLength: 1)
      try #require(!octet.isEmpty, "the program ended before it was ready")
      line += octet
    }
    numbers = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap { UInt64($0) }
  }

  /// Ends the program by ending its input.
  func end() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
