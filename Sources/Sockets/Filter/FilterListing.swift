import CLinux
public import Linux

/// A line of a disassembled filter.
public struct FilterLine: Sendable, Equatable {
  /// The instruction as `tcpdump -d` and bpf_asm write it: `ldh      [12]`.
  public var instruction: String
  /// Where it leads, for a test: the places of true and false.
  public var targets: (whenTrue: Int, whenFalse: Int)?
  /// What it means here: `EtherType`, `if destination port is 443: keep, else drop`.
  public var words: String

  public static func == (one: FilterLine, other: FilterLine) -> Bool {
    one.instruction == other.instruction && one.words == other.words
      && one.targets?.whenTrue == other.targets?.whenTrue && one.targets?.whenFalse == other.targets?.whenFalse
  }
}

extension FilterProgram {
  /// Every instruction with what it means, for octets that begin so.
  public func listing(_ layout: FilterLayout) -> [FilterLine] {
    let operations = operations
    var states = [FilterState?](repeating: nil, count: operations.count)
    func reach(_ place: Int, _ state: FilterState) {
      guard place < states.count else { return }
      if states[place]?.merge(state) == nil { states[place] = state }
    }
    reach(0, FilterState(layout))
    var lines: [FilterLine] = []
    lines.reserveCapacity(operations.count)
    // Jumps only lead forward: every way to a place is known when it is looked at.
    for (place, operation) in operations.enumerated() {
      var line = FilterLine(instruction: operation.mnemonic, targets: nil, words: "never reached")
      if case .branch(_, _, let whenTrue, let whenFalse) = operation { line.targets = (whenTrue, whenFalse) }
      if let state = states[place] {
        line.words = FilterExplanation(operations, layout, state).words(operation, at: place)
        Self.follow(operation, place, state, layout, reach)
      }
      lines.append(line)
    }
    return lines
  }

  /// Tells of every place that an instruction leads to.
  private static func follow(
    _ operation: FilterOperation, _ place: Int, _ state: FilterState, _ layout: FilterLayout,
    _ reach: (Int, FilterState) -> Void
  ) {
    switch operation {
    case .end: break
    case .jump(let target): reach(target, state)
    case .branch(let test, let operand, let whenTrue, let whenFalse):
      var learned = state
      if test == .equal, case .constant(let value) = operand {
        learned.facts.learn(FilterSubject(state.accumulator, state.facts, layout), equals: value)
      }
      reach(whenTrue, learned)
      reach(whenFalse, state)
    default:
      var next = state
      next.perform(operation)
      reach(place &+ 1, next)
    }
  }
}

/// What an instruction means where so much is known.
private struct FilterExplanation {
  let operations: [FilterOperation]
  let layout: FilterLayout
  let state: FilterState

  init(_ operations: [FilterOperation], _ layout: FilterLayout, _ state: FilterState) {
    (self.operations, self.layout, self.state) = (operations, layout, state)
  }

  func words(_ operation: FilterOperation, at place: Int) -> String {
    switch operation {
    case .load(let register, let load):
      let term = FilterTerm.load(load, index: state.index, memory: state.memory)
      let words = describe(term)
      return register == .index ? "X: \(words)" : words
    case .store(let register, let slot):
      return "remember \(describe(register == .accumulator ? state.accumulator : state.index)) in M[\(slot)]"
    case .compute(let arithmetic, let operand): return compute(arithmetic, operand)
    case .negate: return "change the sign"
    case .copy(to: .index): return "X: \(describe(state.accumulator))"
    case .copy(to: .accumulator): return describe(state.index)
    case .end(let length): return end(length)
    case .jump(let target): return target < operations.count ? "go on at \(target)" : "leads out of the program"
    case .branch(let test, let operand, let whenTrue, let whenFalse):
      return "if \(sentence(test, operand)): \(target(whenTrue, place)), else \(target(whenFalse, place))"
    case .unknown: return "an unknown operation"
    }
  }

  private func describe(_ term: FilterTerm) -> String {
    let subject = FilterSubject(term, state.facts, layout)
    let name = subject.base == .unknown ? "a value" : subject.name
    let words = name.hasSuffix(",") ? String(name.dropLast()) : name
    return subject.mask.map { words + " & " + FilterVocabulary.hexadecimal($0) } ?? words
  }

  private func compute(_ arithmetic: FilterArithmetic, _ operand: FilterOperand) -> String {
    let beside = describe(state.term(operand))
    if arithmetic == .and, case .constant(let mask) = operand {
      let subject = FilterSubject(state.accumulator, state.facts, layout)
      if subject.isInternetAddress, let length = FilterSubject.prefixLength(mask) {
        return "its first \(length) bits"
      }
      return "its bits \(FilterVocabulary.hexadecimal(mask))"
    }
    switch arithmetic {
    case .add: return "add \(beside)"
    case .subtract: return "subtract \(beside)"
    case .multiply: return "multiply by \(beside)"
    case .divide: return "divide by \(beside)"
    case .modulo: return "the rest of division by \(beside)"
    case .and: return "its bits that are in \(beside)"
    case .or: return "with the bits of \(beside)"
    case .exclusiveOr: return "exclusive-or with \(beside)"
    case .shiftLeft: return "shift left by \(beside)"
    case .shiftRight: return "shift right by \(beside)"
    }
  }

  private func sentence(_ test: FilterTest, _ operand: FilterOperand) -> String {
    let subject = FilterSubject(state.accumulator, state.facts, layout)
    if case .constant(let value) = state.term(operand) { return subject.sentence(test, value, holds: true) }
    let beside = describe(state.index)
    switch test {
    case .equal: return "\(subject.name) is \(beside)"
    case .greater: return "\(subject.name) is above \(beside)"
    case .greaterOrEqual: return "\(subject.name) is at least \(beside)"
    case .anyBit: return "\(subject.name) has bits of \(beside)"
    }
  }

  private func target(_ target: Int, _ place: Int) -> String {
    guard operations.indices.contains(target) else { return "out of the program" }
    switch operations[target] {
    case .end(.some(0)): return "drop"
    case .end: return "keep"
    default: return target == place &+ 1 ? "go on" : "\(target)"
    }
  }

  private func end(_ length: UInt32?) -> String {
    switch length {
    case 0: "drop"
    case .some(let length): "keep \(length) octet\(length == 1 ? "" : "s")"
    case nil: "keep as many octets as \(describe(state.accumulator))"
    }
  }
}
