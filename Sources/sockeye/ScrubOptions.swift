import ArgumentParser
import Glibc
import Linux
import Scrub

/// How much of each packet `--snap` keeps.
enum SnapChoice: Equatable, ExpressibleByArgument {
  /// Up to the end of the headers.
  case headers
  /// At most so many octets.
  case octets(Int)

  init?(argument: String) {
    if argument == "headers" {
      self = .headers
    } else if let count = Int(argument), count > 0, count <= 262_144 {
      self = .octets(count)
    } else {
      return nil
    }
  }

  // A message that names one of them only would hide the numbers.
  static var allValueStrings: [String] { [] }
}

/// Where the key of `--anonymise-addresses` comes from.
enum KeySource: Equatable, ExpressibleByArgument {
  /// The word itself.
  case word(String)
  /// A file that holds it; `-` is standard input.
  case file(String)

  /// The most octets of a file that can be a key.
  private static let longest = 1 << 20

  init?(argument: String) {
    if argument == "-" {
      self = .file("-")
    } else if argument.hasPrefix("@") {
      self = .file(String(argument.dropFirst()))
      if argument == "@" { return nil }
    } else if argument.isEmpty {
      return nil
    } else {
      self = .word(argument)
    }
  }

  /// Whether it is read from standard input.
  var isStandardInput: Bool { self == .file("-") }

  /// The key; a line feed at a file's end is no part of it.
  func key() throws(CommandError) -> AddressKey {
    switch self {
    case .word(let word): return AddressKey(Array(word.utf8))
    case .file(let path):
      let name = path == "-" ? "standard input" : path
      let found: [UInt8]?
      do throws(SystemError) {
        found = try WholeFile.read(path, limit: Self.longest)
      } catch {
        let status: ExitStatus = error.code == EACCES || error.code == EPERM ? .noPermission : .noInput
        throw CommandError(status, "the key cannot be read", at: name, remedy: error.text)
      }
      guard var octets = found else { throw CommandError(.malformedData, "is too long for a key", at: name) }
      if octets.last == UInt8(ascii: "\n") { octets.removeLast() }
      if octets.last == UInt8(ascii: "\r") { octets.removeLast() }
      guard !octets.isEmpty else { throw CommandError(.malformedData, "holds no key", at: name) }
      return AddressKey(octets)
    }
  }
}
