import Testing

@testable import sockeye

@Suite struct NearestNameTests {
  private let names = ["lo", "eth0", "eth1", "wlp2s0", "docker0", "veth12ab"]

  @Test(arguments: [
    ("loo", "lo"), ("l0", "lo"), ("ol", "lo"), ("eht0", "eth0"), ("ETH1", "eth1"), ("wlan2s0", "wlp2s0"),
    ("dokcer0", "docker0"), ("veth12", "veth12ab"),
  ])
  func whatIsNearIsFound(_ typed: String, _ meant: String) {
    #expect(NearestName.find(typed, among: names) == meant)
  }

  @Test(arguments: ["", "x", "zzzz", "bridge7", "abcdefgh"])
  func whatIsFarIsNot(_ typed: String) {
    #expect(NearestName.find(typed, among: names) == nil)
  }

  @Test func noNamesNoAnswer() {
    #expect(NearestName.find("lo", among: []) == nil)
  }

  @Test func longInputIsBounded() {
    #expect(NearestName.find(String(repeating: "x", count: 100_000), among: names) == nil)
  }

  @Test func distanceCountsChanges() {
    let distance = { (left: String, right: String) in NearestName.distance(Array(left.utf8), Array(right.utf8)) }
    #expect(distance("", "") == 0)
    #expect(distance("", "abc") == 3)
    #expect(distance("abc", "") == 3)
    #expect(distance("abc", "acb") == 1)
    #expect(distance("kitten", "sitting") == 3)
  }
}
