import Capture
import Foundation
import Testing
import Wire

private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("fixtures")

/// A row of a table in fixtures/README.md: a file, and how many whole packets are in it.
private struct Row: CustomStringConvertible {
  var name: String
  var packets: Int
  var description: String { name }
}

/// The rows under a heading of fixtures/README.md; both tables have the count of packets in the third column.
private func rows(_ heading: String) throws -> [Row] {
  let text = try String(contentsOf: fixtures.appendingPathComponent("README.md"), encoding: .utf8)
  let lines = text.split(separator: "\n").drop { $0 != "## \(heading)/" }.dropFirst().prefix { !$0.hasPrefix("## ") }
  return lines.compactMap { line in
    let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
    guard cells.count > 2, let packets = Int(cells[2]) else { return nil }
    return Row(name: cells[0], packets: packets)
  }
}

/// Files that the table counts by the strictest reader, and how many packets are in them for one that reads on where the
/// packets themselves are sound: past blocks and options that it has no use for, and whatever the link type is.
private let readOn = [
  "custom-block-short.pcapng": 2, "names-overrun.pcapng": 2, "secrets-length-lies.pcapng": 2,
  "option-length-ffff.pcapng": 3, "option-overruns.pcapng": 3,
  "unknown-link-type.pcap": 3, "unknown-link-type.pcapng": 3,
  // Its magic is that of Kuznetzov's changes, but its packet headers lack them: two packets are found by mistake.
  "unused-magic.pcap": 2,
]

private func readFile(_ path: String) -> (packets: Int, error: SavefileError?) {
  var packets = 0
  do {
    var file = try Savefile(path: path)
    try file.forEachFrame { _ in
      packets += 1
      return true
    }
    return (packets, nil)
  } catch {
    return (packets, error)
  }
}

@Suite struct SavefileFixtureTests {
  @Test func everyCaptureIsReadWhole() throws {
    let rows = try rows("captures")
    #expect(rows.count >= 60)
    for row in rows {
      let reading = readFile(fixtures.appendingPathComponent("captures/\(row.name)").path)
      #expect(reading.error == nil, "\(row)")
      #expect(reading.packets == row.packets, "\(row)")
    }
  }

  /// A broken file gives the packets before the break and an error; some only look broken and are read whole.
  @Test func everyBrokenFileGivesItsWholePackets() throws {
    let rows = try rows("malformed")
    #expect(rows.count >= 40)
    for row in rows {
      let reading = readFile(fixtures.appendingPathComponent("malformed/\(row.name)").path)
      #expect(reading.packets == readOn[row.name] ?? row.packets, "\(row): \(reading.error?.description ?? "no error")")
      if let error = reading.error { #expect([65, 66].contains(error.exitCode), "\(row)") }
    }
  }
}
