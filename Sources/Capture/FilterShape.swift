import CLinux
import Linux

/// A program in a form that is the same for all that differ in the order of their instructions only.
///
/// Instructions are counted as they are come upon when the way of a true test is followed first; unconditional jumps
/// and what nothing leads to fall away; and what is kept is only kept or not, not how much of it.
struct FilterShape: Hashable {
  private struct Step: Hashable {
    var code: UInt16
    var constant: UInt32
    var whenTrue: Int
    var whenFalse: Int
  }

  private var steps: [Step] = []

  /// The shape of a program; nil for one that the kernel would not take.
  init?(_ program: FilterProgram) {
    let instructions = program.instructions
    var numbers = [Int?](repeating: nil, count: instructions.count)
    /// Passes over unconditional jumps; nil where they lead out of the program.
    func landing(_ place: Int) -> Int? {
      var place = place
      while instructions.indices.contains(place) {
        let instruction = instructions[place]
        guard Int32(instruction.code) == BPF_JMP | BPF_JA else { return place }
        place = place &+ 1 &+ Int(instruction.k)
      }
      return nil
    }
    guard let start = landing(0) else { return nil }
    var waiting = [start]
    var order: [Int] = []
    while let place = waiting.popLast() {
      guard numbers[place] == nil else { continue }
      numbers[place] = order.count
      order.append(place)
      guard let next = Self.targets(instructions[place], place) else { continue }
      guard let whenTrue = landing(next.whenTrue), let whenFalse = landing(next.whenFalse) else { return nil }
      waiting.append(whenFalse)
      waiting.append(whenTrue)
    }
    for place in order {
      let instruction = instructions[place]
      var step = Step(code: instruction.code, constant: instruction.k, whenTrue: 0, whenFalse: 0)
      if let next = Self.targets(instruction, place) {
        step.whenTrue = landing(next.whenTrue).flatMap { numbers[$0] } ?? 0
        step.whenFalse = landing(next.whenFalse).flatMap { numbers[$0] } ?? 0
      } else if instruction.code == FilterProgram.returnConstant {
        step.constant = min(instruction.k, 1)
      }
      steps.append(step)
    }
  }

  /// Where an instruction leads; nil for one that ends.
  private static func targets(_ instruction: sock_filter, _ place: Int) -> (whenTrue: Int, whenFalse: Int)? {
    switch Int32(instruction.code & 0x07) {
    case BPF_RET: nil
    case BPF_JMP: (place &+ 1 &+ Int(instruction.jt), place &+ 1 &+ Int(instruction.jf))
    default: (place &+ 1, place &+ 1)
    }
  }
}
