import Sockets
import Testing

/// Patterns as a shell has them.
@Suite struct GlobTests {
  @Test(arguments: [
    ("", ""), ("nginx", "nginx"), ("*", ""), ("*", "anything"), ("/run/*", "/run/systemd/notify"),
    ("*.sock", "/a/b.sock"),
    ("a*b*c", "aXXbYYbZc"), ("?", "x"), ("a?c", "abc"), ("[a-c]x", "bx"), ("[!a-c]x", "dx"), ("[^a]", "b"),
    ("[]]", "]"),
    ("[a-]", "-"), ("\\*", "*"), ("\\[x", "[x"), ("[unclosed", "[unclosed"), ("**", "x"), ("a\\", "a\\"),
  ])
  func matches(_ pattern: String, _ name: String) {
    #expect(Glob(pattern).matches(Array(name.utf8)))
  }

  @Test(arguments: [
    ("", "a"), ("nginx", "nginx2"), ("/run/*", "/var/run/x"), ("?", ""), ("?", "xy"), ("a*b", "a"), ("[a-c]x", "dx"),
    ("[!a-c]x", "bx"), ("\\*", "x"), ("*a", "ab"), ("[]", "x"),
  ])
  func doesNotMatch(_ pattern: String, _ name: String) {
    #expect(!Glob(pattern).matches(Array(name.utf8)))
  }

  /// Many stars over a long name must not take exponential time: this would never end.
  @Test func manyStarsEnd() {
    let pattern = String(repeating: "a*", count: 30) + "b"
    #expect(!Glob(pattern).matches([UInt8](repeating: UInt8(ascii: "a"), count: 10_000)))
  }

  @Test func literalsAreKnown() {
    #expect(Glob("/run/x.sock").isLiteral)
    for pattern in ["*", "a?", "[a]", "a\\"] { #expect(!Glob(pattern).isLiteral) }
  }
}
