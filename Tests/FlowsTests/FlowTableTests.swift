import Flows
import Testing
import Wire

@Suite struct FlowTableTests {
  @Test func aConnectionIsOneFlow() {
    var feed = Feed()
    feed.put(Frames.tcp(0x02, 100), at: 0)
    feed.put(Frames.tcp(0x12, 500, 101, reversed: true), at: 200)
    feed.put(Frames.tcp(0x10, 101, 501), at: 300)
    feed.put(Frames.tcp(0x18, 101, 501, [1, 2, 3]), at: 400)
    feed.put(Frames.tcp(0x11, 501, 104, reversed: true), at: 700)
    feed.put(Frames.tcp(0x11, 104, 502), at: 800)
    feed.put(Frames.tcp(0x10, 502, 105, reversed: true), at: 900)
    #expect(feed.flows.count == 1)
    guard let flow = feed.flows.first else { return }
    // The client began.
    #expect(flow.ends.source == FlowEnd(address: 0xc000_0201, port: 40000))
    #expect(flow.ends.destination == FlowEnd(address: 0xc000_0202, port: 80))
    #expect(flow.packets == Flow.Directions(forward: 4, reverse: 3))
    #expect(flow.bytes == Flow.Directions(forward: 4 * 54 + 3, reverse: 3 * 54))
    #expect(flow.payloadBytes == Flow.Directions(forward: 3, reverse: 0))
    #expect(flow.state == .closed)
    #expect(flow.ending == .finish)
    #expect(flow.duration == 900_000)
    #expect(flow.tcp?.handshake == 300_000)
    // SYN to SYN+ACK, data to its acknowledgment, FIN to its acknowledgment.
    #expect(flow.tcp?.forward?.count == 3)
    #expect(flow.tcp?.forward?.minimum == 100_000)
    #expect(flow.tcp?.forward?.median == 200_000)
  }

  @Test func theOtherEndBeganWhereItsAnswerComesFirst() {
    var feed = Feed()
    feed.put(Frames.tcp(0x12, 500, 101, reversed: true), at: 0)
    #expect(feed.flows.first?.ends.source.port == 40000)
    #expect(feed.flows.first?.packets == Flow.Directions(forward: 0, reverse: 1))
  }

  @Test(arguments: [
    (UInt8(0x02), FlowState.synSent), (0x14, .reset), (0x10, .established), (0x11, .closing),
  ])
  func statesOfOneSegment(_ flags: UInt8, _ state: FlowState) {
    var feed = Feed()
    feed.put(Frames.tcp(flags, 1, 1), at: 0)
    #expect(feed.flows.first?.state == state)
  }

  @Test func anotherSynchronizeBeginsAnotherFlow() {
    var feed = Feed()
    feed.put(Frames.tcp(0x02, 100), at: 0)
    // The same again is a retransmission.
    #expect(feed.put(Frames.tcp(0x02, 100), at: 10).findings == .retransmission)
    let update = feed.put(Frames.tcp(0x02, 9000), at: 20)
    #expect(update.isNew && update.number == 2 && update.findings == .reusedPorts)
    #expect(feed.flows.count == 1)
    #expect(feed.table.totals.flows == 2)
  }

  @Test func theOldestIdleIsPutOut() {
    var options = FlowTable.Options()
    options.maximumFlows = 3
    options.keepsEnded = true
    var feed = Feed(options)
    for (place, port) in [1, 2, 3].enumerated() { feed.put(Frames.udp(UInt16(port), 9, [0]), at: Int64(place) * 10) }
    // The first is used again, two seconds later: now the second is the oldest.
    feed.put(Frames.udp(1, 9, [0]), at: 2_000_000)
    feed.put(Frames.udp(4, 9, [0]), at: 2_000_010)
    #expect(feed.table.count == 3)
    #expect(feed.table.totals.evicted == 1)
    let ended = feed.table.takeEnded()
    #expect(ended.map(\.ends.source.port) == [2])
    #expect(ended.first?.ending == .evicted)
  }

  @Test func timeoutsEndFlows() {
    var options = FlowTable.Options()
    options.timeouts.udp = 5_000_000_000
    options.keepsEnded = true
    var feed = Feed(options)
    feed.put(Frames.udp(1, 9, [0]), at: 0)
    feed.put(Frames.tcp(0x10, 1, 1), at: 0)
    feed.put(Frames.udp(1, 9, [0]), at: 4_000_000)
    feed.put(Frames.udp(1, 9, [0]), at: 20_000_000)
    let ended = feed.table.takeEnded()
    #expect(ended.map(\.ending) == [.timeout])
    #expect(ended.first?.packets.total == 2)
    // TCP has no timeout here; the last datagram is another flow.
    #expect(feed.table.count == 2)
  }

  @Test func whatNobodyAnswersEndsSoonerThanWhatIsOpen() {
    var options = FlowTable.Options()
    options.timeouts.tcp = 100_000_000_000
    options.timeouts.openingTCP = 5_000_000_000
    options.timeouts.closedTCP = 2_000_000_000
    options.keepsEnded = true
    var feed = Feed(options)
    // One without an answer, one that was opened, one that was refused.
    feed.put(Frames.tcp(0x02, 100, port: 1), at: 0)
    feed.put(Frames.tcp(0x02, 100, port: 2), at: 0)
    feed.put(Frames.tcp(0x12, 500, 101, reversed: true, port: 2), at: 10)
    feed.put(Frames.tcp(0x10, 101, 501, port: 2), at: 20)
    feed.put(Frames.tcp(0x02, 100, port: 3), at: 0)
    feed.put(Frames.tcp(0x14, 0, 101, reversed: true, port: 3), at: 10)
    feed.table.advance(to: Timestamp(seconds: 1_700_000_004, nanoseconds: 0))
    #expect(feed.table.takeEnded().map(\.ends.source.port) == [3])
    feed.table.advance(to: Timestamp(seconds: 1_700_000_008, nanoseconds: 0))
    let ended = feed.table.takeEnded()
    #expect(ended.map(\.ends.source.port) == [1])
    #expect(ended.first?.state == .synSent && ended.first?.ending == .timeout)
    feed.table.advance(to: Timestamp(seconds: 1_700_000_200, nanoseconds: 0))
    #expect(feed.table.takeEnded().map(\.ends.source.port) == [2])
  }

  @Test func hundredThousandFlowsComeAndGo() {
    var options = FlowTable.Options()
    options.maximumFlows = 1000
    var feed = Feed(options)
    for round in 0..<100_000 {
      feed.put(Frames.udp(UInt16(truncatingIfNeeded: round), UInt16(round >> 16), [0]), at: Int64(round))
    }
    #expect(feed.table.count == 1000)
    #expect(feed.table.totals.evicted == 99_000)
    #expect(feed.flows.last?.number == 100_000)
  }

  @Test func answersOfQuestions() {
    // Identifier 0x1234, recursion desired, one question: a, type A, class IN.
    let question: [UInt8] = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x61, 0, 0, 1, 0, 1]
    // The same as a response with one answer: 192.0.2.9.
    var answer = question
    answer[2] = 0x81
    answer[7] = 1
    answer += [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 9]
    var feed = Feed()
    feed.put(Frames.udp(5000, 53, question), at: 0)
    feed.put(Frames.udp(53, 5000, answer, reversed: true), at: 1500)
    #expect(feed.flows.first?.exchange?.requests == 1)
    #expect(feed.flows.first?.exchange?.responses == 1)
    #expect(feed.flows.first?.exchange?.time?.median == 1_500_000)
    // A flow to that address gets the name that it came from.
    feed.put(Frames.ipv4(17, from: Frames.client, to: 0xc000_0209, [0, 7, 0, 9, 0, 8, 0, 0]), at: 2000)
    #expect(feed.flows.last?.hints.domainName == [0x61])
  }

  @Test func fragmentsBelongToTheFlowOfTheirFirst() {
    var first = Frames.udp(7, 9, [UInt8](repeating: 1, count: 24))
    // More fragments follow; identification 5.
    (first[18], first[19], first[20]) = (0, 5, 0x20)
    var later = Frames.ipv4(17, from: Frames.client, to: Frames.server, [UInt8](repeating: 2, count: 16))
    (later[18], later[19], later[20], later[21]) = (0, 5, 0, 4)
    var feed = Feed()
    feed.put(first, at: 0)
    feed.put(later, at: 1)
    #expect(feed.flows.map(\.packets.total) == [2])
    // Another datagram's fragment has no first.
    later[19] = 6
    feed.put(later, at: 2)
    #expect(feed.flows.count == 2)
    #expect(feed.flows.last?.ends.hasPorts == false)
  }

  @Test func networksOfATunnelAreApart() {
    let question = Frames.udp(40000, 9, [1])
    let answer = Frames.udp(9, 40000, [2], reversed: true)
    func inVXLAN(_ network: UInt8, _ frame: [UInt8]) -> [UInt8] {
      Frames.udp(50000, 4789, [8, 0, 0, 0, 0, 0, network, 0] + frame)
    }
    var feed = Feed()
    for (time, network) in [UInt8(1), 2].enumerated() {
      feed.put(inVXLAN(network, question), at: Int64(time))
      feed.put(inVXLAN(network, answer), at: Int64(time + 10))
    }
    feed.put(question, at: 20)
    // GRE without a key, and with the key 1.
    feed.put(Frames.ipv4(47, from: 1, to: 2, [0, 0, 8, 0] + question.dropFirst(14)), at: 21)
    feed.put(Frames.ipv4(47, from: 1, to: 2, [0x20, 0, 8, 0, 0, 0, 0, 1] + question.dropFirst(14)), at: 22)
    // What ERSPAN mirrors: VXLAN's network counts.
    let mirrored: [UInt8] = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 7, 0, 0, 0, 0] + inVXLAN(1, question)
    feed.put(Frames.ipv4(47, from: 1, to: 2, mirrored), at: 23)
    #expect(feed.flows.map(\.packets.total) == [2, 2, 1, 1, 1, 1])
    #expect(
      feed.flows.map(\.tunnel) == [
        FlowTunnel(.vxlan, identifier: 1), FlowTunnel(.vxlan, identifier: 2), nil, FlowTunnel(.gre),
        FlowTunnel(.keyedGRE, identifier: 1), FlowTunnel(.vxlan, depth: 2, identifier: 1),
      ])
    #expect(feed.flows.allSatisfy { $0.ends.source.port == 40000 })
  }

  /// The receiver's number of a tunnel is another one in each direction: a conversation is one flow all the same.
  @Test func endpointsOfATunnelAreOneFlow() {
    let question = Frames.udp(40000, 9, [1])
    let answer = Frames.udp(9, 40000, [2], reversed: true)
    func inGTP(_ endpoint: UInt8, _ frame: [UInt8]) -> [UInt8] {
      let packet = frame.dropFirst(14)
      return Frames.udp(2152, 2152, [0x30, 255, 0, UInt8(packet.count), 0, 0, 0, endpoint] + packet)
    }
    var feed = Feed()
    feed.put(inGTP(7, question), at: 0)
    feed.put(inGTP(9, answer), at: 1)
    feed.put(inGTP(7, question), at: 2)
    #expect(feed.flows.map(\.packets.total) == [3])
    #expect(feed.flows.map(\.tunnel) == [FlowTunnel(.gtp, endpoint: 7)])
    #expect(feed.flows.map(\.reverseTunnelEndpoint) == [9])
  }

  @Test func tagsAreThoseOfTheInnerFrame() {
    let question = Frames.udp(40000, 9, [1])
    func tagged(_ vlan: UInt8, _ frame: [UInt8]) -> [UInt8] {
      frame.prefix(12) + [0x81, 0, 0, vlan] + frame.dropFirst(12)
    }
    var feed = Feed()
    feed.put(tagged(10, Frames.udp(50000, 4789, [8, 0, 0, 0, 0, 0, 1, 0] + tagged(20, question))), at: 0)
    feed.put(tagged(10, Frames.udp(50000, 4789, [8, 0, 0, 0, 0, 0, 1, 0] + question)), at: 1)
    // IP within IP has no frame of its own.
    feed.put(tagged(10, Frames.ipv4(4, from: 1, to: 2, Array(question.dropFirst(14)))), at: 2)
    #expect(feed.flows.map(\.vlan) == [20, nil, 10])
    #expect(feed.flows.map(\.outerVLAN) == [nil, nil, nil])
  }
}
