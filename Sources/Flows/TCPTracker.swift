internal import Wire

/// Follows TCP connections: findings, counts, round-trip times and how they end.
struct TCPTracker: ~Copyable {
  /// How many segments of one direction are waited for at most.
  private static var mostPending: UInt8 { 64 }

  var states: Slab<TCPState>
  var latencies: LatencyStore
  private var counts: Slab<TCPCounts>
  private var pending: Slab<PendingSegment>

  /// No connections; `limit` of them at most.
  init(limit: Int) {
    states = Slab(TCPState(), limit: limit)
    counts = Slab(TCPCounts(), limit: limit)
    // Times are measured on fewer segments where very many are on their way.
    pending = Slab(PendingSegment(), limit: Swift.max(limit, 1024))
    latencies = LatencyStore(blockLimit: Swift.max(limit, 1024))
  }

  /// How many octets it takes.
  var byteCount: Int { states.byteCount &+ counts.byteCount &+ pending.byteCount &+ latencies.byteCount }

  /// Whether a SYN begins another connection between the same ends: one with another number than the connection has.
  @inline(__always)
  func beginsAnother(_ segment: TCPValues, _ number: UInt32, fromLower: Bool) -> Bool {
    guard segment.flags.contains(.synchronize), !segment.flags.contains(.acknowledgment) else { return false }
    let base = fromLower ? states[number].lower.base : states[number].upper.base
    let known = fromLower ? states[number].lower.known : states[number].upper.known
    return known.contains(.base) && base != segment.sequenceNumber
  }

  /// Takes a segment; answers what was found of it.
  @inline(__always)
  mutating func update(
    _ number: UInt32, _ packet: FlowPacket, fromLower: Bool, isForward: Bool, time: Int64, frame: UInt32,
    isReused: Bool
  ) -> TCPFindings {
    let segment = packet.tcp
    var findings: TCPFindings = isReused ? .reusedPorts : []
    let flags = segment.flags
    var own = fromLower ? states[number].lower : states[number].upper
    var peer = fromLower ? states[number].upper : states[number].lower
    // A connection's second SYN+ACK with another number: the first was another one's.
    if flags.contains(.synchronize), flags.contains(.acknowledgment), own.known.contains(.base),
      own.base != segment.sequenceNumber
    {
      own.base = segment.sequenceNumber
      findings.insert(.reusedPorts)
    }
    // One with the number that the connection has begins it again: Wireshark goes back to what was seen without a hole.
    if flags.contains(.synchronize), !flags.contains(.acknowledgment), own.known.contains(.base),
      own.base == segment.sequenceNumber
    {
      own.next = own.continuous
    }
    if segment.multipath != 0 { states[number].isMultipath = true }
    if segment.hasLength {
      setBases(segment, &own, &peer)
      var analysis = TCPAnalysis(segment, length: packet.payloadLength, time: time, findings)
      analysis.run(
        &own, &peer, frame: frame, handshake: states[number].handshake, isMultipath: states[number].isMultipath)
      findings = analysis.findings
      measure(segment, packet.payloadLength, &own, &peer, findings, time: time)
    }
    learn(segment, number, &own, &peer, time: time)
    if fromLower {
      states[number].lower = own
      states[number].upper = peer
    } else {
      states[number].upper = own
      states[number].lower = peer
    }
    if flags.contains(.reset) { findings.insert(.reset) }
    if !findings.isEmpty { note(findings, number, isForward: isForward) }
    return findings
  }

  @inline(__always)
  private func setBases(_ segment: TCPValues, _ own: inout TCPSide, _ peer: inout TCPSide) {
    if !own.known.contains(.base) {
      own.base = segment.flags.contains(.synchronize) ? segment.sequenceNumber : segment.sequenceNumber &- 1
      own.known.insert(.base)
    }
    if !peer.known.contains(.base), segment.flags.contains(.acknowledgment) {
      peer.base = segment.acknowledgmentNumber &- 1
      peer.known.insert(.base)
    }
  }

  /// Takes in what comes to count for the segments after this one: window scaling, the handshake, its end.
  @inline(__always)
  private mutating func learn(
    _ segment: TCPValues, _ number: UInt32, _ own: inout TCPSide, _ peer: inout TCPSide, time: Int64
  ) {
    let flags = segment.flags
    if segment.windowScale >= 0 { own.windowScale = segment.windowScale }
    if flags.contains(.synchronize) {
      own.known.insert([.unscaled, .synchronized])
      let isAnswer = flags.contains(.acknowledgment)
      if !isAnswer { states[number].synchronizeTime = time }
      // Both ends have to offer scaling, RFC 7323 section 2.2.
      if own.windowScale == -1 {
        own.windowScale = -2
        peer.windowScale = -2
      } else if isAnswer, peer.windowScale == -2 {
        own.windowScale = -2
      }
    } else if flags.contains(.acknowledgment) {
      own.known.remove(.unscaled)
      if states[number].synchronizeTime != 0, states[number].handshake == 0 {
        states[number].handshake = time &- states[number].synchronizeTime
      }
    }
    if flags.contains(.finish) { own.known.insert(.finished) }
  }

  @inline(never)
  private mutating func note(_ findings: TCPFindings, _ number: UInt32, isForward: Bool) {
    if states[number].counts == 0 {
      let place = counts.allocate()
      states[number].counts = place
      if place == 0 { return }
    }
    counts[states[number].counts].count(findings, isForward: isForward)
  }

  // Round-trip times: from a segment to the acknowledgment of exactly its end, or to the echo of its timestamp. What was
  // sent twice tells nothing by its acknowledgment (RFC 6298 section 3), but does by its timestamp.
  @inline(__always)
  private mutating func measure(
    _ segment: TCPValues, _ length: UInt32, _ own: inout TCPSide, _ peer: inout TCPSide, _ findings: TCPFindings,
    time: Int64
  ) {
    if segment.flags.contains(.acknowledgment) {
      var sent = take(segment.acknowledgmentNumber, from: &peer)
      if segment.hasTimestamp, peer.known.contains(.waitsForEcho) {
        let behind = Int32(bitPattern: segment.timestampEcho &- peer.timestamp)
        if behind >= 0 {
          if behind == 0, sent == nil { sent = peer.timestampTime }
          peer.known.remove(.waitsForEcho)
        }
      }
      if let sent { latencies.add(time &- sent, to: &peer.latency) }
    }
    let connects = segment.flags.rawValue & (TCPFlags.synchronize.rawValue | TCPFlags.finish.rawValue) != 0
    guard length > 0 || connects else { return }
    if segment.hasTimestamp, !own.known.contains(.waitsForEcho),
      segment.timestamp.isAfter(own.timestamp) || own.timestamp == 0
    {
      own.timestamp = segment.timestamp
      own.timestampTime = time
      own.known.insert(.waitsForEcho)
    }
    let end = segment.sequenceNumber &+ length &+ (connects ? 1 : 0)
    if !findings.intersection([
      .retransmission, .fastRetransmission, .spuriousRetransmission, .outOfOrder, .keepAlive, .zeroWindowProbe,
    ]).isEmpty {
      own.ambiguousEnd =
        own.known.contains(.ambiguous) && own.ambiguousEnd.isAfter(own.next) ? own.ambiguousEnd : own.next
      own.known.insert(.ambiguous)
    } else if own.pending < Self.mostPending {
      wait(for: end, &own, time: time)
    }
  }

  @inline(__always)
  private mutating func wait(for end: UInt32, _ own: inout TCPSide, time: Int64) {
    let number = pending.allocate()
    guard number != 0 else { return }
    pending[number].time = time
    pending[number].end = end
    if own.pending == 0 { own.oldest = number } else { pending[own.newest].following = number }
    own.newest = number
    own.pending &+= 1
  }

  /// Forgets the segments up to an acknowledgment; answers when the one was sent that ends just there.
  @inline(__always)
  private mutating func take(_ acknowledgment: UInt32, from side: inout TCPSide) -> Int64? {
    var sent: Int64?
    while side.pending > 0 {
      let number = side.oldest
      let end = pending[number].end
      if end.isAfter(acknowledgment) { break }
      if end == acknowledgment, !(side.known.contains(.ambiguous) && !end.isAfter(side.ambiguousEnd)) {
        sent = pending[number].time
      }
      side.oldest = pending[number].following
      side.pending &-= 1
      pending.free(number)
    }
    return sent
  }

  /// The counts of a connection.
  func counts(of number: UInt32) -> TCPCounts {
    let place = states[number].counts
    return place == 0 ? TCPCounts() : counts[place]
  }

  /// Changes the directions of what is counted.
  mutating func swapDirections(of number: UInt32) {
    let place = states[number].counts
    if place != 0 { counts[place].swapDirections() }
  }

  /// Gives a connection back, with all that belongs to it.
  mutating func free(_ number: UInt32) {
    guard number != 0 else { return }
    let state = states[number]
    latencies.free(state.lower.latency)
    latencies.free(state.upper.latency)
    release(state.lower)
    release(state.upper)
    counts.free(state.counts)
    states.free(number)
  }

  private mutating func release(_ side: TCPSide) {
    var number = side.oldest
    for _ in 0..<side.pending {
      let following = pending[number].following
      pending.free(number)
      number = following
    }
  }
}
