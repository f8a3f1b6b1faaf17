public import Flows
public import Wire

/// Writes flows as a table for people: a line each, with `verbose` all that is known below it.
public struct FlowTableWriter {
  private let isVerbose: Bool
  private let seed: UInt16
  private var clock = LocalClock()
  private var widths = Widths()

  private struct Widths {
    var number = 4
    var source = 6
    var destination = 11
  }

  /// A writer; `seed` goes into Community ID.
  public init(isVerbose: Bool, communityIDSeed seed: UInt16 = 0) {
    self.isVerbose = isVerbose
    self.seed = seed
  }

  /// Makes the columns wide enough for a flow.
  public mutating func measure(_ flow: Flow, _ scratch: inout TextBuffer) {
    scratch.removeAll()
    scratch.append(digitsOf: flow.number)
    widths.number = Swift.max(widths.number, scratch.count)
    scratch.removeAll()
    FlowText.write(flow.ends.source, of: flow.ends, into: &scratch)
    widths.source = Swift.max(widths.source, scratch.count)
    scratch.removeAll()
    FlowText.write(flow.ends.destination, of: flow.ends, into: &scratch)
    widths.destination = Swift.max(widths.destination, scratch.count)
  }

  /// Writes the line above the flows. Numbers with a stroke are those of the source, then those of the destination.
  public func writeTitles(into text: inout TextBuffer) {
    let titles: [(StaticString, Int)] = [
      ("FLOW", widths.number), ("START", 12), ("DURATION", 8), ("PROTO", 6), ("SOURCE", widths.source),
      ("DESTINATION", widths.destination), ("STATE", 12), ("PACKETS", 11), ("BYTES", 11), ("RTT", 6),
    ]
    text.begin(.faint)
    for (title, width) in titles {
      let start = text.count
      text.append(title)
      text.pad(to: width &+ 2, from: start)
    }
    text.append("NOTES")
    text.end()
    text.append("\n")
  }

  /// Writes a flow.
  public mutating func write(_ flow: Flow, into text: inout TextBuffer) {
    var start = text.count
    text.append(digitsOf: flow.number)
    text.pad(to: widths.number &+ 2, from: start)
    text.begin(.time)
    start = text.count
    clock.write(flow.start, into: &text)
    text.removeLast(6)
    text.end()
    text.append("  ")
    start = text.count
    FlowText.write(time: flow.duration, into: &text)
    text.pad(to: 10, from: start)
    start = text.count
    FlowText.writeProtocol(flow.ends.protocolNumber, quoted: false, into: &text)
    text.pad(to: 8, from: start)
    writeEnd(flow.ends.source, flow.ends, widths.source, into: &text)
    writeEnd(flow.ends.destination, flow.ends, widths.destination, into: &text)
    writeState(flow, into: &text)
    writeStroke(flow.packets, into: &text)
    writeStroke(flow.bytes, into: &text)
    start = text.count
    if let time = flow.tcp?.forward ?? flow.tcp?.reverse ?? flow.exchange?.time {
      FlowText.write(time: time.median, into: &text)
    } else {
      text.append("-")
    }
    text.pad(to: 8, from: start)
    writeNotes(flow, into: &text)
    while text.count > 0, text.bytes.uint8(at: text.count &- 1) == 0x20 { text.removeTrailingSpace() }
    text.append("\n")
    if isVerbose { writeDetails(flow, into: &text) }
  }

  private func writeEnd(_ end: FlowEnd, _ ends: FlowEnds, _ width: Int, into text: inout TextBuffer) {
    text.begin(.endpoint)
    let start = text.count
    FlowText.write(end, of: ends, into: &text)
    let written = text.count &- start
    text.end()
    text.append(repeating: 0x20, count: width &- written &+ 2)
  }

  private func writeState(_ flow: Flow, into text: inout TextBuffer) {
    let name: StaticString = flow.ending == .timeout ? "timed out" : flow.state.word
    let isBad = flow.state == .reset || flow.state == .synSent
    if isBad { text.begin(.warning) }
    text.append(name)
    if isBad { text.end() }
    text.append(repeating: 0x20, count: 14 &- name.utf8CodeUnitCount)
  }

  private func writeStroke(_ value: Flow.Directions, into text: inout TextBuffer) {
    let start = text.count
    FlowText.write(short: value.forward, into: &text)
    text.append("/")
    FlowText.write(short: value.reverse, into: &text)
    text.pad(to: 13, from: start)
  }

  private func writeNotes(_ flow: Flow, into text: inout TextBuffer) {
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
      FlowText.writeProtocol(tunnel, quoted: false, into: &text)
    }
    if let exchange = flow.exchange, exchange.responses < exchange.requests {
      separate()
      text.append(decimal: exchange.requests &- exchange.responses)
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

  private func writeDetails(_ flow: Flow, into text: inout TextBuffer) {
    text.append("  community_id: ")
    CommunityID.write(flow.ends, seed: seed, into: &text)
    text.append("\n  from source: ")
    writeDirection(
      flow.packets.forward, flow.bytes.forward, flow.payloadBytes.forward, flow.tcp?.forward, flow, isForward: true,
      into: &text)
    text.append("\n  to source:   ")
    writeDirection(
      flow.packets.reverse, flow.bytes.reverse, flow.payloadBytes.reverse, flow.tcp?.reverse, flow, isForward: false,
      into: &text)
    if let handshake = flow.tcp?.handshake {
      text.append("\n  handshake: ")
      FlowText.write(time: handshake, into: &text)
    }
    if let exchange = flow.exchange {
      text.append("\n  questions: ")
      text.append(digitsOf: exchange.requests)
      text.append(", answers: ")
      text.append(digitsOf: exchange.responses)
      if let time = exchange.time { writeTimes(time, into: &text) }
    }
    if let ending = flow.ending {
      text.append("\n  ended: ")
      text.append(ending.name)
    }
    text.append("\n")
  }

  private func writeDirection(
    _ packets: UInt64, _ bytes: UInt64, _ payload: UInt64, _ times: LatencySummary?, _ flow: Flow, isForward: Bool,
    into text: inout TextBuffer
  ) {
    text.append(digitsOf: packets)
    text.append(packets == 1 ? " packet, " : " packets, ")
    text.append(digitsOf: bytes)
    text.append(" octets, ")
    text.append(digitsOf: payload)
    text.append(" of payload")
    if let times { writeTimes(times, into: &text) }
    guard let counts = flow.tcp?.counts else { return }
    for (bit, words) in FlowText.findings.enumerated() {
      let count = isForward ? counts.forward(bit) : counts.reverse(bit)
      guard count > 0 else { continue }
      text.append(", ")
      text.append(decimal: count)
      text.append(" ")
      text.append(count == 1 ? words.0 : words.1)
    }
  }

  private func writeTimes(_ times: LatencySummary, into text: inout TextBuffer) {
    text.append("; rtt min ")
    FlowText.write(time: times.minimum, into: &text)
    text.append(" median ")
    FlowText.write(time: times.median, into: &text)
    text.append(" p99 ")
    FlowText.write(time: times.percentile99, into: &text)
    text.append(" max ")
    FlowText.write(time: times.maximum, into: &text)
    text.append(" of ")
    text.append(digitsOf: times.count)
  }
}

extension FlowState {
  /// Its name for people.
  fileprivate var word: StaticString {
    switch self {
    case .synSent: "no answer"
    case .synReceived: "opening"
    case .established: "open"
    case .closing: "closing"
    case .closed: "closed"
    case .reset: "reset"
    case .oneWay: "one way"
    case .answered: "answered"
    }
  }
}

extension FlowText {
  /// Whether a finding is worth a note: not window updates, keep-alives and their answers, nor a reset, which is a state.
  static func isNoted(_ bit: Int) -> Bool { ![10, 12, 13, 15].contains(bit) }

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
