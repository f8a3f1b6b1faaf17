import CLinux
import Glibc

/// A directory below /proc, held open: what is read through it is of one process, even where its number is used again.
struct ProcessDirectory: ~Copyable, Sendable {
  private let descriptor: Descriptor

  private init(owning descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// Opens /proc. Throws where it is not mounted or may not be read.
  static func root() throws(SystemError) -> ProcessDirectory {
    ProcessDirectory(owning: try Descriptor.open("/proc", flags: O_RDONLY | O_DIRECTORY))
  }

  /// Opens the directory of a process's descriptors, by one call. Throws where it is gone or may not be read.
  static func descriptors(of process: Int32) throws(SystemError) -> ProcessDirectory {
    ProcessDirectory(owning: try Descriptor.open("/proc/\(process)/fd", flags: O_RDONLY | O_DIRECTORY))
  }

  /// Opens a directory in this one. See openat(2).
  func directory(_ name: String) throws(SystemError) -> ProcessDirectory {
    let number = descriptor.rawValue
    // SAFETY: the string is terminated, and lent for the call.
    return ProcessDirectory(
      owning: Descriptor(
        owning: try systemCall("open(/proc/\(name))") {
          unsafe name.withCString { unsafe openat(number, $0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        }))
  }

  /// Opens the directory that is named by a number.
  func directory(_ number: Int32) throws(SystemError) -> ProcessDirectory { try directory(String(number)) }

  /// A file's octets, not more than the limit. See openat(2) and read(2).
  func file(_ name: String, limit: Int = 1 << 16) throws(SystemError) -> [UInt8] {
    let number = descriptor.rawValue
    // SAFETY: the string is terminated, and lent for the call.
    let file = Descriptor(
      owning: try systemCall("open(/proc/PID/\(name))") {
        unsafe name.withCString { unsafe openat(number, $0, O_RDONLY | O_CLOEXEC) }
      })
    var octets: [UInt8] = []
    var capacity = 1024
    while true {
      let room = min(capacity, limit) &- octets.count
      guard room > 0 else { return octets }
      let piece = try Self.read(file, room)
      octets += piece
      // Files of /proc are made when they are read: only an empty piece is their end, but a short one of a file this
      // small is too, and saves a call for each of thousands of processes.
      if piece.count < room { return octets }
      capacity &*= 4
    }
  }

  private static func read(_ file: borrowing Descriptor, _ count: Int) throws(SystemError) -> [UInt8] {
    let number = file.rawValue
    var octets = [UInt8](repeating: 0, count: count)
    let length = try systemCall("read(/proc)") {
      // SAFETY: the kernel writes at most the count given, and says how much it was.
      unsafe octets.withUnsafeMutableBytes { unsafe Glibc.read(number, $0.baseAddress, $0.count) }
    }
    octets.removeSubrange(length...)
    return octets
  }

  /// What a symbolic link says, as octets. See readlinkat(2).
  func link(_ name: String) throws(SystemError) -> [UInt8] {
    let directory = descriptor.rawValue
    var octets = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = try systemCall("readlink(/proc/PID/\(name))") {
      // SAFETY: the kernel writes at most the count given, and says how much it was; the name is terminated.
      unsafe octets.withUnsafeMutableBytes { room -> Int in
        guard let start = unsafe room.assumingMemoryBound(to: CChar.self).baseAddress else { return 0 }
        return unsafe name.withCString { unsafe readlinkat(directory, $0, start, room.count) }
      }
    }
    octets.removeSubrange(length...)
    return octets
  }

  /// The user whom the directory belongs to. See fstat(2).
  func owner() throws(SystemError) -> UInt32 {
    let number = descriptor.rawValue
    var status = stat()
    // SAFETY: the kernel fills the structure, which lives for the call.
    try systemCall("fstat(/proc/PID)") { unsafe fstat(number, &status) }
    return status.st_uid
  }

  /// How many threads the process has: the links of its directory `task`, less those that every directory has.
  func threadCount() -> Int {
    var status = stat()
    // SAFETY: the kernel fills the structure, which lives for the call; the name is terminated.
    guard unsafe fstatat(descriptor.rawValue, "task", &status, 0) == 0 else { return 0 }
    return max(Int(truncatingIfNeeded: status.st_nlink) &- 2, 0)
  }

  /// How many descriptors a directory of them has, as its size says since Linux 6.2; 0 where it is not known.
  func descriptorCount() -> Int {
    let number = descriptor.rawValue
    var status = stat()
    // SAFETY: the kernel fills the structure, which lives for the call.
    return unsafe fstat(number, &status) == 0 ? Int(truncatingIfNeeded: status.st_size) : 0
  }

  /// Collects every entry whose name is a number. See getdents64(2).
  ///
  /// - Parameters:
  ///   - first: the least number that is wanted. The kernel passes over descriptors below it, whose places in their
  ///     directory are their numbers behind `.` and `..`.
  ///   - buffer: where entries are read to; its size decides how many calls are made.
  func appendNumbers(
    to numbers: inout [Int32], from first: Int32 = 0, buffer: inout [UInt8]
  ) throws(SystemError) {
    let directory = descriptor.rawValue
    if first > 0 { _ = lseek(directory, off_t(first) &+ 2, SEEK_SET) }
    let header = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
    let lengthOffset = MemoryLayout<dirent>.offset(of: \.d_reclen) ?? 16
    while true {
      let filled = try systemCall("getdents64(/proc)") {
        // SAFETY: the kernel writes at most the count given.
        unsafe buffer.withUnsafeMutableBytes { unsafe clinux_read_directory(directory, $0.baseAddress, UInt($0.count)) }
      }
      guard filled > 0, filled <= buffer.count else { return }
      let entries = buffer.span.extracting(0..<filled)
      var offset = 0
      while offset &+ header < filled {
        let length = Int(entries[offset &+ lengthOffset]) | Int(entries[offset &+ lengthOffset &+ 1]) << 8
        guard length > header, offset &+ length <= filled else { return }
        if let number = Self.number(entries.extracting(offset &+ header..<offset &+ length)), number >= first {
          numbers.append(number)
        }
        offset &+= length
      }
    }
  }

  /// Reads a terminated name that is a number; nil for any other.
  private static func number(_ name: Span<UInt8>) -> Int32? {
    var value: Int32 = 0
    for place in name.indices {
      let digit = name[place]
      if digit == 0 { return place > 0 ? value : nil }
      guard digit >= 0x30, digit <= 0x39, place < 10 else { return nil }
      value = value &* 10 &+ Int32(digit &- 0x30)
    }
    return nil
  }

  /// What a descriptor is.
  enum DescriptorKind: Equatable {
    /// A socket with its inode.
    case socket(UInt64)
    /// Anything else, or nothing any more.
    case other
    /// What this user may not know.
    case forbidden
  }

  /// What a descriptor's link stands for: `socket:[N]` is a socket. See readlinkat(2).
  func kind(ofDescriptor number: Int32) -> DescriptorKind { kind(ofDescriptorIfOpen: number) ?? .other }

  /// The same; nil for a number that stands for nothing.
  func kind(ofDescriptorIfOpen number: Int32) -> DescriptorKind? {
    let directory = descriptor.rawValue
    // The digits, last first, and a zero behind them.
    var digits: (UInt64, UInt64) = (0, 0)
    // Room for the prefix, twenty digits and the bracket; what is longer is no socket.
    var link: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    // SAFETY: a number has at most ten digits, so that the name is terminated within its sixteen octets. The kernel
    // writes at most the size of the other tuple, of which every octet is initialized.
    return unsafe withUnsafeMutableBytes(of: &link) { octets -> DescriptorKind? in
      guard let start = octets.baseAddress else { return .other }
      let length = unsafe withUnsafeMutableBytes(of: &digits) { name -> Int in
        var place = name.count &- 1
        var rest = UInt32(bitPattern: number)
        repeat {
          place &-= 1
          unsafe name[place] = UInt8(truncatingIfNeeded: 0x30 &+ rest % 10)
          rest /= 10
        } while rest > 0
        guard let first = name.baseAddress else { return -1 }
        return unsafe readlinkat(
          directory, (first + place).assumingMemoryBound(to: CChar.self), start.assumingMemoryBound(to: CChar.self),
          octets.count)
      }
      return unsafe length < 0 && errno == ENOENT ? nil : Self.kind(start, length)
    }
  }

  /// The same of a process's descriptor by its path: one call, where only one is asked about.
  static func kind(ofDescriptor number: Int32, of process: Int32) -> DescriptorKind {
    var link: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    // SAFETY: the kernel writes at most the size of the tuple, of which every octet is initialized; the path is terminated.
    return unsafe withUnsafeMutableBytes(of: &link) { octets -> DescriptorKind in
      guard let start = octets.baseAddress else { return .other }
      let length = unsafe "/proc/\(process)/fd/\(number)".withCString {
        unsafe readlink($0, start.assumingMemoryBound(to: CChar.self), octets.count)
      }
      return unsafe kind(start, length)
    }
  }

  /// What a link's text says; a negative length is an error in errno.
  @unsafe
  private static func kind(_ start: UnsafeMutableRawPointer, _ length: Int) -> DescriptorKind {
    // SAFETY: the caller has that many octets there.
    if length < 0 { return errno == EACCES || errno == EPERM ? .forbidden : .other }
    let prefix: StaticString = "socket:["
    guard length > prefix.utf8CodeUnitCount, unsafe memcmp(start, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
    else { return .other }
    var inode: UInt64 = 0
    for place in prefix.utf8CodeUnitCount..<length {
      let octet = unsafe start.load(fromByteOffset: place, as: UInt8.self)
      if octet == 0x5D { return .socket(inode) }
      guard octet >= 0x30, octet <= 0x39 else { return .other }
      inode = inode &* 10 &+ UInt64(octet &- 0x30)
    }
    return .other
  }
}
