public import Flows
public import Wire

/// Writes a flow as one JSON object (RFC 8259) on one line.
///
/// Times are seconds: a flow's start and end since 1970-01-01 UTC as text, since a number would not keep them, lengths
/// of time as numbers. What is not known, and what was counted zero times, is left out.
public struct FlowJSONWriter {
  private let seed: UInt16

  /// A writer; `seed` goes into Community ID.
  public init(communityIDSeed seed: UInt16 = 0) { self.seed = seed }

  /// What an object of a live capture tells of.
  public enum Event: Sendable {
    /// The flow had traffic in the last interval.
    case update(FlowChange)
    /// The flow is over, or the capture is.
    case end
  }

  /// Writes the object and a line end.
  public func write(
    _ flow: Flow, _ owners: borrowing FlowOwners, event: Event? = nil, into text: inout TextBuffer
  ) {
    switch event {
    case .update?: text.append("{\"event\":\"update\",\"flow\":")
    case .end?: text.append("{\"event\":\"end\",\"flow\":")
    case nil: text.append("{\"flow\":")
    }
    text.append(digitsOf: flow.number)
    text.append(",\"start\":\"")
    text.append(time: flow.start)
    text.append("\",\"end\":\"")
    text.append(time: flow.end)
    text.append("\",\"duration\":")
    text.append(seconds: flow.duration)
    text.append(",\"protocol\":")
    FlowText.writeProtocol(flow.ends.protocolNumber, quoted: true, into: &text)
    writeEnd("src", flow.ends.source, flow.ends, isSource: true, into: &text)
    writeEnd("dst", flow.ends.destination, flow.ends, isSource: false, into: &text)
    writeDirections("packets", flow.packets, into: &text)
    writeDirections("bytes", flow.bytes, into: &text)
    writeDirections("payload_bytes", flow.payloadBytes, into: &text)
    if case .update(let change)? = event { write(change, into: &text) }
    text.append(",\"state\":\"")
    text.append(flow.state.name)
    text.append("\"")
    if let ending = flow.ending {
      text.append(",\"ended\":\"")
      text.append(ending.name)
      text.append("\"")
    }
    text.append(",\"community_id\":\"")
    CommunityID.write(flow.ends, seed: seed, into: &text)
    text.append("\"")
    writePlace(flow, into: &text)
    owners.writeJSON(flow, into: &text)
    if let tcp = flow.tcp { write(tcp, into: &text) }
    if let exchange = flow.exchange { write(exchange, into: &text) }
    if !flow.hints.isEmpty { write(flow.hints, into: &text) }
    text.append("}\n")
  }

  private func writeEnd(
    _ name: StaticString, _ end: FlowEnd, _ ends: FlowEnds, isSource: Bool, into text: inout TextBuffer
  ) {
    text.append(member: name, afterComma: true)
    text.append("{\"address\":\"")
    text.append(address: end.address, isIPv6: ends.isIPv6)
    text.append("\"")
    if ends.hasPorts {
      text.append(",\"port\":")
      text.append(decimal: end.port)
    } else if ends.knowsPorts, ends.protocolNumber == .icmp || ends.protocolNumber == .icmpv6 {
      text.append(!isSource && ends.isOneWay ? ",\"code\":" : ",\"type\":")
      text.append(decimal: end.port)
    }
    text.append("}")
  }

  private func writeDirections(_ name: StaticString, _ value: Flow.Directions, into text: inout TextBuffer) {
    text.append(member: name, afterComma: true)
    text.append("{\"forward\":")
    text.append(digitsOf: value.forward)
    text.append(",\"reverse\":")
    text.append(digitsOf: value.reverse)
    text.append("}")
  }

  private func write(_ change: FlowChange, into text: inout TextBuffer) {
    text.append(",\"interval\":{\"seconds\":")
    text.append(seconds: change.nanoseconds)
    writeDirections("packets", change.packets, into: &text)
    writeDirections("bytes", change.bytes, into: &text)
    text.append("}")
  }

  private func writePlace(_ flow: Flow, into text: inout TextBuffer) {
    if let vlan = flow.vlan {
      text.append(",\"vlan\":[")
      if let outer = flow.outerVLAN {
        text.append(decimal: outer)
        text.append(",")
      }
      text.append(decimal: vlan)
      text.append("]")
    }
    if let tunnel = flow.tunnel {
      text.append(",\"tunnel\":{\"type\":\"")
      text.append(tunnel.kind.name)
      text.append("\"")
      if tunnel.kind.hasIdentifier {
        text.append(",\"id\":")
        text.append(decimal: tunnel.identifier)
      } else if tunnel.endpoint != 0 {
        text.append(",\"id\":")
        text.append(decimal: tunnel.endpoint)
      }
      if flow.reverseTunnelEndpoint != 0 {
        text.append(",\"id_reverse\":")
        text.append(decimal: flow.reverseTunnelEndpoint)
      }
      if tunnel.depth > 1 {
        text.append(",\"depth\":")
        text.append(decimal: tunnel.depth)
      }
      text.append("}")
    }
  }

  private func write(_ tcp: Flow.TCPSummary, into text: inout TextBuffer) {
    text.append(",\"tcp\":{")
    var needsComma = false
    if let handshake = tcp.handshake {
      text.append("\"handshake_rtt\":")
      text.append(seconds: handshake)
      needsComma = true
    }
    if tcp.forward != nil || tcp.reverse != nil {
      text.append(member: "rtt", afterComma: needsComma)
      needsComma = true
      text.append("{")
      if let forward = tcp.forward { write("forward", forward, afterComma: false, into: &text) }
      if let reverse = tcp.reverse { write("reverse", reverse, afterComma: tcp.forward != nil, into: &text) }
      text.append("}")
    }
    var isOpen = false
    for (bit, name) in TCPFindings.names.enumerated() where tcp.counts.total(bit) > 0 {
      if !isOpen { text.append(needsComma ? ",\"analysis\":{" : "\"analysis\":{") }
      text.append(member: name, afterComma: isOpen)
      isOpen = true
      text.append("{\"forward\":")
      text.append(decimal: tcp.counts.forward(bit))
      text.append(",\"reverse\":")
      text.append(decimal: tcp.counts.reverse(bit))
      text.append("}")
    }
    text.append(isOpen ? "}}" : "}")
  }

  private func write(
    _ name: StaticString, _ summary: LatencySummary, afterComma: Bool, into text: inout TextBuffer
  ) {
    text.append(member: name, afterComma: afterComma)
    text.append("{\"count\":")
    text.append(digitsOf: summary.count)
    text.append(",\"min\":")
    text.append(seconds: summary.minimum)
    text.append(",\"median\":")
    text.append(seconds: summary.median)
    text.append(",\"p99\":")
    text.append(seconds: summary.percentile99)
    text.append(",\"max\":")
    text.append(seconds: summary.maximum)
    text.append("}")
  }

  private func write(_ exchange: Flow.ExchangeSummary, into text: inout TextBuffer) {
    text.append(",\"exchange\":{\"requests\":")
    text.append(digitsOf: exchange.requests)
    text.append(",\"responses\":")
    text.append(digitsOf: exchange.responses)
    text.append(",\"unanswered\":")
    text.append(digitsOf: exchange.unanswered)
    if let time = exchange.time { write("response_time", time, afterComma: true, into: &text) }
    text.append("}")
  }

  private func write(_ hints: Flow.Hints, into text: inout TextBuffer) {
    text.append(",\"hints\":{")
    var needsComma = false
    let names: [(StaticString, [UInt8]?)] = [
      ("sni", hints.serverName), ("http_host", hints.httpHost), ("dns_name", hints.domainName),
      ("ssh_client", hints.sshClient), ("ssh_server", hints.sshServer),
    ]
    for case (let name, let octets?) in names {
      text.append(member: name, afterComma: needsComma)
      needsComma = true
      text.append("\"")
      withBytes(octets) { text.appendEscaped($0, for: .json) }
      text.append("\"")
    }
    if let version = hints.quicVersion {
      text.append(member: "quic_version", afterComma: needsComma)
      text.append("\"0x")
      text.append(hexadecimal: UInt64(version), digits: 8)
      text.append("\"")
    }
    text.append("}")
  }
}
