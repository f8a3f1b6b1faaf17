import Glibc
import Linux
import Testing

@testable import sockeye

/// Over this machine's own interfaces: each has a loopback.
@Suite struct InterfaceChoiceTests {
  @Test func loopbackIsFoundOnce() throws {
    let chosen = try InterfaceChoice.resolve(["lo", "lo"])
    #expect(chosen.map(\.name) == ["lo"])
  }

  @Test func anyAndNothingAreAllThatAreUp() throws {
    let interfaces = try InterfaceChoice.all()
    try #require(interfaces.contains { $0.isUp })
    let up = interfaces.filter(\.isUp).map(\.index)
    #expect(try InterfaceChoice.resolve([], among: interfaces).map(\.index) == up)
    #expect(try InterfaceChoice.resolve(["any"], among: interfaces).map(\.index) == up)
    #expect(try InterfaceChoice.resolve(["lo", "any"], among: interfaces).map(\.index) == up)
  }

  @Test func aMisspelledNameIsSuggested() throws {
    let error = #expect(throws: CommandError.self) { try InterfaceChoice.resolve(["any", "loo"]) }
    #expect(error?.status == .noInput)
    #expect(error?.place == "loo")
    #expect(error?.remedy == "did you mean 'lo'?")
  }

  @Test func anUnknownNameIsSentToTheList() throws {
    let error = #expect(throws: CommandError.self) { try InterfaceChoice.resolve(["no-such-interface"]) }
    #expect(error?.remedy == "'sockeye interfaces' lists them")
  }

  @Test func noneUpIsAnError() {
    let error = #expect(throws: CommandError.self) { try InterfaceChoice.resolve([], among: []) }
    #expect(error?.status == .noInput)
  }
}
