/// A test that a packet has come through, and how.
struct FilterCondition: Hashable, Sendable {
  var term: FilterTerm
  var test: FilterTest
  var operand: FilterTerm
  var holds: Bool

  /// Whether a test comes out so in every packet of which the conditions are true; nil where both may be.
  static func decide(
    _ term: FilterTerm, _ test: FilterTest, _ operand: FilterTerm, given conditions: [FilterCondition]
  ) -> Bool? {
    guard case .constant(let value) = operand else {
      guard term.isStable, operand.isStable else { return nil }
      return conditions.first { $0.term == term && $0.test == test && $0.operand == operand }?.holds
    }
    if case .constant(let known) = term { return test.evaluate(known, value) }
    guard term.isStable else { return nil }
    var known = Knowledge()
    for condition in conditions {
      guard case .constant(let other) = condition.operand else { continue }
      if condition.term == term {
        if condition.test == test, other == value { return condition.holds }
        known.learn(condition.test, other, condition.holds)
      } else if case .computed(.and, term, .constant(let mask)) = condition.term, condition.test == .equal,
        condition.holds
      {
        // Some of its bits are known.
        known.ones |= other & mask
        known.zeros |= ~other & mask
      }
    }
    if let decided = known.decide(test, value) { return decided }
    guard case .computed(.and, let whole, .constant(let mask)) = term else { return nil }
    for condition in conditions where condition.term == whole && condition.test == .equal && condition.holds {
      if case .constant(let other) = condition.operand { return test.evaluate(other & mask, value) }
    }
    return nil
  }

  /// What conditions say of a number.
  private struct Knowledge {
    var lowest: UInt32 = 0
    var highest: UInt32 = .max
    var ones: UInt32 = 0
    var zeros: UInt32 = 0
    var excluded: [UInt32] = []

    mutating func learn(_ test: FilterTest, _ value: UInt32, _ holds: Bool) {
      switch (test, holds) {
      case (.equal, true): (lowest, highest) = (max(lowest, value), min(highest, value))
      case (.equal, false): excluded.append(value)
      case (.greater, true): lowest = max(lowest, value == .max ? value : value &+ 1)
      case (.greater, false): highest = min(highest, value)
      case (.greaterOrEqual, true): lowest = max(lowest, value)
      case (.greaterOrEqual, false): highest = min(highest, value == 0 ? value : value &- 1)
      case (.anyBit, true): if value.nonzeroBitCount == 1 { ones |= value }
      case (.anyBit, false): zeros |= value
      }
    }

    func decide(_ test: FilterTest, _ value: UInt32) -> Bool? {
      if lowest == highest { return test.evaluate(lowest, value) }
      switch test {
      case .equal:
        let impossible = value < lowest || value > highest || value & zeros != 0 || ~value & ones != 0
        return impossible || excluded.contains(value) ? false : nil
      case .greater: return lowest > value ? true : highest <= value ? false : nil
      case .greaterOrEqual: return lowest >= value ? true : highest < value ? false : nil
      case .anyBit: return value & ones != 0 ? true : value & ~zeros == 0 ? false : nil
      }
    }
  }
}
