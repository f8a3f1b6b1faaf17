import Glibc

/// A shared mapping of a descriptor's memory, unmapped once, when its owner goes. See mmap(2).
@safe
public struct MemoryMap: ~Copyable {
  /// The first octet; valid as long as this value lives.
  @unsafe public let base: UnsafeMutableRawPointer
  /// The length in octets.
  public let length: Int

  /// Maps `length` octets from an offset on, to be read and mostly written, shared with the kernel.
  public init(
    sharing descriptor: borrowing Descriptor, from offset: Int = 0, length: Int, isWritable: Bool = true
  ) throws(SystemError) {
    let protection = isWritable ? PROT_READ | PROT_WRITE : PROT_READ
    try self.init(descriptor.rawValue, offset, length, protection, MAP_SHARED)
  }

  private init(
    _ descriptor: Int32, _ offset: Int, _ length: Int, _ protection: Int32, _ flags: Int32
  ) throws(SystemError) {
    // SAFETY: the kernel chooses the address, so nothing that is mapped is replaced.
    let base = unsafe mmap(nil, length, protection, flags, descriptor, offset)
    guard let base = unsafe base, unsafe base != UnsafeMutableRawPointer(bitPattern: -1) else {
      throw SystemError(call: "mmap", code: errno)
    }
    unsafe self.base = base
    self.length = length
  }

  /// Maps a file of the kernel's own, which never becomes shorter, to be read. Throws EFBIG where it has nothing, or more than
  /// `limit` octets.
  init(ofKernelFile path: String, limit: Int) throws(SystemError) {
    let file = try Descriptor.open(path, flags: O_RDONLY)
    var status = stat()
    let number = file.rawValue
    // SAFETY: the structure is written during the call.
    _ = try systemCall("fstat(\(path))") { unsafe fstat(number, &status) }
    let length = Int(status.st_size)
    guard 1...limit ~= length else { throw SystemError(call: path, code: EFBIG) }
    try self.init(number, 0, length, PROT_READ, MAP_PRIVATE)
  }

  /// The octets, which nobody may write meanwhile.
  var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // SAFETY: the memory is this value's, and stays as long as that.
      let bytes = unsafe RawSpan(_unsafeStart: base, byteCount: length)
      return unsafe _overrideLifetime(bytes, borrowing: self)
    }
  }

  deinit {
    // SAFETY: nobody has the mapping but this value, which ends here.
    unsafe munmap(base, length)
  }
}
