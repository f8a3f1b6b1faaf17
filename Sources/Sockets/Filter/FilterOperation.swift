public import CLinux
public import Linux

/// A register of the classic BPF machine.
public enum FilterRegister: Sendable, Hashable {
  /// A, which is tested.
  case accumulator
  /// X, which places are counted from.
  case index
}

/// What an instruction loads.
public enum FilterLoad: Sendable, Hashable {
  /// Octets of the packet from an offset on, 1, 2 or 4 of them in network order.
  case packet(offset: UInt32, size: UInt8)
  /// Octets of the packet from X plus an offset on.
  case packetAfterIndex(offset: UInt32, size: UInt8)
  /// Four times the low half of an octet: the length of an IPv4 header.
  case headerLength(offset: UInt32)
  /// The packet's length.
  case length
  case constant(UInt32)
  /// A word of the scratch memory.
  case memory(UInt32)
}

/// What stands beside A in a computation or a test.
public enum FilterOperand: Sendable, Hashable {
  case constant(UInt32)
  case index
}

/// A computation that changes A.
public enum FilterArithmetic: Sendable, Hashable {
  case add, subtract, multiply, divide, or, and, shiftLeft, shiftRight, modulo, exclusiveOr
}

/// A test of A.
public enum FilterTest: Sendable, Hashable {
  case equal, greater, greaterOrEqual, anyBit
}

/// What an instruction of a classic BPF program does. Jumps name the place they lead to, which may lie outside the
/// program where it lies. See the kernel's networking/filter.rst.
public enum FilterOperation: Sendable, Hashable {
  case load(FilterRegister, FilterLoad)
  case store(FilterRegister, memory: UInt32)
  case compute(FilterArithmetic, FilterOperand)
  case negate
  case jump(Int)
  case branch(FilterTest, FilterOperand, whenTrue: Int, whenFalse: Int)
  /// Ends and keeps that many octets; nil: as many as A says.
  case end(keeping: UInt32?)
  /// Copies one register into the other.
  case copy(to: FilterRegister)
  case unknown

  /// What the instruction at a place does.
  public init(_ instruction: sock_filter, at place: Int) {
    let code = Int32(instruction.code)
    switch code & 0x07 {
    case BPF_LD: self = Self.load(code, instruction.k)
    case BPF_LDX: self = Self.loadIndex(code, instruction.k)
    case BPF_ST where code == BPF_ST: self = .store(.accumulator, memory: instruction.k)
    case BPF_STX where code == BPF_STX: self = .store(.index, memory: instruction.k)
    case BPF_ALU: self = Self.compute(code, instruction.k)
    case BPF_JMP: self = Self.jump(code, instruction, place)
    case BPF_RET where code == BPF_RET | BPF_K: self = .end(keeping: instruction.k)
    case BPF_RET where code == BPF_RET | BPF_A: self = .end(keeping: nil)
    case BPF_MISC where code == BPF_MISC | BPF_TAX: self = .copy(to: .index)
    case BPF_MISC where code == BPF_MISC | BPF_TXA: self = .copy(to: .accumulator)
    default: self = .unknown
    }
  }

  private static func load(_ code: Int32, _ constant: UInt32) -> FilterOperation {
    let size: UInt8
    switch code & 0x18 {
    case BPF_W: size = 4
    case BPF_H: size = 2
    case BPF_B: size = 1
    default: return .unknown
    }
    switch code & 0xe0 {
    case BPF_ABS: return .load(.accumulator, .packet(offset: constant, size: size))
    case BPF_IND: return .load(.accumulator, .packetAfterIndex(offset: constant, size: size))
    case BPF_LEN where size == 4: return .load(.accumulator, .length)
    case BPF_IMM where size == 4: return .load(.accumulator, .constant(constant))
    case BPF_MEM where size == 4: return .load(.accumulator, .memory(constant))
    default: return .unknown
    }
  }

  private static func loadIndex(_ code: Int32, _ constant: UInt32) -> FilterOperation {
    switch code {
    case BPF_LDX | BPF_B | BPF_MSH: .load(.index, .headerLength(offset: constant))
    case BPF_LDX | BPF_W | BPF_LEN: .load(.index, .length)
    case BPF_LDX | BPF_W | BPF_IMM: .load(.index, .constant(constant))
    case BPF_LDX | BPF_W | BPF_MEM: .load(.index, .memory(constant))
    default: .unknown
    }
  }

  private static func operand(_ code: Int32, _ constant: UInt32) -> FilterOperand {
    code & BPF_X != 0 ? .index : .constant(constant)
  }

  private static func compute(_ code: Int32, _ constant: UInt32) -> FilterOperation {
    let arithmetic: FilterArithmetic
    switch code & 0xf0 {
    case BPF_ADD: arithmetic = .add
    case BPF_SUB: arithmetic = .subtract
    case BPF_MUL: arithmetic = .multiply
    case BPF_DIV: arithmetic = .divide
    case BPF_OR: arithmetic = .or
    case BPF_AND: arithmetic = .and
    case BPF_LSH: arithmetic = .shiftLeft
    case BPF_RSH: arithmetic = .shiftRight
    case BPF_MOD: arithmetic = .modulo
    case BPF_XOR: arithmetic = .exclusiveOr
    case BPF_NEG: return code == BPF_ALU | BPF_NEG ? .negate : .unknown
    default: return .unknown
    }
    return .compute(arithmetic, operand(code, constant))
  }

  private static func jump(_ code: Int32, _ instruction: sock_filter, _ place: Int) -> FilterOperation {
    let test: FilterTest
    switch code & 0xf0 {
    case BPF_JA:
      // Offsets count from the next instruction and only lead forward; Int holds any of them.
      return code == BPF_JMP | BPF_JA ? .jump(place &+ 1 &+ Int(instruction.k)) : .unknown
    case BPF_JEQ: test = .equal
    case BPF_JGT: test = .greater
    case BPF_JGE: test = .greaterOrEqual
    case BPF_JSET: test = .anyBit
    default: return .unknown
    }
    return .branch(
      test, operand(code, instruction.k), whenTrue: place &+ 1 &+ Int(instruction.jt),
      whenFalse: place &+ 1 &+ Int(instruction.jf))
  }
}

extension FilterProgram {
  /// The octets of an instruction.
  private static let instructionLength = 8

  /// A program from the octets of struct sock_filter, one instruction after the other in host order, as the kernel
  /// gives them: as many as are whole, at most as many as the kernel takes.
  public init(octets: [UInt8]) {
    var instructions: [sock_filter] = []
    let count = Swift.min(octets.count / Self.instructionLength, Self.maximumLength)
    instructions.reserveCapacity(count)
    for place in 0..<count {
      let start = place &* Self.instructionLength
      var word: UInt64 = 0
      // As a little-endian number, whose lowest octet comes first.
      for offset in 0..<Self.instructionLength { word |= UInt64(octets[start &+ offset]) << UInt64(offset &* 8) }
      let code = UInt16(littleEndian: UInt16(truncatingIfNeeded: word))
      let k = UInt32(littleEndian: UInt32(truncatingIfNeeded: word >> 32))
      instructions.append(
        sock_filter(
          code: code, jt: UInt8(truncatingIfNeeded: word >> 16), jf: UInt8(truncatingIfNeeded: word >> 24), k: k))
    }
    self.init(instructions)
  }

  /// What each instruction does.
  public var operations: [FilterOperation] {
    instructions.indices.map { FilterOperation(instructions[$0], at: $0) }
  }
}
