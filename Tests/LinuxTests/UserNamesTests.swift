import Linux
import Testing

@Suite struct UserNamesTests {
  @Test func namesAreThoseOfTheUserDatabase() {
    var names = UserNames()
    for _ in 0..<2 {
      #expect(names.name(of: 0) == "root")
      #expect(names.name(of: 0xFFFF_FFF0) == nil)
    }
    #expect(UserNames.number(of: "root") == 0)
    #expect(UserNames.number(of: "no such user") == nil)
  }
}
