/// Walks over options of a kind, a length and a value, as IPv4 and TCP have them (RFC 791 section 3.1, RFC 9293
/// section 3.1): kind 0 ends the list, kind 1 has no length, and a length counts all three parts.
struct OptionWalker {
  /// One option: where it stands, not its octets, so that it may be kept.
  struct Element {
    /// The first octet.
    var kind: UInt8
    /// Where it begins, from the first option on.
    var offset: Int
    /// Its length with the kind and the length octet.
    var length: Int
    /// Whether its length octet is missing, too small, or points past the end; such an option is the last.
    var isMalformed = false
    /// What its length octet says; 0 where there is none.
    var statedLength = 0
  }

  static let end: UInt8 = 0
  static let noOperation: UInt8 = 1

  private var offset = 0

  /// The next option; nil after the last.
  mutating func next(_ bytes: RawSpan) -> Element? {
    guard offset < bytes.byteCount else { return nil }
    let start = offset
    let kind = bytes.uint8(at: start)
    if kind == Self.end || kind == Self.noOperation {
      offset = kind == Self.end ? .max : start &+ 1
      return Element(kind: kind, offset: start, length: 1)
    }
    let left = bytes.byteCount &- start
    let stated = left > 1 ? Int(bytes.uint8(at: start &+ 1)) : 0
    guard stated >= 2, stated <= left else {
      offset = .max
      return Element(kind: kind, offset: start, length: left, isMalformed: true, statedLength: stated)
    }
    offset = start &+ stated
    return Element(kind: kind, offset: start, length: stated, statedLength: stated)
  }
}

extension OptionWalker.Element {
  /// The option's value: what follows its kind and length.
  @_lifetime(copy bytes)
  func value(in bytes: RawSpan) -> RawSpan {
    bytes.slice(from: offset &+ 2, length: length &- 2)
  }
}
