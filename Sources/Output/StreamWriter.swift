public import Flows
public import Wire

/// Writes the octets of a conversation, each direction marked: `>` from who began, `<` to it.
///
/// Whatever they are, nothing of them acts on a terminal, but in the form `raw`, which is for files and pipes.
public struct StreamWriter: StreamSink, ~Copyable {
  /// A form of output.
  public enum Form: Sendable {
    /// Lines of text; octets that are none are escapes.
    case text
    /// Hexadecimal octets with their offsets.
    case hexadecimal
    /// The octets themselves.
    case raw
    /// One JSON object for each piece.
    case json
  }

  /// What was written and is not taken yet.
  public var text: TextBuffer
  /// Octets that were written, by direction.
  public private(set) var written = Flow.Directions(forward: 0, reverse: 0)
  /// Octets that are missing, by direction.
  public private(set) var missing = Flow.Directions(forward: 0, reverse: 0)

  private let form: Form
  private let showsForward: Bool
  private let showsReverse: Bool
  /// The direction of the line that is open; nil where none is.
  private var openLine: Bool?
  private var frame: UInt64 = 0
  private var time = Timestamp(seconds: 0, nanoseconds: 0)

  /// A writer of one form, of one or both directions.
  public init(form: Form, showsForward: Bool = true, showsReverse: Bool = true, color: Bool = false) {
    self.form = form
    self.showsForward = showsForward
    self.showsReverse = showsReverse
    text = TextBuffer(capacity: 1 << 16, color: color)
  }

  /// Whether what it writes is for people, who want to be told whose it is.
  public var isForPeople: Bool { form == .text || form == .hexadecimal }

  /// Tells which frame the next pieces come with.
  public mutating func begin(_ info: FrameInfo) {
    frame = info.number
    time = info.timestamp
  }

  public mutating func data(_ octets: RawSpan, isForward: Bool) {
    let offset = isForward ? written.forward &+ missing.forward : written.reverse &+ missing.reverse
    if isForward {
      written.forward &+= UInt64(octets.byteCount)
    } else {
      written.reverse &+= UInt64(octets.byteCount)
    }
    guard isForward ? showsForward : showsReverse else { return }
    switch form {
    case .raw: text.append(octets)
    case .text: writeLines(octets, isForward)
    case .hexadecimal: writeHexadecimal(octets, offset, isForward)
    case .json:
      beginObject(isForward, offset)
      text.append(",\"length\":")
      text.append(decimal: octets.byteCount)
      text.append(",\"bytes\":\"")
      text.append(hexadecimal: octets)
      text.append("\"}\n")
    }
  }

  public mutating func gap(_ octets: UInt64, isForward: Bool) {
    let offset = isForward ? written.forward &+ missing.forward : written.reverse &+ missing.reverse
    if isForward { missing.forward &+= octets } else { missing.reverse &+= octets }
    guard isForward ? showsForward : showsReverse else { return }
    switch form {
    case .raw: break
    case .text, .hexadecimal:
      endLine()
      text.append(isForward ? "> " : "< ")
      text.begin(.warning)
      text.append("[")
      text.append(digitsOf: octets)
      text.append(octets == 1 ? " octet was not captured]" : " octets were not captured]")
      text.end()
      text.append("\n")
    case .json:
      beginObject(isForward, offset)
      text.append(",\"gap\":")
      text.append(digitsOf: octets)
      text.append("}\n")
    }
  }

  /// Ends the last line.
  public mutating func finish() { endLine() }

  private mutating func beginObject(_ isForward: Bool, _ offset: UInt64) {
    text.append("{\"frame\":")
    text.append(digitsOf: frame)
    text.append(",\"time_epoch\":\"")
    text.append(time: time)
    text.append(isForward ? "\",\"direction\":\"forward\",\"offset\":" : "\",\"direction\":\"reverse\",\"offset\":")
    text.append(digitsOf: offset)
  }

  private mutating func endLine() {
    guard openLine != nil else { return }
    text.end()
    text.append("\n")
    openLine = nil
  }

  private mutating func beginLine(_ isForward: Bool) {
    text.append(isForward ? "> " : "< ")
    text.begin(isForward ? .endpoint : .highlight)
    openLine = isForward
  }

  /// Writes text up to each line feed; a carriage return before it belongs to the line's end.
  private mutating func writeLines(_ octets: RawSpan, _ isForward: Bool) {
    if openLine == !isForward { endLine() }
    var start = 0
    while start < octets.byteCount {
      var end = start
      while end < octets.byteCount, octets.uint8(at: end) != 0x0a { end &+= 1 }
      if openLine == nil { beginLine(isForward) }
      let isWhole = end < octets.byteCount
      let hasReturn = isWhole && end > start && octets.uint8(at: end &- 1) == 0x0d
      text.appendEscaped(octets.slice(from: start, length: end &- start &- (hasReturn ? 1 : 0)), for: .terminal)
      if isWhole { endLine() }
      start = end &+ 1
    }
  }

  /// Sixteen octets a line: direction, offset, octets, and what of them is ASCII.
  private mutating func writeHexadecimal(_ octets: RawSpan, _ offset: UInt64, _ isForward: Bool) {
    var start = 0
    while start < octets.byteCount {
      let line = octets.slice(from: start, length: 16)
      text.append(isForward ? "> " : "< ")
      text.begin(isForward ? .endpoint : .highlight)
      text.append(hexadecimal: offset &+ UInt64(start), digits: 8)
      text.append("  ")
      let begin = text.count
      text.append(hexadecimal: line, separator: 0x20)
      text.pad(to: 49, from: begin)
      for index in 0..<line.byteCount {
        let octet = line.uint8(at: index)
        text.append((0x20...0x7e).contains(octet) ? octet : UInt8(ascii: "."))
      }
      text.end()
      text.append("\n")
      start &+= 16
    }
  }
}
