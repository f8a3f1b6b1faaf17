extension FilterOperation {
  /// The instruction as `tcpdump -d` writes it, without the places that a test leads to.
  var mnemonic: String {
    switch self {
    case .load(let register, let load): Self.load(register, load)
    case .store(let register, let slot): Self.line(register == .accumulator ? "st" : "stx", "M[\(slot)]")
    case .compute(let arithmetic, let operand): Self.line(arithmetic.mnemonic, Self.word(operand, arithmetic.isBitwise))
    case .negate: "neg"
    case .jump(let target): Self.line("ja", "\(target)")
    case .branch(let test, let operand, _, _): Self.line(test.mnemonic, Self.word(operand, true))
    case .end(let length): Self.line("ret", length.map { "#\($0)" } ?? "a")
    case .copy(to: .index): "tax"
    case .copy(to: .accumulator): "txa"
    case .unknown: "unknown"
    }
  }

  private static func load(_ register: FilterRegister, _ load: FilterLoad) -> String {
    let name = register == .accumulator ? "ld" : "ldx"
    switch load {
    case .packet(let offset, let size): return line(name + suffix(size), "[\(place(offset))]")
    case .packetAfterIndex(let offset, let size): return line(name + suffix(size), "[x + \(offset)]")
    case .headerLength(let offset): return line("ldxb", "4*([\(place(offset))]&0xf)")
    case .length: return line(name, "#pktlen")
    case .constant(let value): return line(name, "#" + FilterVocabulary.hexadecimal(value))
    case .memory(let slot): return line(name, "M[\(slot)]")
    }
  }

  private static func place(_ offset: UInt32) -> String {
    if let known = FilterExtension(offset: offset) { return known.mnemonic ?? "extension \(known.number)" }
    return Int32(bitPattern: offset) < 0 ? "\(Int32(bitPattern: offset))" : "\(offset)"
  }

  private static func suffix(_ size: UInt8) -> String {
    switch size {
    case 1: "b"
    case 2: "h"
    default: ""
    }
  }

  private static func word(_ operand: FilterOperand, _ hexadecimal: Bool) -> String {
    switch operand {
    case .constant(let value): hexadecimal ? "#" + FilterVocabulary.hexadecimal(value) : "#\(value)"
    case .index: "x"
    }
  }

  private static func line(_ name: String, _ operand: String) -> String {
    name + String(repeating: " ", count: Swift.max(9 - name.count, 1)) + operand
  }
}

extension FilterArithmetic {
  fileprivate var isBitwise: Bool { self == .and || self == .or || self == .exclusiveOr }

  fileprivate var mnemonic: String {
    switch self {
    case .add: "add"
    case .subtract: "sub"
    case .multiply: "mul"
    case .divide: "div"
    case .modulo: "mod"
    case .or: "or"
    case .and: "and"
    case .exclusiveOr: "xor"
    case .shiftLeft: "lsh"
    case .shiftRight: "rsh"
    }
  }
}

extension FilterTest {
  fileprivate var mnemonic: String {
    switch self {
    case .equal: "jeq"
    case .greater: "jgt"
    case .greaterOrEqual: "jge"
    case .anyBit: "jset"
    }
  }
}
