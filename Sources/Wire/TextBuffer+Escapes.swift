/// Octets that came from outside, made fit for a terminal or for JSON.
///
/// Whatever a packet holds, nothing of it acts on the terminal: control characters (C0, DEL, C1), the characters
/// that turn the direction of text, and line separators are written as escapes. An octet that is not UTF-8 is
/// written as `\xNN` on a terminal and as U+FFFD in JSON, which has no way to hold it.
extension TextBuffer {
  /// Where escaped text goes.
  public enum EscapeTarget: Sendable {
    /// A terminal: `\n`, `\x1b`, `\u{202e}`.
    case terminal
    /// A terminal, for text whose backslashes are escapes already, as those of a domain name are.
    case terminalKeepingBackslashes
    /// The inside of a JSON string, RFC 8259.
    case json
  }

  /// Writes text from outside, escaped.
  public mutating func appendEscaped(_ bytes: RawSpan, for target: EscapeTarget) {
    var index = 0
    while index < bytes.byteCount {
      // Eight at a time while all are plain.
      while index &+ 8 <= bytes.byteCount {
        let word = bytes.uint64(at: index)
        guard Self.isPlain(word) else { break }
        append(packed: word.byteSwapped, count: 8)
        index &+= 8
      }
      guard index < bytes.byteCount else { return }
      let byte = bytes.uint8(at: index)
      if byte < 0x80 {
        if byte >= 0x20, byte != 0x7f, byte != UInt8(ascii: "\\"), byte != UInt8(ascii: "\"") {
          append(byte)
        } else {
          appendEscaped(ascii: byte, for: target)
        }
        index &+= 1
        continue
      }
      let (scalar, length) = Self.scalar(in: bytes, at: index)
      if let scalar {
        if Self.isHarmful(scalar) {
          appendEscaped(scalar: scalar, for: target)
        } else {
          append(bytes.slice(from: index, length: length))
        }
      } else if target == .json {
        append("\u{fffd}")
      } else {
        append("\\x")
        append(hexadecimal: UInt64(byte), digits: 2)
      }
      index &+= length
    }
  }

  /// Whether eight octets are all printable ASCII, and neither a quotation mark nor a backslash.
  ///
  /// An octet below a bound borrows from its highest bit when the bound is subtracted from all of them; the difference
  /// from a character is below one where it is that character.
  @inline(__always)
  private static func isPlain(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highest: UInt64 = 0x8080_8080_8080_8080
    let delete = word ^ (ones &* 0x7f)
    let quotation = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
    let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
    let flawed =
      word | ((word &- ones &* 0x20) & ~word) | ((delete &- ones) & ~delete) | ((quotation &- ones) & ~quotation)
      | ((backslash &- ones) & ~backslash)
    return flawed & highest == 0
  }

  private mutating func appendEscaped(ascii byte: UInt8, for target: EscapeTarget) {
    switch byte {
    case UInt8(ascii: "\""):
      if target == .json { append(UInt8(ascii: "\\")) }
      append(byte)
    case UInt8(ascii: "\\"): append(target == .terminalKeepingBackslashes ? "\\" : "\\\\")
    case 0x09: append("\\t")
    case 0x0a: append("\\n")
    case 0x0d: append("\\r")
    default:
      append(target == .json ? "\\u00" : "\\x")
      append(hexadecimal: UInt64(byte), digits: 2)
    }
  }

  private mutating func appendEscaped(scalar: UInt32, for target: EscapeTarget) {
    if target == .json {
      append("\\u")
      append(hexadecimal: UInt64(scalar), digits: 4)
    } else {
      append("\\u{")
      append(shortHexadecimal: UInt64(scalar))
      append("}")
    }
  }

  /// Whether a scalar beyond ASCII acts on a terminal rather than being seen. All of them are below U+10000.
  private static func isHarmful(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x80...0x9f, 0xad, 0x61c, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff, 0xfff9...0xfffb: true
    default: false
    }
  }

  /// Decodes one UTF-8 scalar (RFC 3629); nil and length 1 where the octets are none.
  static func scalar(in bytes: RawSpan, at index: Int) -> (UInt32?, Int) {
    let first = UInt32(bytes.uint8(at: index))
    let length: Int
    var scalar: UInt32
    switch first {
    case 0xc2...0xdf: (length, scalar) = (2, first & 0x1f)
    case 0xe0...0xef: (length, scalar) = (3, first & 0x0f)
    case 0xf0...0xf4: (length, scalar) = (4, first & 0x07)
    default: return (nil, 1)
    }
    guard index &+ length <= bytes.byteCount else { return (nil, 1) }
    for next in 1..<length {
      let byte = UInt32(bytes.uint8(at: index &+ next))
      guard byte & 0xc0 == 0x80 else { return (nil, 1) }
      scalar = scalar << 6 | byte & 0x3f
    }
    let smallest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
    guard scalar >= smallest, scalar <= 0x10ffff, !(0xd800...0xdfff).contains(scalar) else { return (nil, 1) }
    return (scalar, length)
  }
}
