import CLinux

/// Addresses that a filter tests in parts of four octets or two.
enum FilterAddressParts {
  /// A whole address or network.
  enum Whole: Hashable {
    case ipv6(UInt128, prefixLength: Int)
    case hardware(UInt64)
  }

  /// An address from the clauses, the first of which is the one at a place, and which they are; nil where that does not
  /// begin one.
  static func find(_ clauses: [FilterClause], from place: Int) -> (whole: Whole, isSource: Bool, places: [Int])? {
    guard let first = part(clauses[place]) else { return nil }
    switch first.header {
    case .ipv6: return ipv6(clauses, from: place, first)
    case .ethernet: return hardware(clauses, from: place, first)
    default: return nil
    }
  }

  /// The same in words.
  static func join(_ clauses: [FilterClause], from place: Int) -> (phrase: String, places: [Int])? {
    guard let (whole, isSource, places) = find(clauses, from: place) else { return nil }
    let side = isSource ? "source" : "destination"
    switch whole {
    case .ipv6(let value, 128): return ("\(side) address \(text(value))", places)
    case .ipv6(let value, let length): return ("\(side) address in \(text(value))/\(length)", places)
    case .hardware(.max >> 16) where !isSource: return ("to the broadcast hardware address", places)
    case .hardware(let value):
      return ("\(side) hardware address \(hardwareText(value))", places)
    }
  }

  /// A hardware address, its six octets with colons.
  static func hardwareText(_ value: UInt64) -> String {
    FilterVocabulary.hardware(UInt32(truncatingIfNeeded: value >> 32), octets: 2)
      + ":" + FilterVocabulary.hardware(UInt32(truncatingIfNeeded: value), octets: 4)
  }

  private struct Part {
    var header: FilterHeader
    var offset: UInt32
    var size: UInt8
    var value: UInt32
    var mask: UInt32?
  }

  private static func part(_ clause: FilterClause) -> Part? {
    guard clause.condition.holds, clause.condition.test == .equal,
      case .constant(let value) = clause.condition.operand, case .field(let field) = clause.subject.base
    else { return nil }
    return Part(header: field.header, offset: field.offset, size: field.size, value: value, mask: clause.subject.mask)
  }

  private static func ipv6(
    _ clauses: [FilterClause], from place: Int, _ first: Part
  ) -> (Whole, Bool, [Int])? {
    guard (8..<40).contains(first.offset), first.size == 4 else { return nil }
    let start: UInt32 = first.offset < 24 ? 8 : 24
    var words: [UInt32: (part: Part, place: Int)] = [:]
    for later in place..<clauses.count {
      guard let part = part(clauses[later]), part.header == .ipv6, part.size == 4,
        (start..<start + 16).contains(part.offset), part.offset % 4 == 0, words[part.offset] == nil
      else { continue }
      words[part.offset] = (part, later)
    }
    var value: UInt128 = 0
    var length = 0
    for number in 0..<UInt32(4) {
      guard let (part, _) = words[start + number * 4] else { break }
      // Nothing may follow a part of a word.
      guard length == Int(number) * 32, let bits = FilterSubject.prefixLength(part.mask ?? .max) else { return nil }
      value |= UInt128(part.value) << UInt128((3 - number) * 32)
      length += bits
    }
    guard length > 0, words.count == (length + 31) / 32 else { return nil }
    return (.ipv6(value, prefixLength: length), start == 8, words.values.map(\.place))
  }

  private static func hardware(
    _ clauses: [FilterClause], from place: Int, _ first: Part
  ) -> (Whole, Bool, [Int])? {
    guard first.offset < 12, first.mask == nil else { return nil }
    let start: UInt32 = first.offset < 6 ? 0 : 6
    for later in (place + 1)..<max(clauses.count, place + 1) {
      guard let part = part(clauses[later]), part.header == .ethernet, part.mask == nil else { continue }
      let both = [first, part].sorted { $0.offset < $1.offset }
      guard both[0].offset == start, both[0].offset + UInt32(both[0].size) == both[1].offset,
        both[0].size + both[1].size == 6
      else { continue }
      let value = UInt64(both[0].value) << UInt64(both[1].size * 8) | UInt64(both[1].value)
      return (.hardware(value), start == 6, [place, later])
    }
    return nil
  }

  /// An address in groups, the longest run of zeros left out. RFC 5952.
  static func text(_ value: UInt128) -> String {
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> UInt128((7 - $0) * 16)) }
    var best = 0..<0
    var start = 0
    for place in 0...8 where place == 8 || groups[place] != 0 {
      if place - start > max(best.count, 1) { best = start..<place }
      start = place + 1
    }
    func text(_ range: Range<Int>) -> String { range.map { String(groups[$0], radix: 16) }.joined(separator: ":") }
    return best.isEmpty ? text(0..<8) : text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
  }
}
