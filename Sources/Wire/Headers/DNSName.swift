/// A domain name read out of a DNS message, RFC 1035 section 4.1.4, as text: `www.example.com`.
///
/// A compression pointer has to point to before the piece of the name that it stands in, so a walk always ends. The
/// text is held in place: 255 octets on the wire, each of which may take two.
struct DomainName: ~Copyable {
  /// How the walk over a name ended.
  enum Ending {
    /// At its root label.
    case whole
    /// At the end of the octets.
    case cut
    /// At something that no name may have: a pointer forward, a reserved label type, more than 255 octets.
    case bad
  }

  /// The longest name on the wire, RFC 1035 section 2.3.4.
  static let maximumLength = 255

  private var characters = InlineArray<512, UInt8>(repeating: 0)
  private var count = 0
  /// How the name ended.
  let ending: Ending
  /// Where what follows the name begins, in octets from the start of the message.
  let end: Int

  /// Reads the name at an offset of a message; the message's own first octet is at offset 0.
  init(_ message: RawSpan, at offset: Int) {
    var characters = InlineArray<512, UInt8>(repeating: 0)
    var count = 0
    (ending, end) = Self.walk(message, at: offset) { start, length in
      if count > 0 { Self.put(UInt8(ascii: "."), &characters, &count) }
      for position in start..<(start &+ length) {
        let byte = message.uint8(at: position)
        // A dot within a label is not one between labels, RFC 1035 section 5.1.
        if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "\\") {
          Self.put(UInt8(ascii: "\\"), &characters, &count)
        }
        Self.put(byte, &characters, &count)
      }
    }
    self.characters = characters
    self.count = count
  }

  private static func put(_ byte: UInt8, _ characters: inout InlineArray<512, UInt8>, _ count: inout Int) {
    guard count < characters.count else { return }
    characters[count] = byte
    count &+= 1
  }

  /// Whether it is the root.
  var isRoot: Bool { count == 0 && ending == .whole }

  /// Its text; empty for the root. It came from outside and is to be escaped.
  var text: RawSpan {
    @_lifetime(borrow self) get { characters.span.octets.slice(from: 0, length: count) }
  }

  /// Goes along a name, calls the body with where each label is and how long, and says how the name ended and where
  /// what follows it begins.
  @inline(__always)
  static func walk(
    _ message: RawSpan, at offset: Int, label: (Int, Int) -> Void
  ) -> (ending: Ending, end: Int) {
    var position = offset
    var pieceStart = offset
    var end: Int? = nil
    var total = 1
    while true {
      guard position >= 0, position < message.byteCount else { return (.cut, end ?? message.byteCount) }
      let length = Int(message.uint8(at: position))
      switch length >> 6 {
      case 0 where length == 0: return (.whole, end ?? position &+ 1)
      case 0:
        total &+= length &+ 1
        guard total <= maximumLength else { return (.bad, end ?? position) }
        guard position &+ 1 &+ length <= message.byteCount else { return (.cut, end ?? message.byteCount) }
        label(position &+ 1, length)
        position &+= length &+ 1
      case 3:
        guard position &+ 2 <= message.byteCount else { return (.cut, end ?? message.byteCount) }
        let target = Int(message.uint16(at: position) & 0x3fff)
        end = end ?? position &+ 2
        guard target < pieceStart else { return (.bad, end ?? position) }
        pieceStart = target
        position = target
      default: return (.bad, end ?? position)
      }
    }
  }

  /// How the name at an offset ends, and where what follows it begins.
  static func check(_ message: RawSpan, at offset: Int) -> (ending: Ending, end: Int) {
    walk(message, at: offset) { _, _ in }
  }
}

extension TextBuffer {
  /// Writes the domain name at an offset of a DNS message, escaped; `.` for the root.
  mutating func append(domainName message: RawSpan, at offset: Int) {
    let name = DomainName(message, at: offset)
    if name.isRoot { append(".") }
    appendEscaped(name.text, for: .terminalKeepingBackslashes)
    if name.ending != .whole { append("[bad name]", style: .warning) }
  }
}

extension FieldVisitor where Self: ~Copyable {
  /// The domain name at an offset of a DNS message; the root is `<Root>`, as Wireshark has it.
  mutating func domainName(_ field: StaticString, _ message: RawSpan, at offset: Int) {
    let name = DomainName(message, at: offset)
    if name.isRoot { label(field, "<Root>") } else { domainName(field, name.text) }
  }
}
