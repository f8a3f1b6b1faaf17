import Foundation
import Glibc
import Linux
import Testing

@testable import sockeye

/// What a user without rights is told; needs root, to become such a user.
@Suite(.enabled(if: geteuid() == 0, "needs root, to give rights up"))
struct PermissionTests {
  /// Runs the program as a user without any capability.
  private func runUnprivileged(_ arguments: String...) throws -> Program.Outcome {
    // The build may lie where that user cannot look: a copy is beside nobody's secrets.
    let copy = "/tmp/sockeye-test-\(UUID().uuidString)"
    try FileManager.default.copyItem(atPath: try Program.path, toPath: copy)
    defer { try? FileManager.default.removeItem(atPath: copy) }
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: copy)
    return try Program.run(
      ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", copy] + arguments,
      executable: "/usr/bin/setpriv")
  }

  @Test func captureNamesTheCapabilityAndTwoWays() throws {
    let outcome = try runUnprivileged("capture", "-i", "lo", "-c", "1")
    #expect(outcome.status == EX_NOPERM)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1)
    for part in ["CAP_NET_RAW", "sudo sockeye", "make setcap"] { #expect(outcome.errors.contains(part)) }
  }

  @Test func doctorSaysWhatMendsIt() throws {
    let outcome = try runUnprivileged("doctor")
    #expect(outcome.status == EX_NOPERM)
    #expect(outcome.output.contains("mend: sudo setcap cap_net_raw,cap_net_admin=ep /tmp/sockeye-test-"))
    #expect(outcome.output.contains("Capture is not possible."))
  }

  @Test func doctorInJSONSaysSoToo() throws {
    let outcome = try runUnprivileged("doctor", "--json")
    #expect(outcome.status == EX_NOPERM)
    let problems = try objects(outcome.output).filter { $0["state"] as? String == "problem" }
    #expect(problems.compactMap { $0["name"] as? String } == ["CAP_NET_RAW"])
  }

  @Test func interfacesAreListedWithNo() throws {
    let outcome = try runUnprivileged("interfaces", "--json")
    #expect(outcome.status == 0)
    let listed = try objects(outcome.output)
    #expect(!listed.isEmpty)
    #expect(listed.allSatisfy { $0["capture"] as? Bool == false })
  }

  private func objects(_ lines: String) throws -> [[String: Any]] {
    try lines.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
      return try #require(object as? [String: Any])
    }
  }
}
