import Wire

/// Writes a packet as one line: when, where, which way, then what its headers say of themselves.
///
///     03:12:45.000123456 eth0 Out 10.0.0.5:41522 > 93.184.216.34:443 TCP [S] seq 0 win 64240 len 0 <mss 1460>
///
/// Time, name and direction have one width each, so that addresses stand below each other.
struct LineWriter {
  var clock = LocalClock()

  /// Writes what stands before the packet's own words, with a space behind it.
  @inline(__always)
  mutating func writeStart(_ info: FrameInfo, _ names: borrowing InterfaceNames, into text: inout TextBuffer) {
    if text.color {
      text.begin(.time)
      clock.write(info.timestamp, into: &text)
      text.end()
      text.append(" ")
    } else {
      clock.writeStart(info.timestamp, into: &text)
    }
    if names.write(info.interface, into: &text) { text.append(" ") }
    switch info.direction {
    case .inbound: text.append("In  ")
    case .outbound: text.append("Out ")
    case .unknown: break
    }
  }
}
