import Glibc
public import Wire

/// Memory that a piece of a capture file is read into.
///
/// Frames lie in it as they came, so that whoever wants to keep those of a piece takes the piece instead of copies, and
/// gives the reader another in exchange: see `Savefile.forEachFrame`.
@safe
public struct SavefilePiece: ~Copyable {
  /// How much is read at once where pieces are kept, in octets: a piece, and the text that is made of it, stay in the
  /// cache of the processor that reads it.
  public static let length = 131_072
  /// Room for what one record has left over from the piece before, in octets.
  static let slack = 65_536

  private(set) var base: UnsafeMutableRawPointer
  private(set) var capacity: Int

  /// Room for so many octets, and for what is left over from the piece before.
  public init(length: Int = Self.length) {
    capacity = length &+ Self.slack
    // SAFETY: freed in deinit and nowhere else. All of it is initialized, so that any part of it may be lent.
    unsafe base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: capacity)
  }

  deinit {
    // SAFETY: the memory came from allocate or realloc, both of which free(3) takes back; nobody else holds it.
    unsafe free(base)
  }

  /// Whether a record has made it larger than it was at first.
  public var isLarge: Bool { capacity > PieceReader.pieceLength &+ Self.slack }

  /// Where a frame stands that was read into this or another piece, to be asked for when the piece is at hand.
  public static func place(of frame: borrowing Frame) -> UInt {
    // SAFETY: nothing is read from the address; it only tells places apart.
    unsafe frame.bytes.withUnsafeBytes { octets in UInt(bitPattern: octets.baseAddress) }
  }

  /// The octets at a frame's place; fewer or none where they do not lie in this piece.
  @_lifetime(borrow self)
  public func octets(at place: UInt, length: Int) -> RawSpan {
    // SAFETY: the whole memory is initialized, and lives as long as self is borrowed; nobody writes to it meanwhile, since
    // that needs self for itself.
    let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: capacity)
    let all = unsafe _overrideLifetime(span, borrowing: self)
    let offset = place &- UInt(bitPattern: unsafe base)
    return all.slice(from: Int(clamping: offset), length: length)
  }

  /// Makes it twice as large, where that is allowed and there is memory.
  mutating func grow() {
    let larger = Swift.min(capacity &* 2, PieceReader.maximumLength &+ PieceReader.pieceLength)
    // SAFETY: allocate with an alignment of 16 or less takes from malloc, so realloc may move it; on failure the old
    // memory stays as it is. What is new is initialized at once.
    guard larger > capacity, let moved = unsafe realloc(base, larger) else { return }
    unsafe base = moved
    unsafe _ = memset(base + capacity, 0, larger &- capacity)
    capacity = larger
  }

  /// Reads once, at a place in it, as many octets as there is room for behind; says how many, and why not.
  mutating func read(from descriptor: Int32, at start: Int, upTo limit: Int, _ failure: inout Int32) -> Int {
    while true {
      let room = Swift.min(capacity &- start, limit)
      guard room > 0 else { return 0 }
      // SAFETY: start + room is at most the capacity.
      let count = unsafe Glibc.read(descriptor, base + start, room)
      if count >= 0 { return count }
      guard errno == EINTR else {
        failure = errno
        return 0
      }
    }
  }

  /// Takes a copy of octets so that they end at a place in it; false where there is no room before that.
  mutating func put(_ octets: RawSpan, before end: Int) -> Bool {
    let count = octets.byteCount
    guard count <= end, end <= capacity else { return false }
    // SAFETY: there is room for so many before the end, and the octets lie in another piece's memory.
    unsafe octets.withUnsafeBytes { source in
      if let start = source.baseAddress { unsafe (base + (end &- count)).copyMemory(from: start, byteCount: count) }
    }
    return true
  }

  /// Takes a copy of another's octets at a place in it, which there is room for.
  mutating func copy(_ other: borrowing SavefilePiece, from start: Int, count: Int, to place: Int) {
    guard start &+ count <= other.capacity, place &+ count <= capacity else { return }
    // SAFETY: both ranges lie in their memories, as the guard says, which are two.
    unsafe (base + place).copyMemory(from: other.base + start, byteCount: count)
  }

  /// Takes a copy of octets at its front, in place of what was in it.
  mutating func takeOver(_ octets: RawSpan) {
    let count = octets.byteCount
    if count > capacity { self = SavefilePiece(length: count) }
    // SAFETY: there is room for so many, and the octets lie in another piece's memory.
    unsafe octets.withUnsafeBytes { source in
      if let start = source.baseAddress { unsafe base.copyMemory(from: start, byteCount: count) }
    }
  }
}
