internal import Wire

extension FlowPacket {
  /// Whether it answers something, so that the other end began: a SYN+ACK, or an ICMP answer.
  @inline(__always)
  var comesSecond: Bool {
    switch transport {
    case .tcp: tcp.flags.contains([.synchronize, .acknowledgment])
    case .udp: false
    default: answersICMP
    }
  }

  private var answersICMP: Bool {
    switch protocolNumber {
    case .icmp: [0, 14, 16, 18].contains(sourcePort)
    case .icmpv6: [129, 140].contains(sourcePort)
    default: false
    }
  }
}

/// Makes the value that is shown out of what is kept.
enum FlowReader {
  static func flow(
    _ record: FlowRecord, _ ending: FlowEnding?, _ tracker: borrowing TCPTracker, _ hints: borrowing HintStore
  ) -> Flow {
    let key = record.key
    let lower = FlowEnd(address: key.lower, port: UInt16(truncatingIfNeeded: key.ports >> 16))
    let upper = FlowEnd(address: key.upper, port: UInt16(truncatingIfNeeded: key.ports))
    let lowerBegan = record.marks.contains(.lowerBegan)
    let tags = key.vlan >> 24
    var flow = Flow(
      ends: FlowEnds(
        source: lowerBegan ? lower : upper, destination: lowerBegan ? upper : lower,
        protocolNumber: IPProtocol(rawValue: key.protocolNumber), isIPv6: key.flags & 1 != 0,
        isOneWay: key.flags & 2 != 0, knowsPorts: key.flags & 4 == 0),
      start: timestamp(record.first), end: timestamp(record.last),
      packets: Flow.Directions(forward: record.packetsForward, reverse: record.packetsReverse),
      bytes: Flow.Directions(forward: record.bytesForward, reverse: record.bytesReverse),
      payloadBytes: Flow.Directions(forward: record.payloadForward, reverse: record.payloadReverse),
      state: state(record), ending: ending)
    flow.number = UInt64(record.number)
    flow.owner = record.owner
    flow.knowsOwnerEnd = !record.marks.contains(.guessedEnd)
    if tags > 0 { flow.vlan = UInt16(truncatingIfNeeded: key.vlan & 0xfff) }
    if tags > 1 { flow.outerVLAN = UInt16(truncatingIfNeeded: key.vlan >> 12 & 0xfff) }
    flow.tunnel = key.tunnel == 0 ? nil : tunnel(key)
    // What a connection itself said of its end comes before what became of its entry.
    switch flow.state {
    case .reset: flow.ending = .reset
    case .closed: flow.ending = .finish
    default: break
    }
    if record.tcp != 0 { flow.tcp = tcp(record.tcp, lowerBegan, tracker) }
    if record.extra != 0 { read(record.extra, &flow, hints) }
    return flow
  }

  private static func tunnel(_ key: FlowKey) -> FlowTunnel? {
    FlowTunnel.Kind(rawValue: UInt8(truncatingIfNeeded: key.tunnel)).map {
      FlowTunnel($0, depth: UInt8(truncatingIfNeeded: key.tunnel >> 8), identifier: key.tunnelIdentifier)
    }
  }

  private static func timestamp(_ time: Int64) -> Timestamp {
    var seconds = time / 1_000_000_000
    var nanoseconds = time % 1_000_000_000
    if nanoseconds < 0 {
      seconds &-= 1
      nanoseconds &+= 1_000_000_000
    }
    return Timestamp(seconds: seconds, nanoseconds: UInt32(truncatingIfNeeded: nanoseconds))
  }

  private static func state(_ record: FlowRecord) -> FlowState {
    let marks = record.marks
    guard record.tcp != 0 else {
      return record.packetsReverse > 0 && record.packetsForward > 0 ? .answered : .oneWay
    }
    if marks.contains(.reset) { return .reset }
    if marks.isSuperset(of: [.finishedForward, .finishedReverse]) { return .closed }
    if marks.contains(.finishedForward) || marks.contains(.finishedReverse) { return .closing }
    if marks.contains(.acknowledged) { return .established }
    return marks.contains(.answered) ? .synReceived : marks.contains(.synchronized) ? .synSent : .established
  }

  private static func tcp(_ number: UInt32, _ lowerBegan: Bool, _ tracker: borrowing TCPTracker) -> Flow.TCPSummary {
    let state = tracker.states[number]
    let lower = tracker.latencies.summary(of: state.lower.latency)
    let upper = tracker.latencies.summary(of: state.upper.latency)
    return Flow.TCPSummary(
      handshake: state.handshake > 0 ? UInt64(state.handshake) : nil, forward: lowerBegan ? lower : upper,
      reverse: lowerBegan ? upper : lower, counts: tracker.counts(of: number))
  }

  private static func read(_ number: UInt32, _ flow: inout Flow, _ hints: borrowing HintStore) {
    let extra = hints.extras[number]
    flow.hints.serverName = hints.name(extra.serverName)
    flow.hints.httpHost = hints.name(extra.host)
    flow.hints.domainName = hints.name(extra.domainName)
    flow.hints.sshClient = hints.name(extra.forwardSSH)
    flow.hints.sshServer = hints.name(extra.reverseSSH)
    flow.hints.quicVersion = extra.quicVersion == 0 ? nil : extra.quicVersion
    flow.tunnel?.endpoint = extra.forwardEndpoint
    flow.reverseTunnelEndpoint = extra.reverseEndpoint
    guard extra.requests > 0 || extra.responses > 0 else { return }
    flow.exchange = Flow.ExchangeSummary(
      requests: UInt64(extra.requests), responses: UInt64(extra.responses),
      unanswered: UInt64(extra.unanswered), time: hints.latencies.summary(of: extra.latency))
  }
}
