import Foundation
import Testing

/// The manual pages describe the options that the program takes, and no others.
@Suite struct ManualTests {
  private var root: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  }

  @Test func pagesAndOptionsAgree() throws {
    let outcome = try Program.run(
      [
        root.appendingPathComponent("Scripts/compare-options.py").path, try Program.path,
        root.appendingPathComponent("man").path,
      ], executable: "/usr/bin/python3")
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
  }

  @Test func eachExitStatusIsExplained() throws {
    for page in ["capture", "read", "sockets", "ipc", "interfaces", "doctor"] {
      let text = try String(contentsOf: root.appendingPathComponent("man/sockeye-\(page).1"), encoding: .utf8)
      for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES"] {
        #expect(text.contains("\n.Sh \(section)\n"), "sockeye-\(page).1 has no \(section)")
      }
    }
  }
}
