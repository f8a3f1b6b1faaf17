import Testing
import Wire

@testable import Output

/// Dates far from now: what a file says may be any second of 64 bits.
@Suite struct LocalClockTests {
  /// The dates by Python's calendar, and whole cycles of 400 years.
  @Test(
    arguments: [
      (1 << 56, "2283416224-11-24 12:52:16.000000001"), (1 << 62, "146138514283-06-19 07:45:04.000000001"),
      (.max, "292277026596-12-04 15:30:07.000000001"), (.min, "-292277022657-01-27 08:29:52.000000001"),
    ] as [(Int64, String)])
  func yearsBeyondTheSystemsAreRight(_ seconds: Int64, _ wanted: String) {
    var clock = LocalClock()
    var text = TextBuffer()
    clock.writeDate(Timestamp(seconds: seconds, nanoseconds: 1), into: &text)
    var octets: [UInt8] = []
    for index in 0..<text.count { octets.append(text.bytes.uint8(at: index)) }
    #expect(String(decoding: octets, as: UTF8.self) == wanted + " +00:00")
  }
}
