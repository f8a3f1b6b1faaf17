/// Reading numbers in network byte order out of borrowed bytes.
///
/// Offsets are in octets from the start of the span. A header checks its length once, in its initializer, so a read
/// beyond the end is a mistake of ours: debug and fuzz builds stop there. A release build reads zero instead, because
/// no packet, and no mistake about one, may end a capture.
extension RawSpan {
  /// Whether that many octets stand at an offset.
  @inlinable @inline(__always)
  func holds(_ count: Int, at offset: Int) -> Bool {
    let holds = offset >= 0 && offset <= byteCount &- count
    assert(holds, "a read beyond the end of a header")
    return holds
  }

  /// The octet at an offset.
  @inlinable @inline(__always)
  public func uint8(at offset: Int) -> UInt8 {
    guard holds(1, at: offset) else { return 0 }
    // SAFETY: the range was checked, and every bit pattern is a valid integer.
    return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self)
  }

  /// The two octets at an offset, big-endian.
  @inlinable @inline(__always)
  public func uint16(at offset: Int) -> UInt16 {
    guard holds(2, at: offset) else { return 0 }
    // SAFETY: the range was checked, and every bit pattern is a valid integer.
    return unsafe UInt16(bigEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self))
  }

  /// The four octets at an offset, big-endian.
  @inlinable @inline(__always)
  public func uint32(at offset: Int) -> UInt32 {
    guard holds(4, at: offset) else { return 0 }
    // SAFETY: the range was checked, and every bit pattern is a valid integer.
    return unsafe UInt32(bigEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self))
  }

  /// The six octets at an offset, big-endian, as a hardware address in the low 48 bits.
  @inlinable @inline(__always)
  public func uint48(at offset: Int) -> UInt64 {
    UInt64(uint16(at: offset)) << 32 | UInt64(uint32(at: offset &+ 2))
  }

  /// The eight octets at an offset, big-endian.
  @inlinable @inline(__always)
  public func uint64(at offset: Int) -> UInt64 {
    guard holds(8, at: offset) else { return 0 }
    // SAFETY: the range was checked, and every bit pattern is a valid integer.
    return unsafe UInt64(bigEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
  }

  /// The sixteen octets at an offset, big-endian.
  @inlinable @inline(__always)
  public func uint128(at offset: Int) -> UInt128 {
    UInt128(uint64(at: offset)) << 64 | UInt128(uint64(at: offset &+ 8))
  }

  /// The four octets at an offset in little-endian order, as some link types and file formats have them.
  @inlinable @inline(__always)
  public func littleEndianUInt32(at offset: Int) -> UInt32 {
    uint32(at: offset).byteSwapped
  }

  /// The one's complement sum of the octets as big-endian words, added to an initial sum; an odd last octet counts as
  /// the high half of a word. RFC 1071.
  ///
  /// It does not matter how wide the words are that are added, as long as the carries come back in, nor in which byte
  /// order, as long as the result is turned (RFC 1071 section 2): so it adds eight octets at a time as they stand.
  func onesComplementSum(adding initial: UInt64) -> UInt64 {
    // SAFETY: every load ends within the count of the buffer, which is lent for the call.
    unsafe withUnsafeBytes { octets in
      // The carries collect in the upper halves. Two sums, since each addition waits for the one before.
      var wide: UInt128 = 0
      var other: UInt128 = 0
      var offset = 0
      let count = octets.count
      while offset &+ 64 <= count {
        for part in 0..<4 {
          let first = unsafe octets.loadUnaligned(fromByteOffset: offset &+ part &* 16, as: UInt64.self)
          let second = unsafe octets.loadUnaligned(fromByteOffset: offset &+ part &* 16 &+ 8, as: UInt64.self)
          wide = wide &+ UInt128(UInt64(littleEndian: first))
          other = other &+ UInt128(UInt64(littleEndian: second))
        }
        offset &+= 64
      }
      wide = wide &+ other
      while offset &+ 8 <= count {
        let word = unsafe octets.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        wide = wide &+ UInt128(UInt64(littleEndian: word))
        offset &+= 8
      }
      var rest: UInt64 = 0
      var shift: UInt64 = 0
      while offset < count {
        rest |= UInt64(unsafe octets[offset]) &<< shift
        shift &+= 8
        offset &+= 1
      }
      wide = wide &+ UInt128(rest)
      let (partial, overflow) = UInt64(truncatingIfNeeded: wide)
        .addingReportingOverflow(UInt64(truncatingIfNeeded: wide >> 64))
      var sum = partial &+ (overflow ? 1 : 0)
      // To sixteen bits, in the order that they were read in; then turned.
      sum = (sum & 0xffff_ffff) &+ (sum &>> 32)
      sum = (sum & 0xffff) &+ (sum &>> 16 & 0xffff) &+ (sum &>> 32)
      sum = (sum & 0xffff) &+ (sum &>> 16)
      let turned = UInt64(UInt16(truncatingIfNeeded: (sum & 0xffff) &+ (sum &>> 16)).byteSwapped)
      return initial &+ turned
    }
  }

  /// The part of the span from an offset on, at most `length` octets; empty where the span ends before it.
  @inlinable @inline(__always)
  @_lifetime(copy self)
  public func slice(from offset: Int, length: Int = .max) -> RawSpan {
    let start = Swift.min(Swift.max(offset, 0), byteCount)
    let count = Swift.min(Swift.max(length, 0), byteCount &- start)
    return extracting(start..<(start &+ count))
  }
}

extension RawSpan {
  /// Whether the octets at an offset are a text of our own; with `ignoringCase`, the text is in lower case.
  func has(_ text: StaticString, at offset: Int = 0, ignoringCase: Bool = false) -> Bool {
    let length = text.utf8CodeUnitCount
    guard offset >= 0, offset &+ length <= byteCount else { return false }
    for index in 0..<length {
      var byte = uint8(at: offset &+ index)
      if ignoringCase, (0x41...0x5a).contains(byte) { byte |= 0x20 }
      // SAFETY: a literal's octets live for ever, and `index` is below their count.
      if unsafe text.utf8Start[index] != byte { return false }
    }
    return true
  }
}

extension Span where Element == UInt8 {
  /// The same octets as a raw span.
  @inlinable
  var octets: RawSpan {
    // SAFETY: UInt8 has no padding, so its storage may be read as raw octets.
    @_lifetime(copy self) get { unsafe bytes }
  }
}

/// Lends the octets of an array as a raw span, for callers that hold an array rather than a frame.
public func withBytes<Result, Failure: Error>(
  _ array: [UInt8], _ body: (RawSpan) throws(Failure) -> Result
) throws(Failure) -> Result {
  let span = array.span
  // SAFETY: UInt8 has no padding, so its storage may be read as raw octets.
  return try body(unsafe span.bytes)
}

/// Lends the octets of an array of numbers, in host order.
public func withBytes<Result, Failure: Error>(
  ofNumbers array: [UInt32], _ body: (RawSpan) throws(Failure) -> Result
) throws(Failure) -> Result {
  let span = array.span
  // SAFETY: UInt32 has no padding, so its storage may be read as raw octets.
  return try body(unsafe span.bytes)
}

extension RawSpan {
  /// Whether all octets are zero; true of none.
  var isZero: Bool {
    for index in 0..<byteCount where uint8(at: index) != 0 { return false }
    return true
  }

  /// Whether another span has the same octets.
  func equals(_ other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    for index in 0..<byteCount where uint8(at: index) != other.uint8(at: index) { return false }
    return true
  }
}
