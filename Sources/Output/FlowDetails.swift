internal import Flows
internal import Wire

/// All that is known of a flow, as lines below its own.
enum FlowDetails {
  static func write(
    _ flow: Flow, _ owners: borrowing FlowOwners, communityIDSeed seed: UInt16, into text: inout TextBuffer
  ) {
    text.append("  community_id: ")
    CommunityID.write(flow.ends, seed: seed, into: &text)
    text.append("\n")
    owners.writeLines(flow, into: &text)
    text.append("  from source: ")
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

  private static func writeDirection(
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

  private static func writeTimes(_ times: LatencySummary, into text: inout TextBuffer) {
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
