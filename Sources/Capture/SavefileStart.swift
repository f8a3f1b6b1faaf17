import Glibc
import Wire

/// An open descriptor that may be a capture file, and what fstat(2) says of it.
struct OpenedSavefile {
  let name: String
  let descriptor: Int32
  let closesDescriptor: Bool
  let device: UInt64
  let regularLength: UInt64?
  let inode: UInt64

  /// Opens a path, or takes standard input for `-`.
  init(path: String) throws(SavefileError) {
    guard path != "-" else {
      try self.init(descriptor: STDIN_FILENO, name: "standard input", closing: false)
      return
    }
    var descriptor: Int32
    // SAFETY: the path is lent as a terminated string for the time of the call.
    repeat { descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) } while descriptor < 0 && errno == EINTR
    guard descriptor >= 0 else { throw SavefileError(file: path, kind: .cannotOpen(errno)) }
    do { try self.init(descriptor: descriptor, name: path, closing: true) } catch {
      _ = close(descriptor)
      throw error
    }
    _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
  }

  /// Looks at an open descriptor.
  init(descriptor: Int32, name: String, closing: Bool) throws(SavefileError) {
    self.descriptor = descriptor
    self.name = name
    closesDescriptor = closing
    var status = stat()
    // SAFETY: fstat writes one stat structure, which status is.
    guard unsafe fstat(descriptor, &status) == 0 else { throw SavefileError(file: name, kind: .cannotOpen(errno)) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw SavefileError(file: name, kind: .isDirectory) }
    guard isatty(descriptor) == 0 else { throw SavefileError(file: name, kind: .isTerminal) }
    device = UInt64(status.st_dev)
    regularLength = status.st_mode & S_IFMT == S_IFREG ? UInt64(clamping: status.st_size) : nil
    inode = UInt64(status.st_ino)
  }
}

/// The first octets of a capture file.
enum SavefileStart {
  /// Tells the format by the magic number, which stays unread.
  static func format(_ pieces: inout PieceReader, _ name: String) throws(SavefileError) -> Savefile.Format {
    try wait(for: 4, &pieces, name)
    let bytes = pieces.unread
    guard bytes.byteCount > 0 else { throw SavefileError(file: name, kind: .empty) }
    if bytes.byteCount >= 4 {
      let magic = bytes.uint32(at: 0)
      if PcapReader.recognizes(magic) { return .pcap }
      if magic == PcapngReader.BlockType.sectionHeader { return .pcapng }
    }
    if let program = unpacker(bytes) { throw SavefileError(file: name, kind: .compressed(program)) }
    var octets: [UInt8] = []
    for index in 0..<Swift.min(bytes.byteCount, 8) { octets.append(bytes.uint8(at: index)) }
    throw SavefileError(file: name, kind: .notACapture(octets))
  }

  /// Reads and consumes a pcap file's header.
  static func pcapHeader(_ pieces: inout PieceReader, _ name: String) throws(SavefileError) -> PcapReader {
    let length = PcapReader.FileField.length
    try wait(for: length, &pieces, name)
    guard pieces.unreadCount >= length else {
      throw SavefileError(file: name, kind: .truncated, offset: pieces.endOffset, packet: 0)
    }
    do {
      let reader = try PcapReader(pieces.unread)
      pieces.consume(length)
      return reader
    } catch {
      throw SavefileError(file: name, kind: .malformed(error))
    }
  }

  private static func wait(for count: Int, _ pieces: inout PieceReader, _ name: String) throws(SavefileError) {
    while pieces.unreadCount < count {
      switch pieces.fill(needed: count) {
      case .more, .interrupted: continue
      case .end: return
      case .failed(let number):
        throw SavefileError(file: name, kind: .cannotRead(number), offset: pieces.endOffset)
      }
    }
  }

  /// The program that unpacks a file which starts like this to standard output.
  private static func unpacker(_ bytes: RawSpan) -> String? {
    guard bytes.byteCount >= 4 else { return nil }
    if bytes.uint16(at: 0) == 0x1f8b { return "zcat" }
    if bytes.uint32(at: 0) >> 8 == 0x425a68 { return "bzcat" }
    switch bytes.uint32(at: 0) {
    case 0x28b5_2ffd: return "zstdcat"
    case 0xfd37_7a58: return "xzcat"
    case 0x0422_4d18: return "lz4cat"
    default: return nil
    }
  }
}
