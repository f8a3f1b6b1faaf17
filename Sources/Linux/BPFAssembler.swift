import CLinux

/// Puts a BPF program together, instruction by instruction, as the kernel's bpf/standardization/instruction-set.rst has them.
struct BPFAssembler {
  /// A register. The first is what is called answers, and what the program answers in the end; 1 to 5 are what is handed to what
  /// is called; 6 to 9 stay as they are meanwhile; 10 is the end of the stack.
  enum Register: UInt8 { case answer, r1, r2, r3, r4, r5, r6, r7, r8, r9, frame }

  /// A place further on that is jumped to.
  struct Label { fileprivate let number: Int }

  private(set) var instructions: [clinux_bpf_instruction] = []
  /// The jumps to each label.
  private var jumps: [[Int]] = []

  /// A place that is to come.
  mutating func label() -> Label {
    jumps.append([])
    return Label(number: jumps.count &- 1)
  }

  /// The place is here.
  mutating func land(_ label: Label) {
    for jump in jumps[label.number] { instructions[jump].off = Int16(instructions.count &- jump &- 1) }
  }

  // MARK: Memory

  mutating func load(_ destination: Register, from source: Register, _ offset: Int16, size: Int32 = BPF_DW) {
    append(BPF_LDX | BPF_MEM | size, destination, source, offset, 0)
  }

  mutating func store(_ source: Register, at destination: Register, _ offset: Int16, size: Int32 = BPF_DW) {
    append(BPF_STX | BPF_MEM | size, destination, source, offset, 0)
  }

  /// Stores a number there.
  mutating func store(value: Int32, at destination: Register, _ offset: Int16, size: Int32 = BPF_DW) {
    append(BPF_ST | BPF_MEM | size, destination, .answer, offset, value)
  }

  /// An operation that is not interrupted: BPF_ADD, BPF_CMPXCHG, which compares with what is in the first register, or BPF_XCHG.
  mutating func atomic(_ operation: Int32, _ source: Register, at destination: Register, _ offset: Int16) {
    append(BPF_STX | BPF_ATOMIC | BPF_DW, destination, source, offset, operation)
  }

  mutating func loadMap(_ destination: Register, _ map: Int32) {
    instructions.append(
      clinux_instruction(
        UInt8(truncatingIfNeeded: BPF_LD | BPF_IMM | BPF_DW), destination.rawValue,
        UInt8(truncatingIfNeeded: BPF_PSEUDO_MAP_FD), 0, map))
    append(0, .answer, .answer, 0, 0)
  }

  mutating func load(_ destination: Register, value: UInt64) {
    append(BPF_LD | BPF_IMM | BPF_DW, destination, .answer, 0, Int32(truncatingIfNeeded: value))
    append(0, .answer, .answer, 0, Int32(truncatingIfNeeded: value >> 32))
  }

  // MARK: Numbers

  mutating func move(_ destination: Register, _ source: Register) { combine(BPF_MOV, destination, source) }

  mutating func set(_ destination: Register, _ value: Int32) { compute(BPF_MOV, destination, value) }

  mutating func compute(_ operation: Int32, _ destination: Register, _ value: Int32) {
    append(BPF_ALU64 | operation | BPF_K, destination, .answer, 0, value)
  }

  mutating func combine(_ operation: Int32, _ destination: Register, _ source: Register) {
    append(BPF_ALU64 | operation | BPF_X, destination, source, 0, 0)
  }

  // MARK: What comes next

  mutating func call(_ function: bpf_func_id) {
    append(BPF_JMP | BPF_CALL, .answer, .answer, 0, Int32(bitPattern: function.rawValue))
  }

  mutating func jump(to label: Label) {
    jumps[label.number].append(instructions.count)
    append(BPF_JMP | BPF_JA, .answer, .answer, 0, 0)
  }

  mutating func jump(to label: Label, if register: Register, _ condition: Int32, _ value: Int32) {
    jumps[label.number].append(instructions.count)
    append(BPF_JMP | condition | BPF_K, register, .answer, 0, value)
  }

  mutating func jump(to label: Label, if register: Register, _ condition: Int32, than other: Register) {
    jumps[label.number].append(instructions.count)
    append(BPF_JMP | condition | BPF_X, register, other, 0, 0)
  }

  /// Ends the program, which answers 0.
  mutating func end() {
    set(.answer, 0)
    append(BPF_JMP | BPF_EXIT, .answer, .answer, 0, 0)
  }

  private mutating func append(
    _ code: Int32, _ destination: Register, _ source: Register, _ offset: Int16, _ immediate: Int32
  ) {
    instructions.append(
      clinux_instruction(UInt8(truncatingIfNeeded: code), destination.rawValue, source.rawValue, offset, immediate))
  }
}
