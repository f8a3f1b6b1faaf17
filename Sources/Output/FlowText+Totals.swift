public import Flows
public import Wire

extension FlowText {
  /// Writes which flow it is in one line: `flow 7: tcp 192.0.2.1:40000 > 192.0.2.2:80  curl[4242] > nginx[812]`.
  public static func write(headerOf flow: Flow, _ owners: borrowing FlowOwners, into text: inout TextBuffer) {
    text.begin(.protocolName)
    text.append("flow ")
    text.append(digitsOf: flow.number)
    text.append(": ")
    writeProtocol(flow.ends.protocolNumber, quoted: false, into: &text)
    text.append(" ")
    write(flow.ends.source, of: flow.ends, into: &text)
    text.append(" > ")
    write(flow.ends.destination, of: flow.ends, into: &text)
    text.end()
    if flow.owner.isKnown {
      text.append("  ")
      text.begin(.highlight)
      owners.writePhrase(flow, into: &text)
      text.end()
    }
    text.append("\n")
  }

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
