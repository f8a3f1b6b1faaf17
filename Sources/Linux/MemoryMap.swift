import Glibc

/// A shared mapping of a descriptor's memory, unmapped once, when its owner goes. See mmap(2).
@safe
public struct MemoryMap: ~Copyable {
  /// The first octet; valid as long as this value lives.
  @unsafe public let base: UnsafeMutableRawPointer
  /// The length in octets.
  public let length: Int

  /// Maps `length` octets from the descriptor's start, to be read and mostly written, shared with the kernel.
  public init(sharing descriptor: borrowing Descriptor, length: Int, isWritable: Bool = true) throws(SystemError) {
    let number = descriptor.rawValue
    // SAFETY: the kernel chooses the address, so nothing that is mapped is replaced.
    let base = unsafe mmap(nil, length, isWritable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, number, 0)
    guard let base = unsafe base, unsafe base != UnsafeMutableRawPointer(bitPattern: -1) else {
      throw SystemError(call: "mmap", code: errno)
    }
    unsafe self.base = base
    self.length = length
  }

  deinit {
    // SAFETY: nobody has the mapping but this value, which ends here.
    unsafe munmap(base, length)
  }
}
