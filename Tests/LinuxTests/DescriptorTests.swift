import Glibc
import Linux
import Testing

struct DescriptorTests {
  @Test func closesWhenItsOwnerGoes() throws {
    let number = try openAndForget()
    #expect(fcntl(number, F_GETFD) == -1 || number < 0)
  }

  @Test func aNumberGivenAwayStaysOpen() throws {
    let number = try Descriptor.open("/dev/null", flags: O_RDONLY).take()
    #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
    close(number)
  }

  @Test func errorsNameTheCallAndSayWhy() {
    let error = #expect(throws: SystemError.self) {
      _ = try Descriptor.open("/no/such/file", flags: O_RDONLY).take()
    }
    #expect(error?.description == "open(/no/such/file): No such file or directory")
    #expect(error?.hinting("look twice").description.hasSuffix("(look twice)") == true)
  }

  @Test func interruptedCallsAreRepeated() throws {
    var calls = 0
    let result: Int32 = try systemCall("test") {
      calls += 1
      if calls == 1 {
        errno = EINTR
        return -1
      }
      return 7
    }
    #expect(result == 7)
    #expect(calls == 2)
  }

  /// A number that no test running at the same time will be given again.
  private func openAndForget() throws -> Int32 {
    let original = try Descriptor.open("/dev/null", flags: O_RDONLY)
    let high = Descriptor(owning: try systemCall("fcntl") { fcntl(original.rawValue, F_DUPFD_CLOEXEC, 900) })
    return high.rawValue
  }
}
