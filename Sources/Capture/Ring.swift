import CLinux
import Glibc
import Linux
import Synchronization
import Wire

/// A TPACKET_V3 receive ring: blocks of frames in memory shared with the kernel, which fills them in order and waits
/// for each to be given back. See the kernel's networking/packet_mmap.rst.
///
/// One block at a time is lent, as a `RingBlock`. What is put down half read is taken up there again.
@safe
struct Ring: ~Copyable {
  /// How far the reading has come. A block changes it, so it stands apart from the ring that lends the block.
  struct Position {
    /// The block that is read, or will be next.
    var block = 0
    /// Whether the block is ours: the kernel has handed it over and does not have it back.
    var isHeld = false
    /// Where in the block the next frame's header is, in octets.
    var offset = 0
    /// How many frames of the block are left.
    var remaining: UInt32 = 0
    /// Frames that were handed out, over the ring's life.
    var delivered: UInt64 = 0
    /// Frames that were passed over as sent by this host.
    var ignored: UInt64 = 0
  }

  /// The measures.
  let geometry: RingGeometry
  private let format: RingFormat
  private let map: MemoryMap
  private let position: UnsafeMutablePointer<Position>

  /// Maps the ring that was requested of a packet socket.
  init(of socket: borrowing PacketSocket, _ geometry: RingGeometry, _ format: RingFormat) throws(SystemError) {
    map = try MemoryMap(sharing: socket.descriptor, length: geometry.memory)
    self.geometry = geometry
    self.format = format
    // SAFETY: freed in deinit, and used by this ring and the block that it lends only.
    unsafe position = .allocate(capacity: 1)
    unsafe position.initialize(to: Position())
  }

  deinit {
    // SAFETY: allocated in the initializer; Position needs no deinitialization.
    unsafe position.deallocate()
  }

  // SAFETY: the position lives as long as this ring; nobody else changes it while the ring is borrowed.
  /// Frames that were handed out.
  var delivered: UInt64 { unsafe position.pointee.delivered }
  /// Frames that were passed over as sent by this host.
  var ignored: UInt64 { unsafe position.pointee.ignored }

  /// When the next frame was captured, in nanoseconds since the Epoch; nil where no frame is ready.
  mutating func headTime() -> Int64? {
    nextBlock()?.headTime
  }

  /// The block to go on with; nil where the kernel has not handed one over. It is given back, once, when it ends with
  /// no frame left.
  @inline(__always)
  @_lifetime(&self)
  mutating func nextBlock() -> RingBlock? {
    // SAFETY: the position is less than the block count, so the block is inside the mapping; it begins with a
    // tpacket_block_desc, which the kernel has set up. Its status is only accessed atomically; what else the block
    // holds, only while the status says that it is ours. The block's lifetime is an access to the ring.
    let base = unsafe map.base + position.pointee.block &* Int(geometry.blockSize)
    if unsafe !position.pointee.isHeld {
      guard unsafe RingBlock.isReady(base) else { return nil }
      unsafe position.pointee.isHeld = true
      let header = unsafe base.assumingMemoryBound(to: tpacket_block_desc.self)
      unsafe position.pointee.offset = Int(header.pointee.hdr.bh1.offset_to_first_pkt)
      unsafe position.pointee.remaining = header.pointee.hdr.bh1.num_pkts
    }
    return unsafe RingBlock(
      base: base, size: Int(geometry.blockSize), count: Int(geometry.blockCount), format: format, position: position)
  }
}
