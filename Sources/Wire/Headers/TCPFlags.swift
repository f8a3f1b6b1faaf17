/// The twelve bits beside the data offset: flags, and what is reserved. RFC 9293 section 3.1, RFC 3168.
public struct TCPFlags: OptionSet, Sendable {
  /// The bits as on the wire.
  public let rawValue: UInt16
  /// Flags from bits.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// FIN: no more data from the sender.
  public static let finish = TCPFlags(rawValue: 0x001)
  /// SYN: synchronize sequence numbers.
  public static let synchronize = TCPFlags(rawValue: 0x002)
  /// RST: the connection is refused or broken off.
  public static let reset = TCPFlags(rawValue: 0x004)
  /// PSH: give what there is to the application.
  public static let push = TCPFlags(rawValue: 0x008)
  /// ACK: the acknowledgment number counts.
  public static let acknowledgment = TCPFlags(rawValue: 0x010)
  /// URG: the urgent pointer counts.
  public static let urgent = TCPFlags(rawValue: 0x020)
  /// ECE: congestion was experienced.
  public static let congestionEcho = TCPFlags(rawValue: 0x040)
  /// CWR: the congestion window was reduced.
  public static let congestionWindowReduced = TCPFlags(rawValue: 0x080)
  /// AE: accurate ECN, once the nonce sum.
  public static let accurateECN = TCPFlags(rawValue: 0x100)

  static let names = [
    FlagName(0x100, "AE"), FlagName(0x080, "CWR"), FlagName(0x040, "ECE"), FlagName(0x020, "URG"),
    FlagName(0x010, "ACK"), FlagName(0x008, "PSH"), FlagName(0x004, "RST"), FlagName(0x002, "SYN"),
    FlagName(0x001, "FIN"),
  ]

  /// Writes them as tcpdump does: `[S.]`, where the dot is ACK.
  func summarize(into text: inout TextBuffer) {
    text.begin(.highlight)
    text.append("[")
    if rawValue & 0x1ff == 0 { text.append("none") }
    if contains(.synchronize) { text.append("S") }
    if contains(.finish) { text.append("F") }
    if contains(.push) { text.append("P") }
    if contains(.reset) { text.append("R") }
    if contains(.urgent) { text.append("U") }
    if contains(.congestionEcho) { text.append("E") }
    if contains(.congestionWindowReduced) { text.append("W") }
    if contains(.accurateECN) { text.append("e") }
    if contains(.acknowledgment) { text.append(".") }
    text.append("]")
    text.end()
  }
}
