/// What a register holds, as far as it can be said without a packet.
indirect enum FilterTerm: Hashable, Sendable {
  case constant(UInt32)
  case packet(offset: UInt32, size: UInt8)
  case packetAfter(FilterTerm, offset: UInt32, size: UInt8)
  case headerLength(offset: UInt32)
  case length
  case known(FilterExtension)
  case computed(FilterArithmetic, FilterTerm, FilterTerm)
  /// Nothing can be said, not even that it equals another one.
  case unknown

  /// More than any person would read; and what keeps hostile programs small.
  private static let mostParts = 16

  /// What is loaded where X holds a term.
  static func load(_ load: FilterLoad, index: FilterTerm, memory: [FilterTerm]) -> FilterTerm {
    switch load {
    case .packet(let offset, let size):
      return packet(at: offset, size)
    case .packetAfterIndex(let offset, let size):
      switch index {
      case .constant(let start): return packet(at: start &+ offset, size)
      case .unknown: return .unknown
      default: return index.parts < mostParts ? .packetAfter(index, offset: offset, size: size) : .unknown
      }
    case .headerLength(let offset): return .headerLength(offset: offset)
    case .length: return .length
    case .constant(let value): return .constant(value)
    case .memory(let slot): return slot < UInt32(memory.count) ? memory[Int(slot)] : .unknown
    }
  }

  private static func packet(at offset: UInt32, _ size: UInt8) -> FilterTerm {
    FilterExtension(offset: offset).map { .known($0) } ?? .packet(offset: offset, size: size)
  }

  /// What comes of a computation.
  static func compute(_ arithmetic: FilterArithmetic, _ left: FilterTerm, _ right: FilterTerm) -> FilterTerm {
    switch (left, right) {
    case (.unknown, _), (_, .unknown): .unknown
    case (.constant(let left), .constant(let right)):
      arithmetic.evaluate(left, right).map { .constant($0) } ?? .unknown
    case (_, .constant(0)) where [.add, .subtract, .or, .shiftLeft, .shiftRight, .exclusiveOr].contains(arithmetic):
      left
    case (_, .constant(.max)) where arithmetic == .and: left
    default: left.parts &+ right.parts < mostParts ? .computed(arithmetic, left, right) : .unknown
    }
  }

  /// How many terms it is made of.
  private var parts: Int {
    switch self {
    case .packetAfter(let start, _, _): 1 &+ start.parts
    case .computed(_, let left, let right): 1 &+ left.parts &+ right.parts
    default: 1
    }
  }

  /// Whether it is the same whenever it is looked at.
  var isStable: Bool {
    switch self {
    case .unknown: false
    case .known(let known): known.isStable
    case .packetAfter(let start, _, _): start.isStable
    case .computed(_, let left, let right): left.isStable && right.isStable
    default: true
    }
  }
}

extension FilterArithmetic {
  /// What comes of it, as the kernel computes it; nil for a division by zero, which ends the program.
  func evaluate(_ left: UInt32, _ right: UInt32) -> UInt32? {
    switch self {
    case .add: left &+ right
    case .subtract: left &- right
    case .multiply: left &* right
    case .divide: right == 0 ? nil : left / right
    case .modulo: right == 0 ? nil : left % right
    case .or: left | right
    case .and: left & right
    case .exclusiveOr: left ^ right
    case .shiftLeft: left &<< right
    case .shiftRight: left &>> right
    }
  }
}

extension FilterTest {
  /// Whether it holds.
  func evaluate(_ left: UInt32, _ right: UInt32) -> Bool {
    switch self {
    case .equal: left == right
    case .greater: left > right
    case .greaterOrEqual: left >= right
    case .anyBit: left & right != 0
    }
  }
}
