/// Reads borrowed octets one field after another and never beyond their end: what is missing is zero or empty, and
/// `isCut` says so.
struct OctetReader: ~Escapable {
  let bytes: RawSpan
  /// Where the next field begins, in octets from the start.
  private(set) var offset = 0
  /// Whether a field was asked for that is not there, or not whole.
  private(set) var isCut = false

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  /// How many octets are left.
  var remaining: Int { bytes.byteCount &- offset }

  mutating func uint8() -> UInt8 {
    guard has(1) else { return 0 }
    defer { offset &+= 1 }
    return bytes.uint8(at: offset)
  }

  mutating func uint16() -> UInt16 {
    guard has(2) else { return 0 }
    defer { offset &+= 2 }
    return bytes.uint16(at: offset)
  }

  /// The next octets, fewer where fewer are there.
  @_lifetime(copy self)
  mutating func octets(_ length: Int) -> RawSpan {
    let field = bytes.slice(from: offset, length: length)
    if field.byteCount < length { isCut = true }
    offset &+= field.byteCount
    return field
  }

  private mutating func has(_ count: Int) -> Bool {
    if remaining >= count { return true }
    isCut = true
    offset = bytes.byteCount
    return false
  }
}
