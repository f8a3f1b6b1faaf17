public import Flows
public import Wire

/// Writes flows as lines of comma-separated values, quoted as RFC 4180 says, with the columns' names first.
///
/// Times are seconds. What is not known is empty; text from packets is escaped as on a terminal.
public struct FlowCSVWriter {
  private let seed: UInt16

  /// A writer; `seed` goes into Community ID.
  public init(communityIDSeed seed: UInt16 = 0) { self.seed = seed }

  private static let columns: [StaticString] = [
    "flow", "start", "end", "duration", "protocol", "src_address", "src_port", "dst_address", "dst_port",
    "packets_forward", "packets_reverse", "bytes_forward", "bytes_reverse", "payload_bytes_forward",
    "payload_bytes_reverse", "state", "ended", "community_id", "vlan", "tunnel", "tunnel_id", "handshake_rtt",
    "rtt_forward_min", "rtt_forward_median", "rtt_forward_p99", "rtt_reverse_min", "rtt_reverse_median",
    "rtt_reverse_p99",
  ]
  private static let lastColumns: [StaticString] = [
    "requests", "responses", "response_time_median", "sni", "http_host", "dns_name", "ssh_client", "ssh_server",
    "quic_version", "process", "pid", "user", "container", "unit", "peer_process", "peer_pid", "process_end",
    "attribution", "socket_inode", "socket_cookie", "peer_attribution", "peer_socket_inode", "peer_socket_cookie",
  ]

  /// Writes the line of names.
  public func writeNames(into text: inout TextBuffer) {
    for name in Self.columns {
      text.append(name)
      text.append(",")
    }
    for name in TCPFindings.names {
      text.append(name)
      text.append(",")
    }
    for (place, name) in Self.lastColumns.enumerated() {
      if place > 0 { text.append(",") }
      text.append(name)
    }
    text.append("\n")
  }

  /// Writes a flow's line.
  public func write(_ flow: Flow, _ owners: borrowing FlowOwners, into text: inout TextBuffer) {
    text.append(digitsOf: flow.number)
    text.append(",")
    text.append(time: flow.start)
    text.append(",")
    text.append(time: flow.end)
    text.append(",")
    text.append(seconds: flow.duration)
    text.append(",")
    FlowText.writeProtocol(flow.ends.protocolNumber, quoted: false, into: &text)
    for end in [flow.ends.source, flow.ends.destination] {
      text.append(",")
      text.append(address: end.address, isIPv6: flow.ends.isIPv6)
      text.append(",")
      if flow.ends.hasPorts { text.append(decimal: end.port) }
    }
    for value in [flow.packets, flow.bytes, flow.payloadBytes] {
      text.append(",")
      text.append(digitsOf: value.forward)
      text.append(",")
      text.append(digitsOf: value.reverse)
    }
    text.append(",")
    text.append(flow.state.name)
    text.append(",")
    if let ending = flow.ending { text.append(ending.name) }
    text.append(",")
    CommunityID.write(flow.ends, seed: seed, into: &text)
    text.append(",")
    if let vlan = flow.vlan { text.append(decimal: vlan) }
    text.append(",")
    if let tunnel = flow.tunnel { text.append(tunnel.kind.name) }
    text.append(",")
    if let tunnel = flow.tunnel, tunnel.kind.hasIdentifier || tunnel.endpoint != 0 {
      text.append(decimal: tunnel.kind.hasIdentifier ? tunnel.identifier : tunnel.endpoint)
    }
    text.append(",")
    writeTCP(flow.tcp, into: &text)
    writeRest(flow, into: &text)
    let (process, peer) = owners.processes(of: flow)
    write(process, into: &text)
    write(peer, asPeer: true, into: &text)
    text.append(",")
    if let end = owners.processEnd(of: flow) { text.append(end) }
    let (how, peerHow) = owners.attributions(flow)
    write(how, into: &text)
    write(peerHow, into: &text)
    text.append("\n")
  }

  private func write(_ process: CapturedProcess?, asPeer: Bool = false, into text: inout TextBuffer) {
    text.append(",")
    if let name = process?.name, !name.isEmpty { write(name, into: &text) }
    text.append(",")
    if let pid = process?.pid { text.append(decimal: pid) }
    guard !asPeer else { return }
    let user = process?.userID.map { Array(String($0).utf8) } ?? []
    for value in [
      process.map(\.user).flatMap { $0.isEmpty ? nil : $0 } ?? user, process?.container ?? [], process?.unit ?? [],
    ] {
      text.append(",")
      if !value.isEmpty { write(value, into: &text) }
    }
  }

  /// Writes how an end's owner was found, and its socket.
  private func write(_ how: FrameAttribution.End, into text: inout TextBuffer) {
    text.append(",")
    if how.method != .none { text.append(how.method.name) }
    for number in [how.inode, how.cookie] {
      text.append(",")
      if number != 0 { text.append(digitsOf: number) }
    }
  }

  private func writeTCP(_ tcp: Flow.TCPSummary?, into text: inout TextBuffer) {
    if let handshake = tcp?.handshake { text.append(seconds: handshake) }
    for times in [tcp?.forward, tcp?.reverse] {
      for time in [times?.minimum, times?.median, times?.percentile99] {
        text.append(",")
        if let time { text.append(seconds: time) }
      }
    }
    text.append(",")
    for bit in 0..<TCPFindings.names.count {
      if let tcp { text.append(digitsOf: tcp.counts.total(bit)) }
      text.append(",")
    }
  }

  private func writeRest(_ flow: Flow, into text: inout TextBuffer) {
    if let exchange = flow.exchange { text.append(digitsOf: exchange.requests) }
    text.append(",")
    if let exchange = flow.exchange { text.append(digitsOf: exchange.responses) }
    text.append(",")
    if let time = flow.exchange?.time { text.append(seconds: time.median) }
    let hints = flow.hints
    for name in [hints.serverName, hints.httpHost, hints.domainName, hints.sshClient, hints.sshServer] {
      text.append(",")
      if let name { write(name, into: &text) }
    }
    text.append(",")
    if let version = hints.quicVersion {
      text.append("0x")
      text.append(hexadecimal: UInt64(version), digits: 8)
    }
  }

  /// Writes text in quotation marks, in which one is doubled.
  private func write(_ octets: [UInt8], into text: inout TextBuffer) {
    text.append("\"")
    var start = 0
    withBytes(octets) { bytes in
      for index in 0..<bytes.byteCount where bytes.uint8(at: index) == UInt8(ascii: "\"") {
        text.appendEscaped(bytes.slice(from: start, length: index &+ 1 &- start), for: .terminal)
        text.append("\"")
        start = index &+ 1
      }
      text.appendEscaped(bytes.slice(from: start), for: .terminal)
    }
    text.append("\"")
  }
}
