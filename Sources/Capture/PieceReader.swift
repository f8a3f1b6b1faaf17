import Glibc

/// A file or pipe read in pieces into one buffer that is used over and over; the only unsafe part of reading captures.
///
/// A sequential pass by read(2) in pieces of 256 KiB is faster than a memory map, works on pipes, and keeps memory flat.
@safe
struct PieceReader: ~Copyable {
  /// How much is asked of one read(2), in octets.
  static let pieceLength = 262_144
  /// The most that may be held at once, in octets: the bound of one record.
  static let maximumLength = 67_108_864

  /// How an attempt to read went.
  enum Outcome {
    /// There are more unread octets, or octets were skipped.
    case more
    /// The file or pipe has ended.
    case end
    /// A signal came first; nothing was read.
    case interrupted
    /// read(2) failed with an error number; see errno(3).
    case failed(Int32)
  }

  private var storage: UnsafeMutableRawPointer
  private var capacity: Int
  private var start = 0
  private var end = 0
  private var toSkip = 0
  let descriptor: Int32
  private let closesDescriptor: Bool

  /// Where the first unread octet lies in the file, in octets from its start.
  private(set) var offset: UInt64 = 0

  /// A reader over an open descriptor, at its present position.
  init(descriptor: Int32, closing: Bool) {
    self.descriptor = descriptor
    closesDescriptor = closing
    capacity = Self.pieceLength + 65_536
    // SAFETY: the storage is freed in deinit and nowhere else, and no span outlives a borrow of self.
    unsafe storage = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
  }

  deinit {
    // SAFETY: the storage came from allocate or realloc, both of which free(3) takes back; nobody else holds it.
    unsafe free(storage)
    if closesDescriptor { _ = close(descriptor) }
  }

  /// How many octets have been read but not consumed.
  var unreadCount: Int { end &- start }

  /// Whether octets were consumed that have not been read yet.
  var isSkipping: Bool { toSkip > 0 }

  /// Where reading has come to in the file, in octets from its start.
  var endOffset: UInt64 { offset &+ UInt64(end &- start) }

  /// The octets that have been read but not consumed.
  var unread: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      // SAFETY: start...end lies in the storage and was filled by read; the storage is neither moved nor freed while
      // self is borrowed.
      let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(storage + start), byteCount: end &- start)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Gives up the first unread octets; what goes beyond them is skipped as it comes in.
  mutating func consume(_ count: Int) {
    let available = Swift.min(count, end &- start)
    start &+= available
    offset &+= UInt64(available)
    toSkip &+= count &- available
  }

  /// Reads once, after making room for `needed` unread octets in all.
  mutating func fill(needed: Int) -> Outcome {
    makeRoom(needed)
    let wanted = Swift.min(capacity &- end, Self.pieceLength)
    guard wanted > 0 else { return .failed(ENOMEM) }
    // SAFETY: end + wanted is at most capacity.
    let count = unsafe read(descriptor, storage + end, wanted)
    if count < 0 {
      let number = errno
      return number == EINTR ? .interrupted : .failed(number)
    }
    end &+= count
    let skipped = Swift.min(toSkip, end &- start)
    if skipped > 0 {
      toSkip &-= skipped
      consume(skipped)
    }
    return count == 0 ? .end : .more
  }

  /// Moves what is unread to the front, and doubles the buffer where a record needs it: step by step, so that a lying
  /// length costs no more than the octets that are really there.
  private mutating func makeRoom(_ needed: Int) {
    if start > 0, start == end {
      start = 0
      end = 0
    }
    guard capacity &- end < Self.pieceLength else { return }
    if start > 0 {
      // SAFETY: both ranges lie in the storage; memmove allows them to overlap.
      unsafe _ = memmove(storage, storage + start, end &- start)
      end &-= start
      start = 0
    }
    guard needed > capacity, capacity &- end < Self.pieceLength / 2 else { return }
    let larger = Swift.min(capacity &* 2, Self.maximumLength &+ Self.pieceLength)
    // SAFETY: allocate with an alignment of 16 or less takes from malloc, so realloc may move it; on failure the old
    // storage stays as it is.
    guard larger > capacity, let moved = unsafe realloc(storage, larger) else { return }
    unsafe storage = moved
    capacity = larger
  }
}
