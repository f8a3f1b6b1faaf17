/// A pattern as a shell has it, over octets: `*` any number of them, `?` one, `[a-z]` one of these, `[!a-z]` one other,
/// a backslash before one that stands for itself. A slash is like any other octet. See glob(7).
public struct Glob: Sendable, Equatable {
  private let pattern: [UInt8]
  /// Whether it is a text that only matches itself.
  public let isLiteral: Bool

  /// A pattern from its text.
  public init(_ text: String) { self.init(octets: Array(text.utf8)) }

  /// A pattern from octets.
  public init(octets: [UInt8]) {
    pattern = octets
    isLiteral = !octets.contains { [UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["), 0x5c].contains($0) }
  }

  /// Whether all of a name is matched. Takes at most the product of both lengths in steps.
  public func matches(_ name: [UInt8]) -> Bool {
    if isLiteral { return name == pattern }
    var place = 0
    var index = 0
    // Where the last star stands and how much of the name it has taken: the only place to come back to.
    var star: (place: Int, index: Int)?
    while index < name.count {
      if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
        star = (place, index)
        place += 1
      } else if let next = step(place, name[index]) {
        place = next
        index += 1
      } else if let last = star {
        star = (last.place, last.index + 1)
        place = last.place + 1
        index = last.index + 1
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  /// Where the pattern goes on behind what matches one octet; nil where it does not match.
  private func step(_ place: Int, _ octet: UInt8) -> Int? {
    guard place < pattern.count else { return nil }
    switch pattern[place] {
    case UInt8(ascii: "?"): return place + 1
    case UInt8(ascii: "["): return stepOverClass(place, octet)
    case 0x5c where place + 1 < pattern.count: return pattern[place + 1] == octet ? place + 2 : nil
    default: return pattern[place] == octet ? place + 1 : nil
    }
  }

  private func stepOverClass(_ start: Int, _ octet: UInt8) -> Int? {
    var place = start + 1
    let isNegated =
      place < pattern.count && (pattern[place] == UInt8(ascii: "!") || pattern[place] == UInt8(ascii: "^"))
    if isNegated { place += 1 }
    var isMember = false
    let first = place
    while place < pattern.count {
      // A bracket right at the beginning is a member, not the end.
      if pattern[place] == UInt8(ascii: "]"), place > first { return isMember != isNegated ? place + 1 : nil }
      if place + 2 < pattern.count, pattern[place + 1] == UInt8(ascii: "-"), pattern[place + 2] != UInt8(ascii: "]") {
        if pattern[place] <= octet, octet <= pattern[place + 2] { isMember = true }
        place += 3
      } else {
        if pattern[place] == octet { isMember = true }
        place += 1
      }
    }
    // A class that does not end is a bracket.
    return octet == UInt8(ascii: "[") ? start + 1 : nil
  }
}
