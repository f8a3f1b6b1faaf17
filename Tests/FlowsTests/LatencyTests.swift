import Testing

@testable import Flows

@Suite struct LatencyTests {
  private func summary(_ times: [Int64]) -> LatencySummary? {
    var store = LatencyStore(blockLimit: 100)
    var number: UInt32 = 0
    for time in times { store.add(time, to: &number) }
    return store.summary(of: number)
  }

  @Test func fewTimesAreExact() {
    #expect(summary([]) == nil)
    #expect(summary([5000]) == LatencySummary(count: 1, minimum: 5000, median: 5000, percentile99: 5000, maximum: 5000))
    #expect(
      summary([9000, 2000, 4000])
        == LatencySummary(count: 3, minimum: 2000, median: 4000, percentile99: 9000, maximum: 9000))
  }

  @Test func manyTimesAreWithinTwoOfAHundred() {
    let times = (1...1000).map { Int64($0) * 1_000_000 }
    guard let found = summary(times.shuffled()) else {
      Issue.record("no summary")
      return
    }
    #expect(found.count == 1000)
    #expect(found.minimum == 1_000_000)
    #expect(found.maximum == 1_000_000_000)
    #expect((490_000_000...510_000_000).contains(found.median))
    #expect((970_000_000...1_000_000_000).contains(found.percentile99))
  }

  @Test func bucketsCoverAllTimes() {
    var last: UInt32 = 0
    for time in [0, 1, 31, 32, 33, 1000, 1_000_000, 1 << 40, UInt64(Int64.max)] {
      let bucket = LatencyStore.bucket(time)
      #expect(bucket >= last && bucket < 2048)
      last = bucket
      let middle = LatencyStore.middle(of: bucket)
      #expect(Double(middle) >= Double(time) * 0.96 && Double(middle) <= Double(time) * 1.04 + 1)
    }
  }

  @Test func timesBelowZeroCountAsZero() {
    #expect(summary([-5, -5, -5, -5])?.maximum == 0)
  }

  @Test func freedEntriesAreUsedAgain() {
    var store = LatencyStore(blockLimit: 4)
    for _ in 0..<100 {
      var number: UInt32 = 0
      for time in 1...50 { store.add(Int64(time) << 20, to: &number) }
      #expect(store.summary(of: number)?.count == 50)
      store.free(number)
    }
  }
}
