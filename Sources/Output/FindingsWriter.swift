import Flows
import Wire

extension TreeVisitor {
  /// Writes what is noteworthy about a TCP segment in Wireshark's words, one a line: `[TCP Retransmission]`.
  mutating func write(_ update: FlowTable.Update) {
    for (bit, title) in TCPFindings.titles.enumerated()
    where bit < 15 && update.findings.rawValue & 1 << UInt32(bit) != 0 {
      text.append(repeating: 0x20, count: indentation)
      text.begin(.warning)
      text.append("[")
      text.append(title)
      if bit == TCPFindings.duplicateAck.rawValue.trailingZeroBitCount {
        text.append(" ")
        text.append(decimal: update.duplicateOf)
        text.append("#")
        text.append(decimal: update.duplicates)
      }
      text.append("]")
      text.end()
      text.append("\n")
    }
  }
}

extension JSONVisitor {
  /// Writes what is noteworthy about a TCP segment as the group `analysis`, under Wireshark's names.
  mutating func write(_ update: FlowTable.Update) {
    var findings = update.findings.subtracting(.reset)
    guard !findings.isEmpty else { return }
    // As there, a fast or spurious retransmission is a retransmission too.
    if !findings.isDisjoint(with: [.fastRetransmission, .spuriousRetransmission]) { findings.insert(.retransmission) }
    beginGroup("analysis")
    for (bit, name) in TCPFindings.names.enumerated() where findings.rawValue & 1 << UInt32(bit) != 0 {
      boolean(name, true)
    }
    if findings.contains(.duplicateAck) {
      number("duplicate_ack_num", UInt64(Swift.max(update.duplicates, 0)))
      number("duplicate_ack_frame", UInt64(update.duplicateOf))
    }
    endGroup()
  }
}
