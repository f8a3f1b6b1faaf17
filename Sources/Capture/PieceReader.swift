import Glibc

/// A file or pipe read in pieces into one buffer that is used over and over; the only unsafe part of reading captures.
///
/// A sequential pass by read(2) in pieces of 256 KiB is faster than a memory map, works on pipes, and keeps memory flat.
@safe
struct PieceReader: ~Copyable {
  /// How much is asked of one read(2) at first, in octets.
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

  private var memory: SavefilePiece
  /// How much is asked of one read(2), in octets.
  private var wanted = Self.pieceLength
  private var start = 0
  private var end = 0
  private var toSkip = 0
  let descriptor: Int32
  private let closesDescriptor: Bool
  private var ahead: ReadAhead?

  /// Where the first unread octet lies in the file, in octets from its start.
  private(set) var offset: UInt64 = 0

  /// A reader over an open descriptor, at its present position.
  init(descriptor: Int32, closing: Bool) {
    self.descriptor = descriptor
    closesDescriptor = closing
    memory = SavefilePiece(length: Self.pieceLength)
  }

  deinit {
    ahead?.end()
    if closesDescriptor { _ = close(descriptor) }
  }

  /// From here on reads ahead in a thread of its own, where one can be had.
  mutating func readAhead() {
    guard ahead == nil, let reader = try? ReadAhead(descriptor: descriptor), (try? reader.begin()) != nil else {
      return
    }
    ahead = reader
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
      // SAFETY: start...end lies in the memory and was filled by read; the memory is neither moved nor freed while
      // self is borrowed.
      let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(memory.base + start), byteCount: end &- start)
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
    if let ahead { return take(from: ahead, needed: needed) }
    makeRoom(needed)
    let room = Swift.min(memory.capacity &- end, wanted)
    guard room > 0 else { return .failed(ENOMEM) }
    // SAFETY: end + room is at most the capacity.
    let count = unsafe read(descriptor, memory.base + end, room)
    if count < 0 {
      let number = errno
      return number == EINTR ? .interrupted : .failed(number)
    }
    return gained(count)
  }

  /// Goes on with octets that have come in.
  private mutating func gained(_ count: Int) -> Outcome {
    end &+= count
    let skipped = Swift.min(toSkip, end &- start)
    if skipped > 0 {
      toSkip &-= skipped
      consume(skipped)
    }
    return count == 0 ? .end : .more
  }

  /// Takes what was read ahead, and puts what is unread before it.
  private mutating func take(from ahead: ReadAhead, needed: Int) -> Outcome {
    var outcome = Outcome.end
    ahead.take { piece, count, failure in
      if failure != 0 {
        outcome = .failed(failure)
      } else if piece.put(unread, before: ReadAhead.start) {
        let before = end &- start
        swap(&memory, &piece)
        start = ReadAhead.start &- before
        end = ReadAhead.start
        outcome = gained(count)
      } else {
        outcome = append(piece, count, needed: needed)
      }
    }
    return outcome
  }

  /// Puts octets behind those that are unread, of a record that is larger than what is read at once.
  private mutating func append(_ piece: borrowing SavefilePiece, _ count: Int, needed: Int) -> Outcome {
    makeRoom(needed)
    while memory.capacity &- end < count {
      let before = memory.capacity
      memory.grow()
      guard memory.capacity > before else { return .failed(ENOMEM) }
    }
    memory.copy(piece, from: ReadAhead.start, count: count, to: end)
    return gained(count)
  }

  /// Gives away the memory with all that was read into it, for another that is used from here on and gets what is
  /// unread. From then on it reads as much at once as pieces hold that are kept.
  mutating func exchange(_ other: inout SavefilePiece) {
    other.takeOver(unread)
    swap(&memory, &other)
    end &-= start
    start = 0
    wanted = SavefilePiece.length
  }

  /// Moves what is unread to the front, and doubles the memory where a record needs it: step by step, so that a lying
  /// length costs no more than the octets that are really there.
  private mutating func makeRoom(_ needed: Int) {
    if start > 0, start == end {
      start = 0
      end = 0
    }
    guard memory.capacity &- end < wanted else { return }
    if start > 0 {
      // SAFETY: both ranges lie in the memory; memmove allows them to overlap.
      unsafe _ = memmove(memory.base, memory.base + start, end &- start)
      end &-= start
      start = 0
    }
    guard needed > memory.capacity, memory.capacity &- end < wanted / 2 else { return }
    memory.grow()
  }
}
