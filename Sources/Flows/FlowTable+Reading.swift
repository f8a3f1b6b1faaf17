/// What is asked of a table.
extension FlowTable {
  /// Calls the body with the number of each flow that the table holds, in no certain order.
  func forEachNumber(_ body: (UInt32) -> Void) {
    for queue in [IdleClass.tcp, .openingTCP, .closedTCP, .udp, .other] {
      var number = queues.first(queue)
      while number != 0 {
        body(number)
        number = flows[number].newer
      }
    }
  }

  /// The flow of a handle.
  public func flow(_ handle: FlowHandle) -> Flow { flow(handle.number, nil) }

  /// What a flow is sorted by.
  func rank(_ number: UInt32, _ order: FlowOrder) -> UInt64 {
    let record = flows[number]
    switch order {
    case .start: return FlowOrder.rank(ofStart: record.first)
    case .duration: return UInt64(Swift.max(record.last &- record.first, 0))
    case .packets: return record.packetsForward &+ record.packetsReverse
    case .bytes: return record.bytesForward &+ record.bytesReverse
    case .rate:
      let duration = UInt64(Swift.max(record.last &- record.first, 0))
      return FlowOrder.rate(record.bytesForward &+ record.bytesReverse, over: duration)
    case .payload: return record.payloadForward &+ record.payloadReverse
    case .rtt, .retransmissions, .trouble: return flow(number, nil).rank(order)
    }
  }

  func flow(_ number: UInt32, _ ending: FlowEnding?) -> Flow {
    var flow = FlowReader.flow(flows[number], ending, tracker, hints)
    let place = flows[number].attribution
    if place != 0 { flow.attribution = attributions[place] }
    return flow
  }
}
