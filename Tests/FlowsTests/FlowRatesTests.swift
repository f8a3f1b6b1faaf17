import Flows
import Testing
import Wire

@Suite struct FlowRatesTests {
  @Test func aLookTellsWhatCameSinceTheLast() {
    var feed = Feed()
    var rates = FlowRates()
    feed.put(Frames.udp(1, 9, [0]), at: 0)
    feed.put(Frames.udp(1, 9, [0]), at: 1)
    feed.put(Frames.udp(2, 9, [0, 0]), at: 2)
    rates.look(at: feed.table)
    #expect(rates.active == 2)
    #expect(changes(rates, feed.table).map(\.packets.forward) == [2, 1])
    feed.put(Frames.udp(9, 2, [0], reversed: true), at: 3)
    rates.look(at: feed.table)
    #expect(rates.active == 1)
    #expect(changes(rates, feed.table).map(\.bytes) == [.init(forward: 0, reverse: 0), .init(forward: 0, reverse: 43)])
    rates.look(at: feed.table)
    #expect(rates.active == 0)
  }

  private func changes(_ rates: borrowing FlowRates, _ table: borrowing FlowTable) -> [FlowChange] {
    var changes: [FlowChange] = []
    for handle in table.sorted(by: .start) { changes.append(rates.change(of: handle)) }
    return changes
  }

  @Test func aNewFlowInAnOldPlaceBeginsAtZero() {
    var options = FlowTable.Options()
    options.maximumFlows = 1
    var feed = Feed(options)
    var rates = FlowRates()
    for time in 0..<5 { feed.put(Frames.udp(1, 9, [0]), at: Int64(time)) }
    rates.look(at: feed.table)
    feed.put(Frames.udp(2, 9, [0]), at: 10)
    rates.look(at: feed.table)
    #expect(changes(rates, feed.table).map(\.packets.forward) == [1])
  }

  @Test func theBusiestComeFirstThenThoseUsedLast() {
    var feed = Feed()
    var rates = FlowRates()
    // Idle since, each two seconds after the one before.
    for port in 1...3 { feed.put(Frames.udp(UInt16(port), 9, [0]), at: Int64(port) * 2_000_000) }
    rates.look(at: feed.table)
    feed.put(Frames.udp(4, 9, [UInt8](repeating: 0, count: 10)), at: 8_000_000)
    feed.put(Frames.udp(1, 9, [UInt8](repeating: 0, count: 50)), at: 9_000_000)
    rates.look(at: feed.table)
    var ports: [UInt16] = []
    for handle in rates.best(of: feed.table, by: .rate, limit: 10, onlyActive: false) {
      ports.append(feed.table.flow(handle).ends.source.port)
    }
    #expect(ports == [1, 4, 3, 2])
    #expect(rates.best(of: feed.table, by: .rate, limit: 10, onlyActive: true).count == 2)
    #expect(rates.best(of: feed.table, by: .start, limit: 1, onlyActive: false).count == 1)
  }

  @Test func theFirstOfManyAreTheSameAsOfAll() {
    var feed = Feed()
    for place in 0..<2000 {
      feed.put(Frames.udp(UInt16(place), 9, [UInt8](repeating: 0, count: place * 7919 % 1000)), at: Int64(place))
    }
    for order in [FlowOrder.bytes, .start, .rate, .duration] {
      var all: [UInt64] = []
      for handle in feed.table.sorted(by: order) { all.append(feed.table.flow(handle).number) }
      var first: [UInt64] = []
      for handle in feed.table.sorted(by: order, limit: 10) { first.append(feed.table.flow(handle).number) }
      #expect(first == Array(all.prefix(10)), "\(order)")
    }
  }

  @Test(arguments: [(1_000_000_000, 1000), (500_000_000, 2000), (2_000_000_000, 500), (0, 1_000_000)])
  func ratesAreOfASecond(_ nanoseconds: UInt64, _ rate: UInt64) {
    var change = FlowChange()
    change.bytes.forward = 1000
    change.nanoseconds = nanoseconds
    #expect(change.byteRate.forward == rate)
    change.bytes.forward = .max
    _ = change.byteRate
  }

  @Test func theRateOfALonePacketIsItsLength() {
    var feed = Feed()
    feed.put(Frames.udp(1, 9, [0]), at: 0)
    feed.put(Frames.udp(2, 9, [0]), at: 0)
    feed.put(Frames.udp(2, 9, [0]), at: 2_000_000)
    #expect(feed.flows.map { $0.rank(.rate) } == [43, 43])
  }
}
