import Linux

/// A condition together with what its value is called on the way to it.
struct FilterClause: Hashable, Sendable {
  var condition: FilterCondition
  var subject: FilterSubject
}

/// The ways through a program, without a packet.
///
/// That a packet is too short for a load, which drops it, is left out of account. Both the ways and the steps are
/// bounded: a program may hold more ways than there is time.
struct FilterWalk {
  /// A way that ends in keeping the packet.
  struct Way: Sendable {
    var clauses: [FilterClause]
    /// The octets that are kept; nil where a computed number decides.
    var length: UInt32?
  }

  private static let mostWays = 128
  /// Conditions on one way: each is held against all before it.
  private static let mostClauses = 128
  private static let mostSteps = 8_000
  /// For all the questions together that make the ways simpler.
  private static let mostStepsInAll = 60_000

  private let operations: [FilterOperation]
  private let layout: FilterLayout
  private var steps = 0
  /// Every clause that was come upon on any way, as one that holds, once and in order.
  private(set) var clauses: [FilterClause] = []
  private var seen: Set<FilterClause> = []
  private var collects = true

  init(_ program: FilterProgram, _ layout: FilterLayout) {
    operations = program.operations
    self.layout = layout
  }

  private struct Position {
    var place: Int
    var state: FilterState
    var clauses: [FilterClause]
  }

  /// The ways that keep a packet, each with everything that is asked on it; nil where there are too many.
  mutating func acceptingWays() -> [Way]? {
    var ways: [Way] = []
    let whole = walk(from: []) { way in
      if let way { ways.append(way) }
      return ways.count < Self.mostWays
    }
    collects = false
    return whole ? ways : nil
  }

  /// The same ways, each with no more conditions than it takes, none of them within another.
  mutating func simplest(_ ways: [Way]) -> [Way] {
    var simple: [Way] = []
    for way in ways {
      var way = way
      // What is not so falls away first: it mostly tells that another way was not taken.
      for wanted in [false, true] {
        for clause in way.clauses where clause.condition.holds == wanted {
          let fewer = way.clauses.filter { $0 != clause }
          if keepsAll(fewer) { way.clauses = fewer }
        }
      }
      let set = Set(way.clauses.map(\.condition))
      if simple.contains(where: { set.isSuperset(of: $0.clauses.map(\.condition)) && $0.length == way.length }) {
        continue
      }
      simple.removeAll { set.isSubset(of: $0.clauses.map(\.condition)) && $0.length == way.length }
      simple.append(way)
    }
    return simple
  }

  /// Whether every packet of which these are true is kept.
  private mutating func keepsAll(_ clauses: [FilterClause]) -> Bool {
    var kept = true
    let whole = walk(from: clauses) { way in
      kept = way != nil
      return kept
    }
    return whole && kept
  }

  /// Follows every way of packets of which the clauses are true; `onEnd` gets each, nil where it drops the packet,
  /// and says whether to go on. False where that, or a bound, ended it.
  private mutating func walk(from clauses: [FilterClause], _ onEnd: (Way?) -> Bool) -> Bool {
    var stack = [Position(place: 0, state: FilterState(layout), clauses: clauses)]
    var here = 0
    while var position = stack.popLast() {
      while true {
        here &+= 1
        steps &+= 1
        guard here < Self.mostSteps, steps < Self.mostStepsInAll, position.clauses.count < Self.mostClauses else {
          return false
        }
        guard position.place < operations.count else {
          // The kernel takes no such program: it keeps nothing.
          if !onEnd(nil) { return false }
          break
        }
        let operation = operations[position.place]
        if case .end(let length) = operation {
          if !end(position, length, onEnd) { return false }
          break
        }
        step(&position, operation, &stack)
      }
    }
    return true
  }

  private func end(_ position: Position, _ length: UInt32?, _ onEnd: (Way?) -> Bool) -> Bool {
    var length = length
    if length == nil, case .constant(let value) = position.state.accumulator { length = value }
    return onEnd(length == 0 ? nil : Way(clauses: position.clauses, length: length))
  }

  private mutating func step(_ position: inout Position, _ operation: FilterOperation, _ stack: inout [Position]) {
    switch operation {
    case .jump(let target): position.place = target
    case .branch(let test, let operand, let whenTrue, let whenFalse):
      let state = position.state
      let beside = state.term(operand)
      let decided = FilterCondition.decide(
        state.accumulator, test, beside, given: position.clauses.map(\.condition))
      let subject = FilterSubject(state.accumulator, state.facts, layout)
      if decided != true {
        var other = position
        other.place = whenFalse
        if decided == nil {
          other.clauses.append(note(state.accumulator, test, beside, false, subject))
          stack.append(other)
        } else {
          position = other
        }
      }
      if decided != false {
        position.place = whenTrue
        if case .constant(let value) = beside, test == .equal { position.state.facts.learn(subject, equals: value) }
        if decided == nil { position.clauses.append(note(state.accumulator, test, beside, true, subject)) }
      }
    default:
      position.state.perform(operation)
      position.place &+= 1
    }
  }

  private mutating func note(
    _ term: FilterTerm, _ test: FilterTest, _ operand: FilterTerm, _ holds: Bool, _ subject: FilterSubject
  ) -> FilterClause {
    let clause = FilterClause(
      condition: FilterCondition(term: term, test: test, operand: operand, holds: holds), subject: subject)
    if collects, holds, seen.insert(clause).inserted { clauses.append(clause) }
    return clause
  }
}
