public import Linux

extension FilterProgram {
  /// What the program keeps, in one line: `IPv4, UDP, not a later fragment, destination port 68`; nil where it asks for
  /// more than fits into words.
  public func gist(_ layout: FilterLayout) -> String? {
    var walk = FilterWalk(self, layout)
    guard let ways = walk.acceptingWays() else { return nil }
    if ways.isEmpty { return "nothing" }
    let simple = walk.simplest(ways)
    var phrases = simple.map { FilterPhrases.phrases($0.clauses) }
    if phrases.contains(where: \.isEmpty) { return "every packet" }
    FilterPhrases.join(&phrases)
    guard phrases.count <= FilterPhrases.mostAlternatives else { return nil }
    return phrases.map { $0.joined(separator: ", ") }.joined(separator: "; or ")
  }

  /// The most octets of a packet that the program keeps: its snap length; nil where a computed number decides.
  public var keptLength: UInt32? {
    var longest: UInt32 = 0
    for operation in operations {
      guard case .end(let length) = operation else { continue }
      guard let length else { return nil }
      longest = Swift.max(longest, length)
    }
    return longest
  }
}

/// The clauses of a way in short words.
enum FilterPhrases {
  /// More alternatives than this are no gist.
  static let mostAlternatives = 12

  /// The phrases of one way, each once.
  static func phrases(_ clauses: [FilterClause]) -> [String] {
    var phrases: [String] = []
    for phrase in Self.whole(clauses) where !phrases.contains(phrase) { phrases.append(phrase) }
    return phrases
  }

  /// Joins alternatives that differ in one phrase only: `source port 53`, `destination port 53` become one with `or`.
  static func join(_ alternatives: inout [[String]]) {
    var changed = true
    while changed {
      changed = false
      search: for first in alternatives.indices {
        for second in alternatives.indices.dropFirst(first + 1) {
          guard let joined = join(alternatives[first], alternatives[second]) else { continue }
          alternatives[first] = joined
          alternatives.remove(at: second)
          changed = true
          break search
        }
      }
    }
  }

  private static func join(_ one: [String], _ other: [String]) -> [String]? {
    guard one.count == other.count else { return nil }
    let different = one.filter { !other.contains($0) }
    let added = other.filter { !one.contains($0) }
    guard different.count == 1, added.count == 1, let place = one.firstIndex(of: different[0]) else { return nil }
    var joined = one
    joined[place] = different[0] + " or " + added[0]
    return joined
  }

  /// Phrases in order, with addresses put together that are tested in parts.
  private static func whole(_ clauses: [FilterClause]) -> [String] {
    var phrases: [String] = []
    var used: Set<Int> = []
    for (place, clause) in clauses.enumerated() where !used.contains(place) {
      if let (phrase, places) = FilterAddressParts.join(clauses, from: place) {
        phrases.append(phrase)
        used.formUnion(places)
      } else {
        phrases.append(phrase(clause))
      }
    }
    return phrases
  }

  private static func phrase(_ clause: FilterClause) -> String {
    let condition = clause.condition
    guard case .constant(let value) = condition.operand else {
      return "\(clause.subject.name) \(condition.holds ? "" : "not ")\(words(condition.test)) a computed value"
    }
    if let short = short(clause.subject, condition.test, value) { return condition.holds ? short : "not " + short }
    return clause.subject.sentence(condition.test, value, holds: condition.holds)
  }

  private static func words(_ test: FilterTest) -> String {
    switch test {
    case .equal: "equal to"
    case .greater: "above"
    case .greaterOrEqual: "at least"
    case .anyBit: "with bits of"
    }
  }

  /// Words that need no name of the field.
  private static func short(_ subject: FilterSubject, _ test: FilterTest, _ value: UInt32) -> String? {
    guard test == .equal else { return nil }
    switch subject.base {
    case .field(let field) where field.isEtherType && subject.mask == nil: return FilterVocabulary.etherType(value)
    case .known(.protocolNumber) where subject.mask == nil: return FilterVocabulary.etherType(value)
    case .known(.packetType) where subject.mask == nil: return FilterVocabulary.packetType(value)
    case .field(let field) where field.isTransportNumber && subject.mask == nil:
      return FilterVocabulary.transport(value)
    case .field(let field) where field.isVersion && subject.mask == 0xf0:
      return value == 0x40 ? "IPv4" : value == 0x60 ? "IPv6" : nil
    case .field(let field) where field.isSourcePort != nil && subject.mask == nil:
      return "\(field.name) \(value)"
    case .field(let field) where subject.isInternetAddress:
      guard let mask = subject.mask else { return "\(field.name) \(FilterVocabulary.ipv4(value))" }
      return FilterSubject.prefixLength(mask).map { "\(field.name) in \(FilterVocabulary.ipv4(value))/\($0)" }
    default: return nil
    }
  }
}
