import Testing
import Wire

@testable import sockeye

/// Who comes from whom in a file, in whatever order it tells of them.
@Suite struct ProcessLineageTests {
  private func process(_ number: UInt32, from parent: UInt32?, at start: UInt64? = nil) -> CapturedProcess {
    var process = CapturedProcess(pid: number)
    process.parent = parent
    process.startTime = start
    return process
  }

  @Test func whatComesFromAWantedOneIsWanted() {
    var lineage = ProcessLineage()
    #expect(lineage.add(process(1, from: 0), at: 0, isWanted: false) == [])
    #expect(lineage.add(process(10, from: 1), at: 1, isWanted: true) == [1])
    #expect(lineage.add(process(11, from: 10), at: 2, isWanted: false) == [2])
    #expect(lineage.add(process(12, from: 11), at: 3, isWanted: false) == [3])
    #expect(lineage.add(process(13, from: 1), at: 4, isWanted: false) == [])
  }

  @Test func whatWasToldBeforeItsParentIsWantedFromThenOn() {
    var lineage = ProcessLineage()
    #expect(lineage.add(process(12, from: 11), at: 0, isWanted: false) == [])
    #expect(lineage.add(process(11, from: 10), at: nil, isWanted: false) == [])
    #expect(lineage.add(process(10, from: 1), at: 1, isWanted: true) == [1, 0])
  }

  /// A number may have been another process's before.
  @Test func theParentIsWhoHadTheNumberWhenItBegan() {
    var lineage = ProcessLineage()
    #expect(lineage.add(process(10, from: 1, at: 100), at: 0, isWanted: true) == [0])
    #expect(lineage.add(process(10, from: 1, at: 200), at: 1, isWanted: false) == [])
    #expect(lineage.add(process(11, from: 10, at: 300), at: 2, isWanted: false) == [])
    #expect(lineage.add(process(12, from: 10, at: 150), at: 3, isWanted: false) == [3])
  }

  @Test func aRingOfParentsEnds() {
    var lineage = ProcessLineage()
    #expect(lineage.add(process(10, from: 11), at: 0, isWanted: false) == [])
    #expect(lineage.add(process(11, from: 10), at: 1, isWanted: true) == [1, 0])
    #expect(lineage.add(process(12, from: 12), at: 2, isWanted: true) == [2])
  }
}
