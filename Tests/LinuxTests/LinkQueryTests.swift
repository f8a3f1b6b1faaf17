import Glibc
import Linux
import Testing

struct LinkQueryTests {
  @Test func loopbackIsLoopback() throws {
    let link = try LinkQuery(name: "lo")
    #expect(link.isLoopback)
    #expect(link.index == 1)
    #expect(link.hardwareType == 772)
  }

  @Test(arguments: ["", "sockeye-none", "a-name-that-is-too-long-for-an-interface", "lo\u{0}"])
  func anUnknownNameIsNoDevice(name: String) {
    let error = #expect(throws: SystemError.self) { try LinkQuery(name: name) }
    #expect(error?.code == ENODEV)
  }
}
