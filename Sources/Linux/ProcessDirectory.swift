import CLinux
import Glibc

/// A directory below /proc, held open: what is read through it is of one process, even where its number is used again.
struct ProcessDirectory: ~Copyable {
  private let descriptor: Descriptor

  private init(owning descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// Opens /proc. Throws where it is not mounted or may not be read.
  static func root() throws(SystemError) -> ProcessDirectory {
    ProcessDirectory(owning: try Descriptor.open("/proc", flags: O_RDONLY | O_DIRECTORY))
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

  /// Hands over every entry whose name is a number, with the name as it stands in the buffer: lent for the call.
  ///
  /// - Parameter buffer: where entries are read to; its size decides how many calls are made.
  func forEachNumber(
    in buffer: UnsafeMutableRawBufferPointer, _ body: (_ number: Int32, _ name: UnsafePointer<CChar>) -> Void
  ) throws(SystemError) {
    let directory = descriptor.rawValue
    let header = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
    let lengthOffset = MemoryLayout<dirent>.offset(of: \.d_reclen) ?? 16
    while true {
      // SAFETY: the kernel writes at most the count given. Every record is checked to lie within what it wrote and to
      // be longer than its fixed part; names are terminated within their record, and digits end at the terminator.
      let filled = try systemCall("getdents64(/proc)") {
        unsafe clinux_read_directory(directory, buffer.baseAddress, UInt(buffer.count))
      }
      guard filled > 0, let start = buffer.baseAddress else { return }
      var offset = 0
      while offset &+ header < filled {
        let record = unsafe start + offset
        let length = Int(unsafe (record + lengthOffset).loadUnaligned(as: UInt16.self))
        guard length > header, offset &+ length <= filled else { return }
        offset &+= length
        let name = unsafe (record + header).assumingMemoryBound(to: CChar.self)
        if let number = unsafe Self.number(name) { unsafe body(number, name) }
      }
    }
  }

  /// Reads a terminated name that is a number; nil for any other.
  private static func number(_ name: UnsafePointer<CChar>) -> Int32? {
    var value: Int32 = 0
    var place = 0
    while true {
      // SAFETY: the name is terminated, and nothing is read behind its first octet that is no digit.
      let digit = unsafe name[place]
      if digit == 0 { return place > 0 ? value : nil }
      guard digit >= 48, digit <= 57, place < 10 else { return nil }
      value = value &* 10 &+ Int32(digit &- 48)
      place &+= 1
    }
  }

  /// The inode of the socket that a descriptor's link stands for: `socket:[N]`; nil where it is no socket or gone.
  func socketInode(_ name: UnsafePointer<CChar>) -> UInt64? {
    let directory = descriptor.rawValue
    // Room for the prefix, twenty digits and the bracket; what is longer is no socket.
    var link: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    // SAFETY: the kernel writes at most the size of the tuple, of which every octet is initialized; the name is
    // terminated.
    return unsafe withUnsafeMutableBytes(of: &link) { octets -> UInt64? in
      guard let start = octets.baseAddress else { return nil }
      let length = unsafe readlinkat(directory, name, start.assumingMemoryBound(to: CChar.self), octets.count)
      let prefix: StaticString = "socket:["
      guard length > prefix.utf8CodeUnitCount, unsafe memcmp(start, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
      else { return nil }
      var inode: UInt64 = 0
      for place in prefix.utf8CodeUnitCount..<length {
        let octet = unsafe octets[place]
        if octet == 0x5D { return inode }
        guard octet >= 0x30, octet <= 0x39 else { return nil }
        inode = inode &* 10 &+ UInt64(octet &- 0x30)
      }
      return nil
    }
  }
}
