import CLinux
import Glibc
import Linux
import Synchronization
import Wire

/// A block of a ring while it is ours: it lends its frames one after another, and goes back to the kernel when it ends
/// with none left.
@safe
struct RingBlock: ~Copyable, ~Escapable {
  /// Why handing out frames ended.
  enum Ending {
    /// There are no more in this block.
    case finished
    /// The next one is later than asked for.
    case later
    /// The receiver wants no more.
    case stopped
  }

  private let base: UnsafeMutableRawPointer
  private let size: Int
  private let count: Int
  private let format: RingFormat
  private let position: UnsafeMutablePointer<Ring.Position>

  /// A block at its place in the mapping.
  @unsafe
  @inline(__always)
  @_lifetime(borrow position)
  init(
    base: UnsafeMutableRawPointer, size: Int, count: Int, format: RingFormat,
    position: UnsafeMutablePointer<Ring.Position>
  ) {
    unsafe self.base = base
    self.size = size
    self.count = count
    self.format = format
    unsafe self.position = position
  }

  deinit {
    // SAFETY: the block is ours until the status is stored, and nothing of it is touched afterwards; the position
    // outlives it, being the ring's.
    guard unsafe position.pointee.remaining == 0 else { return }
    unsafe position.pointee.isHeld = false
    let next = unsafe position.pointee.block &+ 1
    unsafe position.pointee.block = next == count ? 0 : next
    unsafe Self.status(base).pointee.store(UInt32(TP_STATUS_KERNEL), ordering: .releasing)
  }

  /// Whether the kernel has handed the block over; what it wrote before is then visible here.
  @unsafe
  @inline(__always)
  static func isReady(_ base: UnsafeMutableRawPointer) -> Bool {
    // SAFETY: see `status`.
    unsafe status(base).pointee.load(ordering: .acquiring) & UInt32(TP_STATUS_USER) != 0
  }

  /// The block's status, which both sides write.
  @unsafe
  @inline(__always)
  private static func status(_ base: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Atomic<UInt32>> {
    // SAFETY: the status is an aligned 32-bit word of the block's head, and is never accessed in another way.
    let offset = MemoryLayout<tpacket_block_desc>.offset(of: \.hdr) ?? 8
    return unsafe (base + offset).assumingMemoryBound(to: Atomic<UInt32>.self)
  }

  /// When the next frame was captured, in nanoseconds since the Epoch; nil where none is left.
  var headTime: Int64? {
    // SAFETY: the header is inside the block, as `header(at:)` has checked.
    guard unsafe position.pointee.remaining > 0, let header = unsafe header(at: position.pointee.offset) else {
      return nil
    }
    return unsafe Self.time(header)
  }

  /// Hands out frames captured up to a time, numbering them on. Before a frame `onNext` is shown the octets of the second one
  /// behind it, as they are in the ring.
  @inline(__always)
  mutating func deliver(
    through bound: Int64, number: inout UInt64, _ onFrame: (inout Frame) -> Bool, _ onNext: LiveCapture.Foresight
  ) -> Ending {
    // SAFETY: a header is only read where it is wholly inside the block, and a frame only as far as it is. The kernel
    // does not write in the block until it has it back.
    var offset = unsafe position.pointee.offset
    var remaining = unsafe position.pointee.remaining
    var delivered: UInt64 = 0
    // What was answered for the next frame, and for the one behind it.
    var foreseen: (UInt32, UInt32) = (0, 0)
    defer {
      unsafe position.pointee.offset = offset
      unsafe position.pointee.remaining = remaining
      unsafe position.pointee.delivered &+= delivered
    }
    while remaining > 0 {
      guard let header = unsafe header(at: offset) else {
        // The kernel never does this; if it did, there would be no way to find the other frames.
        remaining = 0
        break
      }
      if unsafe Self.time(header) > bound { return .later }
      let start = offset
      offset = start &+ Int(unsafe header.pointee.tp_next_offset)
      remaining &-= 1
      let shown = foreseen.0
      foreseen = (foreseen.1, remaining > 1 ? unsafe foresee(behind: offset, onNext) : 0)
      let address = unsafe UnsafeRawPointer(header).loadUnaligned(
        fromByteOffset: MemoryLayout<tpacket3_hdr>.size, as: sockaddr_ll.self)
      let isOutgoing = address.sll_pkttype == UInt8(PACKET_OUTGOING)
      if isOutgoing, format.dropsOutgoing {
        unsafe position.pointee.ignored &+= 1
        continue
      }
      number &+= 1
      delivered &+= 1
      guard unsafe lend(header, address, at: start, number: number, shown, onFrame) else { return .stopped }
    }
    return .finished
  }

  /// Shows the frame behind the one at an offset, and has the next one come into the cache while frames are worked on: the ring
  /// is larger than the caches.
  @unsafe
  @inline(__always)
  private func foresee(behind first: Int, _ onNext: LiveCapture.Foresight) -> UInt32 {
    // SAFETY: the headers are inside the block, and what is shown of the frame is clamped to it; a prefetch reads nothing that
    // anyone sees.
    guard let before = unsafe header(at: first) else { return 0 }
    let offset = first &+ Int(unsafe before.pointee.tp_next_offset)
    guard let header = unsafe header(at: offset) else { return 0 }
    let behind = min(offset &+ Int(unsafe header.pointee.tp_next_offset), size)
    unsafe clinux_prefetch(base + behind)
    unsafe clinux_prefetch(base + behind + 64)
    unsafe clinux_prefetch(base + behind + 128)
    // A cooked frame has no link header before it is handed out.
    guard format.linkType != .linuxSLL2 else { return 0 }
    let mac = min(offset &+ Int(unsafe header.pointee.tp_mac), size)
    // A tag that will be put back takes its part of what is kept.
    let hasTag = unsafe header.pointee.tp_status & UInt32(TP_STATUS_VLAN_VALID) != 0
    let kept = Int(format.snapLength) &- (hasTag ? RingFrame.tagLength : 0)
    let captured = max(min(Int(unsafe header.pointee.tp_snaplen), size &- mac, kept), 0)
    return onNext(unsafe RawSpan(_unsafeStart: base + mac, byteCount: captured), format.linkType)
  }

  /// Makes a frame whole and lends it.
  @unsafe
  @inline(__always)
  private func lend(
    _ header: UnsafeMutablePointer<tpacket3_hdr>, _ address: sockaddr_ll, at offset: Int, number: UInt64,
    _ foreseen: UInt32, _ onFrame: (inout Frame) -> Bool
  ) -> Bool {
    // SAFETY: `mac` and `captured` are clamped to the block; what is put before the frame stays behind the header and
    // its address, as the guards say.
    let status = unsafe header.pointee.tp_status
    var mac = min(offset &+ Int(unsafe header.pointee.tp_mac), size)
    var captured = min(Int(unsafe header.pointee.tp_snaplen), size &- mac)
    var original = unsafe header.pointee.tp_len
    let headers = offset &+ MemoryLayout<tpacket3_hdr>.size &+ MemoryLayout<sockaddr_ll>.size
    let hasTag = status & UInt32(TP_STATUS_VLAN_VALID) != 0
    if format.linkType == .linuxSLL2 {
      let room = Int(CookedFilter.headerLength) &+ (hasTag ? RingFrame.tagLength : 0)
      if mac &- room >= headers {
        let tag = hasTag ? unsafe RingFrame.tag(header) : nil
        unsafe RingFrame.putCookedHeader(base + mac, address, tag: tag)
        mac &-= room
        captured &+= room
        original &+= UInt32(room)
      }
    } else if hasTag, format.linkType == .ethernet {
      if captured >= RingFrame.addressesLength, mac &- RingFrame.tagLength >= headers {
        unsafe RingFrame.putBackTag(base + mac, RingFrame.tag(header))
        mac &-= RingFrame.tagLength
        captured &+= RingFrame.tagLength
      }
      original &+= UInt32(RingFrame.tagLength)
    }
    captured = min(captured, Int(format.snapLength))
    var info = FrameInfo(
      timestamp: Timestamp(
        seconds: Int64(unsafe header.pointee.tp_sec), nanoseconds: unsafe header.pointee.tp_nsec),
      originalLength: original, linkType: format.linkType, interface: format.interface,
      direction: address.sll_pkttype == UInt8(PACKET_OUTGOING) ? .outbound : .inbound,
      checksumOffload: RingFrame.checksum(status))
    info.number = number
    info.foreseen = foreseen
    let bytes = unsafe RawSpan(_unsafeStart: base + mac, byteCount: captured)
    var frame = Frame(bytes, info)
    return onFrame(&frame)
  }

  /// The header at an offset, where it is wholly inside the block.
  @unsafe
  @inline(__always)
  private func header(at offset: Int) -> UnsafeMutablePointer<tpacket3_hdr>? {
    // SAFETY: 48 octets of header and 20 of address are inside; the kernel aligns them.
    let length = MemoryLayout<tpacket3_hdr>.size &+ MemoryLayout<sockaddr_ll>.size
    guard offset > 0, offset & 7 == 0, offset <= size &- length else { return nil }
    return unsafe (base + offset).assumingMemoryBound(to: tpacket3_hdr.self)
  }

  @unsafe
  @inline(__always)
  private static func time(_ header: UnsafeMutablePointer<tpacket3_hdr>) -> Int64 {
    unsafe Int64(header.pointee.tp_sec) &* 1_000_000_000 &+ Int64(header.pointee.tp_nsec)
  }
}
