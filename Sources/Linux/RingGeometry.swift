/// The measures of a receive ring. See the kernel's networking/packet_mmap.rst.
public struct RingGeometry: Equatable, Sendable {
  /// Octets of a block, a power of two and a multiple of the page size; it must hold a whole frame.
  public var blockSize: UInt32
  /// How many blocks there are.
  public var blockCount: UInt32
  /// After how many milliseconds a block that is not full is handed over.
  public var retireMilliseconds: UInt32
  /// Octets kept free before each frame.
  public var headroom: UInt32

  /// Measures with their parts.
  public init(blockSize: UInt32, blockCount: UInt32, retireMilliseconds: UInt32, headroom: UInt32) {
    self.blockSize = blockSize
    self.blockCount = blockCount
    self.retireMilliseconds = retireMilliseconds
    self.headroom = headroom
  }

  /// A ring of about that many octets: blocks of 1 MiB, or of 512 KiB where that would make fewer than four.
  public init(memory: Int, retireMilliseconds: UInt32 = 10, headroom: UInt32) {
    let size = memory >= 4 << 20 ? 1 << 20 : 512 << 10
    self.init(
      blockSize: UInt32(size), blockCount: UInt32(clamping: Swift.max(2, memory / size)),
      retireMilliseconds: retireMilliseconds, headroom: headroom)
  }

  /// The memory that it takes, in octets.
  public var memory: Int { Int(blockSize) * Int(blockCount) }
}
