internal import Flows
internal import Wire

/// What stands behind a flow's columns: what its payload told, where it was, and what went wrong.
enum FlowNotes {
  static func write(_ flow: Flow, into text: inout TextBuffer) {
    var isFirst = true
    func separate() {
      if !isFirst { text.append(", ") }
      isFirst = false
    }
    let names: [(StaticString, [UInt8]?)] = [
      ("sni ", flow.hints.serverName), ("host ", flow.hints.httpHost), ("dns ", flow.hints.domainName),
      ("", flow.hints.sshServer ?? flow.hints.sshClient),
    ]
    for case (let name, let octets?) in names {
      separate()
      // A literal without a character is none that can be written.
      if name.utf8CodeUnitCount > 0 { text.append(name) }
      withBytes(octets) { text.appendEscaped($0.slice(from: 0, length: 80), for: .terminal) }
    }
    if let version = flow.hints.quicVersion {
      separate()
      text.append(version == 1 ? "QUIC 1" : version == 0x6b33_43cf ? "QUIC 2" : "QUIC")
    }
    if flow.ends.protocolNumber == .icmp || flow.ends.protocolNumber == .icmpv6 {
      separate()
      text.append("type ")
      text.append(decimal: flow.ends.source.port)
    }
    if let vlan = flow.vlan {
      separate()
      text.append("vlan ")
      if let outer = flow.outerVLAN {
        text.append(decimal: outer)
        text.append(".")
      }
      text.append(decimal: vlan)
    }
    if let tunnel = flow.tunnel {
      separate()
      text.append("in ")
      text.append(tunnel.kind.name)
      if tunnel.kind.hasIdentifier {
        text.append(" ")
        text.append(decimal: tunnel.identifier)
      } else if tunnel.endpoint != 0 || flow.reverseTunnelEndpoint != 0 {
        text.append(" ")
        if tunnel.endpoint != 0 { text.append(decimal: tunnel.endpoint) } else { text.append("-") }
        if flow.reverseTunnelEndpoint != 0 {
          text.append("/")
          text.append(decimal: flow.reverseTunnelEndpoint)
        }
      }
    }
    if let exchange = flow.exchange, exchange.unanswered > 0 {
      separate()
      text.append(decimal: exchange.unanswered)
      text.append(" unanswered", style: .warning)
    }
    guard let counts = flow.tcp?.counts else { return }
    for (bit, words) in FlowText.findings.enumerated() where FlowText.isNoted(bit) && counts.total(bit) > 0 {
      separate()
      text.begin(.warning)
      text.append(digitsOf: counts.total(bit))
      text.append(" ")
      text.append(counts.total(bit) == 1 ? words.0 : words.1)
      text.end()
    }
  }
}

extension FlowText {
  /// Whether a finding is worth a note: not window updates, keep-alives and their answers, nor a reset, which is a state.
  static func isNoted(_ bit: Int) -> Bool { ![10, 12, 13, 15].contains(bit) }
}
