/// A growing buffer of octets that text is written into: reused for every packet, so that none allocates.
///
/// It owns its memory; `bytes` lends what was written until the next change. What is small and called for every field
/// is inlinable, which a benchmark asked for: a call over the module border for each comma costs more than the comma.
@safe
public struct TextBuffer: ~Copyable {
  @usableFromInline var base: UnsafeMutablePointer<UInt8>
  @usableFromInline var capacity: Int
  @usableFromInline var used = 0
  /// Whether styles write terminal colors.
  public let color: Bool

  /// How many octets were written.
  @inlinable public var count: Int { used }

  /// An empty buffer.
  public init(capacity: Int = 1 << 16, color: Bool = false) {
    let size = Swift.max(capacity, 256)
    // SAFETY: freed in deinit, and never handed out but as a borrowed span.
    unsafe base = .allocate(capacity: size)
    self.capacity = size
    self.color = color
  }

  deinit {
    // SAFETY: allocated in init or grow, owned by this value alone.
    unsafe base.deallocate()
  }

  /// What was written so far.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // SAFETY: the first `used` octets are initialized and live as long as this value is borrowed.
      let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: used)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Forgets what was written and keeps the memory.
  @inlinable
  public mutating func removeAll() { used = 0 }

  /// Takes back what was written behind an earlier position.
  @inlinable
  public mutating func truncate(to count: Int) {
    if count >= 0, count < used { used = count }
  }

  /// Takes back a space at the end, where there is one.
  @inlinable
  public mutating func removeTrailingSpace() {
    // SAFETY: the octet before `used` was written.
    if used > 0, unsafe base[used &- 1] == 0x20 { used &-= 1 }
  }

  /// Takes back octets at the end, as far as there are any.
  public mutating func removeLast(_ octets: Int) {
    used = Swift.max(0, used &- Swift.max(octets, 0))
  }

  /// Makes room for that many octets more.
  @inlinable @inline(__always)
  mutating func reserve(_ additional: Int) {
    if used &+ additional > capacity { grow(by: additional) }
  }

  @inline(never) @usableFromInline
  mutating func grow(by additional: Int) {
    let size = Swift.max(capacity &* 2, used &+ additional)
    // SAFETY: the old octets are copied before their memory is freed.
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
    unsafe larger.update(from: base, count: used)
    unsafe base.deallocate()
    unsafe base = larger
    capacity = size
  }

  /// Writes one octet.
  @inlinable @inline(__always)
  public mutating func append(_ byte: UInt8) {
    reserve(1)
    // SAFETY: room was made.
    unsafe base[used] = byte
    used &+= 1
  }

  /// Writes the low octets of a word, the lowest first, at most eight.
  @inlinable @inline(__always)
  public mutating func append(packed word: UInt64, count: Int) {
    reserve(8)
    // SAFETY: room for eight was made; only the first `count` of them are kept.
    unsafe UnsafeMutableRawPointer(base + used).storeBytes(of: word.littleEndian, as: UInt64.self)
    used &+= Swift.min(Swift.max(count, 0), 8)
  }

  /// Writes a text of our own.
  @inlinable @inline(__always)
  public mutating func append(_ text: StaticString) {
    guard text.hasPointerRepresentation else {
      // A literal of one scalar: ours are ASCII.
      return append(UInt8(truncatingIfNeeded: text.unicodeScalar.value))
    }
    let length = text.utf8CodeUnitCount
    reserve(length)
    // SAFETY: room was made, and a literal's octets live for ever, outside this buffer.
    unsafe UnsafeMutableRawPointer(base + used).copyMemory(from: text.utf8Start, byteCount: length)
    used &+= length
  }

  /// Writes the name of a JSON object's member, a text of our own, with quotation marks and a colon, after a comma
  /// where there is one.
  public mutating func append(member name: StaticString, afterComma: Bool) {
    let length = name.utf8CodeUnitCount
    reserve(length &+ 4)
    // SAFETY: room was made, and a literal's octets live for ever, outside this buffer.
    var end = unsafe base + used
    if afterComma {
      unsafe end[0] = UInt8(ascii: ",")
      unsafe end += 1
    }
    unsafe end[0] = UInt8(ascii: "\"")
    unsafe Self.copyName(name.utf8Start, length, to: end + 1)
    unsafe end += length &+ 1
    unsafe end[0] = UInt8(ascii: "\"")
    unsafe end[1] = UInt8(ascii: ":")
    used &+= length &+ (afterComma ? 4 : 3)
  }

  /// Copies a short text: for the few octets of a name, two words that overlap are half of what memcpy(3) takes.
  @inline(__always)
  private static func copyName(_ source: UnsafePointer<UInt8>, _ length: Int, to target: UnsafeMutablePointer<UInt8>) {
    // SAFETY: the caller made room for so many octets, and the text has them; each word lies within both.
    let (from, to) = unsafe (UnsafeRawPointer(source), UnsafeMutableRawPointer(target))
    if length > 32 { return unsafe to.copyMemory(from: from, byteCount: length) }
    if length >= 16 {
      let first = unsafe from.loadUnaligned(as: UInt128.self)
      let last = unsafe from.loadUnaligned(fromByteOffset: length &- 16, as: UInt128.self)
      unsafe to.storeBytes(of: first, as: UInt128.self)
      unsafe to.storeBytes(of: last, toByteOffset: length &- 16, as: UInt128.self)
    } else if length >= 8 {
      let first = unsafe from.loadUnaligned(as: UInt64.self)
      let last = unsafe from.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
      unsafe to.storeBytes(of: first, as: UInt64.self)
      unsafe to.storeBytes(of: last, toByteOffset: length &- 8, as: UInt64.self)
    } else if length >= 4 {
      let first = unsafe from.loadUnaligned(as: UInt32.self)
      let last = unsafe from.loadUnaligned(fromByteOffset: length &- 4, as: UInt32.self)
      unsafe to.storeBytes(of: first, as: UInt32.self)
      unsafe to.storeBytes(of: last, toByteOffset: length &- 4, as: UInt32.self)
    } else {
      for index in 0..<length { unsafe target[index] = unsafe source[index] }
    }
  }

  /// Writes octets as they are: only for those that are known to be fit for where they go.
  public mutating func append(_ span: RawSpan) {
    let length = span.byteCount
    reserve(length)
    // SAFETY: room was made; the two regions are distinct, since a span of this buffer would borrow it.
    unsafe span.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe UnsafeMutableRawPointer(base + used).copyMemory(from: start, byteCount: length)
    }
    used &+= length
  }

  /// The same of a part of another buffer that is mostly short, such as a process's name.
  @inline(__always)
  public mutating func append(from start: Int, to end: Int, of other: borrowing TextBuffer) {
    let length = end &- start
    guard start >= 0, length > 0, end <= other.used else { return }
    reserve(length)
    // SAFETY: room was made; the part is within what the other buffer holds, which is not this one.
    unsafe Self.copyName(other.base + start, length, to: base + used)
    used &+= length
  }

  /// Writes a short text of our own that is not a literal, such as an interface's name: escaped.
  public mutating func append(escaping text: String, for target: EscapeTarget = .terminal) {
    let units = text.utf8.span
    // SAFETY: UInt8 has no padding, so its storage may be read as raw octets.
    appendEscaped(unsafe units.bytes, for: target)
  }

  /// Writes the same octet several times.
  public mutating func append(repeating byte: UInt8, count times: Int) {
    let length = Swift.max(times, 0)
    reserve(length)
    // SAFETY: room was made.
    unsafe (base + used).update(repeating: byte, count: length)
    used &+= length
  }

  /// Fills with spaces up to a column counted from an earlier position.
  public mutating func pad(to column: Int, from start: Int) {
    append(repeating: 0x20, count: column &- (used &- start))
  }
}
