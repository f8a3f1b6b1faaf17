import CLibcap
import Foundation
import Testing

@testable import Linux

@Suite struct CapabilitiesTests {
  @Test func namesAreTheManuals() {
    #expect(Capability.netRaw.name == "CAP_NET_RAW")
    #expect(Capability.netAdmin.name == "CAP_NET_ADMIN")
  }

  @Test func setsAreWhatProcSays() throws {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let capabilities = try Capabilities.current()
    for (key, set) in [
      ("CapEff:", capabilities.effective), ("CapPrm:", capabilities.permitted), ("CapInh:", capabilities.inheritable),
      ("CapAmb:", capabilities.ambient),
    ] {
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(key) })
      let bits = try #require(UInt64(line.dropFirst(key.count).trimmingCharacters(in: .whitespaces), radix: 16))
      let expected = (0..<64).filter { bits >> $0 & 1 == 1 }
      #expect(set.map { Int($0.rawValue) }.sorted() == expected, "\(key)")
    }
  }

  @Test func effectiveIsWithinPermitted() throws {
    let capabilities = try Capabilities.current()
    #expect(capabilities.effective.isSubset(of: capabilities.permitted))
  }

  @Test func theKernelListsInternetSockets() throws {
    let family = try #require(KernelSupport.socketFamilies.first)
    #expect(KernelSupport.lists(family) == .works)
  }
}
