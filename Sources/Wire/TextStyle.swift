/// What a piece of text is, from which its color on a terminal follows.
public enum TextStyle: Sendable {
  /// When.
  case time
  /// Where: an address or a name of an interface.
  case endpoint
  /// The name of a protocol.
  case protocolName
  /// The name of a field in the tree.
  case fieldName
  /// A fact that stands out: flags, a question, a status.
  case highlight
  /// Something wrong with the packet.
  case warning
  /// Of less weight than the rest.
  case faint
}

extension TextBuffer {
  /// Begins a style, where this buffer has colors.
  @inline(__always)
  public mutating func begin(_ style: TextStyle) {
    if color { writeStart(of: style) }
  }

  /// Ends the style, where this buffer has colors.
  @inline(__always)
  public mutating func end() {
    if color { append("\u{1b}[0m") }
  }

  @inline(never)
  private mutating func writeStart(of style: TextStyle) {
    switch style {
    case .time, .faint: append("\u{1b}[2m")
    case .endpoint: append("\u{1b}[36m")
    case .protocolName: append("\u{1b}[1m")
    case .fieldName: append("\u{1b}[34m")
    case .highlight: append("\u{1b}[33m")
    case .warning: append("\u{1b}[31m")
    }
  }

  /// Writes a text of our own in a style.
  public mutating func append(_ text: StaticString, style: TextStyle) {
    begin(style)
    append(text)
    end()
  }
}
