/// The twelve bits beside the data offset: flags, and what is reserved. RFC 9293 section 3.1, RFC 3168.
@frozen
public struct TCPFlags: OptionSet, Sendable, BitwiseCopyable {
  /// The bits as on the wire.
  public let rawValue: UInt16
  /// Flags from bits.
  @inlinable @inline(__always)
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// FIN: no more data from the sender.
  @inlinable public static var finish: TCPFlags { TCPFlags(rawValue: 0x001) }
  /// SYN: synchronize sequence numbers.
  @inlinable public static var synchronize: TCPFlags { TCPFlags(rawValue: 0x002) }
  /// RST: the connection is refused or broken off.
  @inlinable public static var reset: TCPFlags { TCPFlags(rawValue: 0x004) }
  /// PSH: give what there is to the application.
  @inlinable public static var push: TCPFlags { TCPFlags(rawValue: 0x008) }
  /// ACK: the acknowledgment number counts.
  @inlinable public static var acknowledgment: TCPFlags { TCPFlags(rawValue: 0x010) }
  /// URG: the urgent pointer counts.
  @inlinable public static var urgent: TCPFlags { TCPFlags(rawValue: 0x020) }
  /// ECE: congestion was experienced.
  @inlinable public static var congestionEcho: TCPFlags { TCPFlags(rawValue: 0x040) }
  /// CWR: the congestion window was reduced.
  @inlinable public static var congestionWindowReduced: TCPFlags { TCPFlags(rawValue: 0x080) }
  /// AE: accurate ECN, once the nonce sum.
  @inlinable public static var accurateECN: TCPFlags { TCPFlags(rawValue: 0x100) }

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
