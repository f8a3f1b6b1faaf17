import Foundation
import Testing

/// The program as the shell runs it.
enum Program {
  /// What a run left behind.
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String

    /// Standard error line by line.
    var errorLines: [Substring] { errors.split(separator: "\n") }
  }

  /// The program that was built with these tests: it stands beside them.
  static var path: String {
    get throws {
      let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      // Swift Testing may be run by a tool of the toolchain; the tests then are its argument.
      let candidates = ([tests] + CommandLine.arguments).map {
        URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("sockeye").path
      }
      let found = candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
      return try #require(found)
    }
  }

  /// Runs it, or another command, to its end.
  static func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
    try run(arguments, environment: environment)
  }

  /// The same with its arguments in an array.
  static func run(
    _ arguments: [String], executable: String? = nil, environment: [String: String] = [:]
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try executable ?? path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: they take any amount without anybody reading at the same time.
    let (output, outputURL) = try temporaryFile()
    let (errors, errorsURL) = try temporaryFile()
    defer {
      try? FileManager.default.removeItem(at: outputURL)
      try? FileManager.default.removeItem(at: errorsURL)
    }
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      output: String(decoding: try Data(contentsOf: outputURL), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errorsURL), as: UTF8.self))
  }

  private static func temporaryFile() throws -> (FileHandle, URL) {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("sockeye-test-\(UUID().uuidString)")
    try Data().write(to: url)
    return (try FileHandle(forWritingTo: url), url)
  }
}
