import Glibc

/// Why a capture file could not be opened or read on: one line that says which file, where in it, and what.
public struct SavefileError: Error, Equatable, CustomStringConvertible {
  /// What kind of error it is.
  public enum Kind: Equatable, Sendable {
    /// The file could not be opened; an error number of open(2).
    case cannotOpen(Int32)
    /// The path names a directory.
    case isDirectory
    /// The descriptor is a terminal.
    case isTerminal
    /// read(2) failed; an error number.
    case cannotRead(Int32)
    /// There is not one octet.
    case empty
    /// The file is compressed; the program that unpacks it to standard output.
    case compressed(String)
    /// It starts with something else than a capture file; its first octets, at most eight.
    case notACapture([UInt8])
    /// The file ends within a record; `offset` is where it ends.
    case truncated
    /// A record contradicts itself; `offset` is where it starts.
    case malformed(SavefileFlaw)
  }

  /// The file's name as given, or `standard input`.
  public var file: String
  /// What kind of error it is.
  public var kind: Kind
  /// Where, in octets from the start of the file.
  public var offset: UInt64 = 0
  /// The number of the packet that could not be read, from 1: all before it were handed out. 0: the file's header.
  public var packet: UInt64 = 1

  /// An error with its parts.
  public init(file: String, kind: Kind, offset: UInt64 = 0, packet: UInt64 = 1) {
    self.file = file
    self.kind = kind
    self.offset = offset
    self.packet = packet
  }

  /// The exit code that says this to scripts: 65, 66, 74 or 77. See sysexits(3head).
  public var exitCode: Int32 {
    switch kind {
    case .cannotOpen(EACCES), .cannotOpen(EPERM): 77
    case .cannotOpen, .isDirectory, .isTerminal: 66
    case .cannotRead: 74
    case .empty, .compressed, .notACapture, .truncated, .malformed: 65
    }
  }

  /// One line without its end; the file's name stands in it as given and may need escaping.
  public var description: String {
    switch kind {
    case .cannotOpen(let number): return "\(file): \(text(of: number))"
    case .isDirectory: return "\(file): is a directory, not a capture file"
    case .isTerminal: return "\(file): is a terminal; name a capture file or pipe one in"
    case .cannotRead(let number): return "\(file): read error at byte \(offset) (packet \(packet)): \(text(of: number))"
    case .empty: return "\(file): is empty, not a capture file"
    case .compressed(let program): return "\(file): is compressed: run `\(program) FILE | sockeye read -`"
    case .notACapture(let octets):
      let shown = octets.map { hexadecimal($0) }.joined(separator: " ")
      return "\(file): not a pcap or pcapng file (it starts with \(shown))"
    case .truncated:
      return "\(file): truncated at byte \(offset) (\(packet == 0 ? "in the file header" : "packet \(packet)"))"
    case .malformed(let flaw): return "\(file): malformed at byte \(offset) (packet \(packet)): \(flaw)"
    }
  }

  private func text(of number: Int32) -> String {
    // SAFETY: strerror returns a terminated string that stays until the next call on this thread.
    unsafe String(cString: strerror(number))
  }

  private func hexadecimal(_ octet: UInt8) -> String {
    (octet < 16 ? "0" : "") + String(octet, radix: 16)
  }
}

/// What is wrong with a record of a capture file.
public enum SavefileFlaw: Error, Equatable, Sendable, CustomStringConvertible {
  /// The version of the format is one that nobody has described.
  case version(major: UInt16, minor: UInt16)
  /// A packet claims more captured octets than a packet can have.
  case capturedLength(UInt32, maximum: UInt32)
  /// A block's length is not a multiple of four, or less than its kind needs.
  case blockLength(UInt32)
  /// The length at a block's end is not the one at its start.
  case trailingLength(UInt32, expected: UInt32)
  /// A packet block claims more captured octets than the block has room for.
  case beyondBlock(UInt32, available: UInt32)
  /// A packet names an interface that the section has not described.
  case noSuchInterface(UInt32, described: UInt32)
  /// A section header has no byte-order magic.
  case byteOrder(UInt32)
  /// An option of an interface description runs beyond its block.
  case option(UInt16)
  /// There are more interface descriptions than any capture has.
  case tooManyInterfaces(Int)

  /// What is wrong, in words.
  public var description: String {
    switch self {
    case .version(let major, let minor): "format version \(major).\(minor) is not supported"
    case .capturedLength(let length, let maximum):
      "a captured length of \(length) is more than the maximum of \(maximum)"
    case .blockLength(let length): "a block of this kind cannot be \(length) octets long"
    case .trailingLength(let length, let expected):
      "the block length is \(expected) at the block's start and \(length) at its end"
    case .beyondBlock(let length, let available):
      "a captured length of \(length) in a block that has room for \(available)"
    case .noSuchInterface(let index, let described):
      "interface \(index), but \(described == 0 ? "none" : "only \(described)") described in this section"
    case .byteOrder: "the section header has no byte-order magic"
    case .option(let code): "option \(code) of an interface description runs beyond its block"
    case .tooManyInterfaces(let count): "more than \(count) interface descriptions"
    }
  }
}
