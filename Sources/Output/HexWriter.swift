public import Wire

/// Writes octets sixteen to a line: where they stand, in hexadecimal, and as text where they are printable ASCII.
///
///       0x0000:  0000 5e00 5302 0000 5e00 5301 0800 4500  ..^.S...^.S...E.
public enum HexWriter {
  /// Writes all lines, each with its end. Offsets count from the first octet given.
  public static func write(_ octets: RawSpan, into text: inout TextBuffer) {
    var offset = 0
    while offset < octets.byteCount {
      let row = octets.slice(from: offset, length: 16)
      text.begin(.faint)
      text.append("  0x")
      text.append(hexadecimal: UInt64(offset), digits: offset > 0xffff ? 8 : 4)
      text.append(":")
      text.end()
      text.append(" ")
      let begin = text.count
      for index in 0..<row.byteCount {
        if index & 1 == 0 { text.append(" ") }
        text.append(hexadecimal: UInt64(row.uint8(at: index)), digits: 2)
      }
      text.pad(to: 42, from: begin)
      for index in 0..<row.byteCount {
        let octet = row.uint8(at: index)
        text.append(octet >= 0x20 && octet < 0x7f ? octet : UInt8(ascii: "."))
      }
      text.append("\n")
      offset &+= 16
    }
  }
}
