import CLinux
import Glibc

/// Processes that begin to use sockets of the internet, as the kernel tells of them at once. See the kernel's bpf/ringbuf.rst.
public struct SocketUsers: ~Copyable {
  /// A process that used one for the first time, as far as is remembered.
  public struct User: Sendable {
    public var process: Int32
    /// When it was started, in nanoseconds since the system's start.
    public var start: UInt64
  }

  /// The ring's room for records, of which it has some hundreds.
  static let octets = 1 << 15
  private static let headerLength = 8

  /// The number of the descriptor that is readable when something waits, which is the notes'.
  public let descriptor: Int32
  /// How far it was read; how far it is written, and the records, twice one after the other, so that none has to be put together.
  private let read: MemoryMap
  private let written: MemoryMap
  private let page: Int

  init(_ ring: borrowing Descriptor) throws(SystemError) {
    let page = max(sysconf(Int32(_SC_PAGESIZE)), 1)
    let read = try MemoryMap(sharing: ring, length: page)
    let written = try MemoryMap(sharing: ring, from: page, length: page &+ 2 &* Self.octets, isWritable: false)
    descriptor = ring.rawValue
    self.page = page
    self.read = read
    self.written = written
  }

  /// The next one; nil where none waits.
  public mutating func next() -> User? {
    // SAFETY: each page begins with a position.
    var position = unsafe clinux_ring_position(read.base)
    // SAFETY: as above.
    let end = unsafe clinux_ring_position(written.base)
    while position < end {
      let place = page &+ Int(position & UInt(Self.octets &- 1))
      // SAFETY: a record's header is within the ring, which is there twice.
      let header = unsafe clinux_ring_record(written.base.advanced(by: place))
      guard header & BPF_RINGBUF_BUSY_BIT == 0 else { return nil }
      let length = Int(header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT))
      var user: User?
      if header & BPF_RINGBUF_DISCARD_BIT == 0, length >= MemoryLayout<clinux_socket_user>.size {
        // SAFETY: the record is that long, and nobody writes it any more.
        let record = unsafe written.base.loadUnaligned(
          fromByteOffset: place &+ Self.headerLength, as: clinux_socket_user.self)
        user = User(process: Int32(bitPattern: record.process), start: record.start)
      }
      position &+= UInt((Self.headerLength &+ length &+ 7) & ~7)
      // SAFETY: the first page is this program's to write.
      unsafe clinux_set_ring_position(read.base, position)
      if let user { return user }
    }
    return nil
  }
}
