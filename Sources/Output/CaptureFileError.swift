import Glibc

/// Why a capture file could not be written, or not on: one line that says which file, what, and how much is in it.
public struct CaptureFileError: Error, Equatable, CustomStringConvertible {
  /// What kind of error it is.
  public enum Kind: Equatable, Sendable {
    /// The file could not be opened; an error number of open(2).
    case cannotOpen(Int32)
    /// The path names a directory.
    case isDirectory
    /// The file is the one that is being read.
    case isInput
    /// Standard output is a terminal.
    case isTerminal
    /// libpcap cannot write this link type; its number.
    case linkType(UInt16)
    /// libpcap refused for another reason, in its own words.
    case libpcap(String)
    /// A write failed: an error number of write(2), such as ENOSPC.
    case cannotWrite(Int32)
    /// The reader of the pipe has gone: no error of ours, end quietly.
    case closedPipe
    /// A packet has another link type than the file; both numbers.
    case otherLinkType(UInt16, file: UInt16)
    /// A packet's time in seconds since the Epoch does not fit in 32 bits.
    case timestamp(Int64)
    /// A packet has more octets than the file's header allows.
    case length(Int, maximum: Int)
  }

  /// The file's name as given, or `standard output`.
  public var file: String
  /// What kind of error it is.
  public var kind: Kind
  /// How many whole packets the file holds; nil where that cannot be known, as with a pipe.
  public var packets: UInt64?

  /// An error with its parts.
  public init(file: String, kind: Kind, packets: UInt64? = nil) {
    self.file = file
    self.kind = kind
    self.packets = packets
  }

  /// Whether it is only that the reader of a pipe has gone, of which nothing need be said.
  public var isClosedPipe: Bool { kind == .closedPipe }

  /// The exit code that says this to scripts: 64, 65, 74 or 77. See sysexits(3head).
  public var exitCode: Int32 {
    switch kind {
    case .cannotOpen(EACCES), .cannotOpen(EPERM), .cannotOpen(EROFS): 77
    case .cannotOpen, .isDirectory: 74
    case .isInput, .isTerminal: 64
    case .linkType, .otherLinkType, .timestamp, .length: 65
    case .libpcap, .cannotWrite, .closedPipe: 74
    }
  }

  /// One line without its end; the file's name stands in it as given and may need escaping.
  public var description: String {
    switch kind {
    case .cannotOpen(let number): "\(file): \(text(of: number))"
    case .isDirectory: "\(file): is a directory"
    case .isInput: "\(file): is the file being read; write to another"
    case .isTerminal: "\(file): is a terminal; redirect it, or name a file"
    case .linkType(let number): "\(file): link type \(number) cannot be written by libpcap"
    case .libpcap(let words): "\(file): \(words)"
    case .cannotWrite(let number): "\(file): \(text(of: number))\(held)"
    case .closedPipe: "\(file): the reader has gone"
    case .otherLinkType(let number, let expected):
      "\(file): a packet of link type \(number) cannot go into a pcap file of link type \(expected), but into pcapng\(held)"
    case .timestamp(let seconds): "\(file): a time of \(seconds) s since 1970 does not fit in the file\(held)"
    case .length(let length, let maximum):
      "\(file): a packet of \(length) octets is more than the file's snap length of \(maximum)\(held)"
    }
  }

  private var held: String {
    guard let packets else { return "" }
    return "; it holds \(packets) whole packet\(packets == 1 ? "" : "s")"
  }

  private func text(of number: Int32) -> String {
    // SAFETY: strerror always gives a terminated string; glibc's is the thread's own, and it is copied at once.
    unsafe String(cString: strerror(number))
  }
}
