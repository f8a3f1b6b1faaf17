public import Wire

/// How flows begin and end.
extension FlowTable {
  @inline(never)
  mutating func begin(
    _ key: FlowKey, _ hash: UInt32, _ flow: FlowPacket, _ sourceIsLower: Bool, _ time: Int64
  ) -> UInt32 {
    if flows.count >= flows.limit { evict() }
    let number = flows.allocate()
    guard number != 0 else { return 0 }
    totals.flows &+= 1
    var record = FlowRecord()
    record.key = key
    record.number = UInt32(truncatingIfNeeded: totals.flows)
    record.first = time
    record.last = time
    record.queued = time
    record.hash = hash
    if sourceIsLower != flow.comesSecond { record.marks.insert(.lowerBegan) }
    switch flow.transport {
    case .tcp:
      record.idleClass = flow.tcp.flags.contains(.synchronize) ? .openingTCP : .tcp
      record.tcp = tracker.states.allocate()
    case .udp: record.idleClass = .udp
    default: record.idleClass = .other
    }
    hints.begin(&record.extra, destination: flow.comesSecond ? flow.source : flow.destination)
    flows[number] = record
    index.insert(hash, number)
    queues.append(number, to: &flows)
    return number
  }

  /// Puts out the flow that was idle for longest.
  private mutating func evict() {
    let number = queues.oldest(flows)
    guard number != 0 else { return }
    totals.evicted &+= 1
    end(number, .evicted)
  }

  /// Ends the flows whose timeouts have passed.
  mutating func sweep(_ time: Int64) {
    nextSweep = time &+ Self.grain / 4
    let timeouts = [
      (IdleClass.tcp, options.timeouts.tcp), (.openingTCP, options.timeouts.openingTCP),
      (.closedTCP, options.timeouts.closedTCP), (.udp, options.timeouts.udp), (.other, options.timeouts.other),
    ]
    for case (let idleClass, let timeout?) in timeouts {
      while true {
        let number = queues.first(idleClass)
        guard number != 0, time &- flows[number].queued > timeout else { break }
        if time &- flows[number].last > timeout {
          totals.timedOut &+= 1
          end(number, .timeout)
        } else {
          queues.remove(number, from: &flows)
          flows[number].queued = flows[number].last
          queues.append(number, to: &flows)
        }
      }
    }
  }

  mutating func end(_ number: UInt32, _ ending: FlowEnding) {
    if options.keepsEnded { ended.append(flow(number, ending)) }
    index.remove(flows[number].hash, number)
    queues.remove(number, from: &flows)
    tracker.free(flows[number].tcp)
    hints.free(flows[number].extra)
    attributions.free(flows[number].attribution)
    flows[number].number = 0
    flows.free(number)
  }

  /// Ends the flows whose timeouts have passed at a time when no packet came: for live capture.
  public mutating func advance(to time: Timestamp) {
    if sweeps { sweep(Self.nanoseconds(time)) }
  }

  /// Whether flows are over that were not taken yet.
  @inline(__always)
  public var hasEnded: Bool { !ended.isEmpty }

  /// The flows that are over since the last call, in the order of their ends.
  public mutating func takeEnded() -> [Flow] {
    defer { ended.removeAll(keepingCapacity: true) }
    return ended
  }
}
