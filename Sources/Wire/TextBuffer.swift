/// A growing buffer of octets that text is written into: reused for every packet, so that none allocates.
///
/// It owns its memory; `bytes` lends what was written until the next change.
@safe
public struct TextBuffer: ~Copyable {
  @usableFromInline var base: UnsafeMutablePointer<UInt8>
  @usableFromInline var capacity: Int
  /// How many octets were written.
  public private(set) var count = 0
  /// Whether styles write terminal colors.
  public let color: Bool

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
      // SAFETY: the first `count` octets are initialized and live as long as this value is borrowed.
      let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Forgets what was written and keeps the memory.
  public mutating func removeAll() { count = 0 }

  /// Forgets what was written after a length that `count` had before.
  public mutating func truncate(to length: Int) { count = Swift.min(count, Swift.max(length, 0)) }

  /// Takes back a space at the end, where there is one.
  public mutating func removeTrailingSpace() {
    // SAFETY: the octet before `count` was written.
    if count > 0, unsafe base[count &- 1] == 0x20 { count &-= 1 }
  }

  /// Makes room for that many octets more.
  @inline(__always)
  mutating func reserve(_ additional: Int) {
    if count &+ additional > capacity { grow(by: additional) }
  }

  @inline(never)
  private mutating func grow(by additional: Int) {
    let size = Swift.max(capacity &* 2, count &+ additional)
    // SAFETY: the old octets are copied before their memory is freed.
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
    unsafe larger.update(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = larger
    capacity = size
  }

  /// Writes one octet.
  @inline(__always)
  public mutating func append(_ byte: UInt8) {
    reserve(1)
    // SAFETY: room was made.
    unsafe base[count] = byte
    count &+= 1
  }

  /// Writes a text of our own.
  @inline(__always)
  public mutating func append(_ text: StaticString) {
    guard text.hasPointerRepresentation else {
      // A literal of one scalar: ours are ASCII.
      return append(UInt8(truncatingIfNeeded: text.unicodeScalar.value))
    }
    let length = text.utf8CodeUnitCount
    reserve(length)
    // SAFETY: room was made, and a literal's octets live for ever.
    unsafe (base + count).update(from: text.utf8Start, count: length)
    count &+= length
  }

  /// Writes octets as they are: only for those that are known to be fit for where they go.
  public mutating func append(_ span: RawSpan) {
    let length = span.byteCount
    reserve(length)
    // SAFETY: room was made; the two regions are distinct, since a span of this buffer would borrow it.
    unsafe span.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe UnsafeMutableRawPointer(base + count).copyMemory(from: start, byteCount: length)
    }
    count &+= length
  }

  /// Writes a short text of our own that is not a literal, such as an interface's name: escaped.
  public mutating func append(escaping text: String) {
    let units = text.utf8.span
    // SAFETY: UInt8 has no padding, so its storage may be read as raw octets.
    appendEscaped(unsafe units.bytes, for: .terminal)
  }

  /// Writes the same octet several times.
  public mutating func append(repeating byte: UInt8, count times: Int) {
    for _ in 0..<Swift.max(times, 0) { append(byte) }
  }

  /// Fills with spaces up to a column counted from an earlier position.
  public mutating func pad(to column: Int, from start: Int) {
    append(repeating: 0x20, count: column &- (count &- start))
  }

  /// Writes decimal digits through a two-digit table, `minimumDigits` at the least.
  @inline(__always)
  mutating func appendDigits(_ value: UInt64, minimumDigits: Int = 1) {
    reserve(24)
    var digits = 1
    var limit: UInt64 = 10
    while digits < 20, value >= limit {
      digits &+= 1
      limit = limit &* 10
      if digits == 20 { break }
    }
    digits = Swift.max(digits, Swift.min(minimumDigits, 20))
    var rest = value
    var position = count &+ digits
    // SAFETY: room for 24 was made, and no number has more than 20 digits.
    while rest >= 10, position > count &+ 1 {
      let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 100)
      rest = quotient
      position &-= 2
      unsafe base[position &+ 1] = UInt8(truncatingIfNeeded: 0x30 &+ remainder % 10)
      unsafe base[position] = UInt8(truncatingIfNeeded: 0x30 &+ remainder / 10)
    }
    if position > count {
      position &-= 1
      unsafe base[position] = UInt8(truncatingIfNeeded: 0x30 &+ rest % 10)
    }
    while position > count {
      position &-= 1
      unsafe base[position] = 0x30
    }
    count &+= digits
  }
}
