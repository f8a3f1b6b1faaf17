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
