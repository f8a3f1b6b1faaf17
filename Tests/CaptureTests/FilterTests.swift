import Capture
import Testing
import Wire

struct FilterTests {
  /// Ethernet, IPv4 from 10.0.0.1 to 10.0.0.2, UDP 3000 to 53, no payload.
  private let frame: [UInt8] =
    [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]
    + [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
    + [0x0b, 0xb8, 0, 53, 0, 8, 0, 0]

  private func matches(_ expression: String, _ linkType: LinkType = .ethernet, skipping: Int = 0) throws -> Bool {
    let filter = try Filter(expression, linkType: linkType)
    return withBytes(Array(frame[skipping...])) { filter.matches($0, originalLength: UInt32($0.byteCount)) }
  }

  @Test func matchesAsPcapFilterSays() throws {
    #expect(try matches("udp port 53"))
    #expect(try matches("host 10.0.0.1 and udp"))
    #expect(try !matches("tcp"))
    #expect(try matches(""))
    #expect(try matches("less 42") && !matches("greater 43"))
  }

  @Test func rawIPHasNoLinkHeader() throws {
    #expect(try matches("udp port 53", .raw, skipping: 14))
    #expect(try matches("udp port 53", .ipv4, skipping: 14))
    #expect(try !matches("udp port 53", .raw))
  }

  @Test func theOriginalLengthCounts() throws {
    let filter = try Filter("greater 1000", linkType: .ethernet)
    #expect(withBytes(frame) { filter.matches($0, originalLength: 1500) })
  }

  @Test func everyCutIsSafe() throws {
    let filter = try Filter("udp port 53", linkType: .ethernet)
    for length in 0..<frame.count where length < 38 {
      #expect(withBytes(Array(frame[..<length])) { !filter.matches($0, originalLength: 42) })
    }
  }

  @Test func errorsAreLibpcaps() {
    let error = #expect(throws: FilterError.self) { _ = try Filter("udp prot 53", linkType: .ethernet).expression }
    #expect(error?.text.contains("syntax error") == true)
    #expect(error?.description.hasPrefix("filter \"udp prot 53\": ") == true)
  }

  @Test func whatOnlyALiveCaptureKnowsIsRefused() {
    #expect(throws: FilterError.self) { _ = try Filter("inbound", linkType: .ethernet).expression }
  }
}
