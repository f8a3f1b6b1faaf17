public import Wire

/// Lines made to fit a terminal.
public enum TerminalText {
  /// Writes at most `rows` lines, each cut to `columns`, so that they take the place of what a terminal shows from its
  /// first row on. What colors takes no column; see ECMA-48 for the sequences.
  public static func repaint(_ lines: RawSpan, rows: Int, columns: Int, into text: inout TextBuffer) {
    text.append("\u{1b}[H")
    var start = 0
    for row in 0..<Swift.max(rows, 0) {
      guard start < lines.byteCount else { break }
      if row > 0 { text.append("\r\n") }
      start = append(lines, from: start, columns, to: &text)
    }
    text.append("\u{1b}[J")
  }

  /// Writes a line up to a column; answers where the next one begins.
  private static func append(_ lines: RawSpan, from start: Int, _ columns: Int, to text: inout TextBuffer) -> Int {
    var (index, column, isColor) = (start, 0, false)
    while index < lines.byteCount {
      let octet = lines.uint8(at: index)
      index &+= 1
      if octet == 0x0a { break }
      if octet == 0x1b { isColor = true }
      // The octets of a character behind its first take no column.
      if !isColor, octet & 0xc0 != 0x80 { column &+= 1 }
      if isColor || column <= columns { text.append(octet) }
      if isColor, octet == UInt8(ascii: "m") { isColor = false }
    }
    // What was there before goes. Behind a full line the cursor still stands on its last character, which stays.
    if column < columns { text.append("\u{1b}[K") }
    return index
  }
}
