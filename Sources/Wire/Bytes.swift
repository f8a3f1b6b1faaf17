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
  /// It does not matter in which byte order they are added, as long as the result is turned (RFC 1071 section 2).
  func onesComplementSum(adding initial: UInt64) -> UInt64 {
    initial &+ UInt64(Checksum.fold(onesComplementSumAsStored(adding: 0)).byteSwapped)
  }

  /// The one's complement sum of the octets as little-endian words, added to an initial sum of such words; an odd last
  /// octet counts as the low half of a word.
  ///
  /// Nor does it matter how wide the words are that are added, as long as the carries come back in: so it adds sixteen
  /// octets at a time. There are few loops, since nobody can foretell where one ends.
  @inline(__always)
  func onesComplementSumAsStored(adding initial: UInt64) -> UInt64 {
    let count = byteCount
    // The carries collect in the upper halves. Two sums, since each addition waits for the one before.
    var sum = UInt128(initial)
    var other: UInt128 = 0
    var offset = 0
    while offset &+ 64 <= count {
      sum = sum &+ word(at: offset)
      other = other &+ word(at: offset &+ 8)
      sum = sum &+ word(at: offset &+ 16)
      other = other &+ word(at: offset &+ 24)
      sum = sum &+ word(at: offset &+ 32)
      other = other &+ word(at: offset &+ 40)
      sum = sum &+ word(at: offset &+ 48)
      other = other &+ word(at: offset &+ 56)
      offset &+= 64
    }
    while offset &+ 16 <= count {
      sum = sum &+ word(at: offset)
      other = other &+ word(at: offset &+ 8)
      offset &+= 16
    }
    if count >= 16 {
      // The last sixteen octets, without those that were added already: all of them where none is left.
      let last = word(at: count &- 8) << 64 | word(at: count &- 16)
      let rest = offset == count ? 0 : last &>> UInt128(truncatingIfNeeded: (16 &- (count &- offset)) &* 8)
      sum = sum &+ (rest & UInt128(UInt64.max))
      other = other &+ (rest &>> 64)
    } else {
      for index in 0..<count { sum = sum &+ UInt128(uint8(at: index)) << UInt128((index & 7) &* 8) }
    }
    sum = sum &+ other
    // What is carried out of the lower half comes in again.
    let (whole, overflow) = UInt64(truncatingIfNeeded: sum)
      .addingReportingOverflow(UInt64(truncatingIfNeeded: sum >> 64))
    return whole &+ (overflow ? 1 : 0)
  }

  /// The eight octets at an offset, little-endian, where the caller has seen that they are there.
  @inline(__always)
  private func word(at offset: Int) -> UInt128 {
    assert(holds(8, at: offset))
    // SAFETY: every caller compared the offset with the count just before, and any bits are an integer.
    return UInt128(
      UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)))
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
