public import Flows
public import Wire

extension FlowText {
  /// Writes the sums over all flows as some lines.
  public static func write(_ totals: FlowTotals, into text: inout TextBuffer) {
    text.append(digitsOf: totals.flows)
    text.append(totals.flows == 1 ? " flow, " : " flows, ")
    text.append(digitsOf: totals.packets)
    text.append(totals.packets == 1 ? " packet, " : " packets, ")
    text.append(digitsOf: totals.bytes)
    text.append(" octets\n")
    if totals.otherPackets > 0 {
      text.append(digitsOf: totals.otherPackets)
      text.append(" of these packets without IP, ")
      text.append(digitsOf: totals.otherBytes)
      text.append(" octets\n")
    }
    if totals.timedOut > 0 {
      text.append(digitsOf: totals.timedOut)
      text.append(totals.timedOut == 1 ? " flow" : " flows")
      text.append(" ended by timeout\n")
    }
    var isFirst = true
    for (bit, words) in findings.enumerated() where totals.findings.total(bit) > 0 {
      text.append(isFirst ? "TCP: " : ", ")
      isFirst = false
      text.append(digitsOf: totals.findings.total(bit))
      text.append(" ")
      text.append(totals.findings.total(bit) == 1 ? words.0 : words.1)
    }
    if !isFirst { text.append("\n") }
  }
}
