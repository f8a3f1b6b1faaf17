import CLinux
import Glibc

/// The places that the program writes to, and what it calls.
extension SocketUseProgram {
  /// Finds the place of the socket in 6, which is in 6 from then on, and its cookie, which is in 7; or ends.
  mutating func findPlace() {
    let hasCookie = code.label()
    // A socket is given it when it is asked for first.
    code.load(.r7, from: .r6, layout.cookie)
    code.jump(to: hasCookie, if: .r7, BPF_JNE, 0)
    code.move(.r1, .r6)
    code.call(BPF_FUNC_get_socket_cookie)
    code.move(.r7, .answer)
    code.land(hasCookie)
    // A cookie that leaves no room for the process is given out in interrupts only.
    code.move(.r1, .r7)
    code.compute(BPF_RSH, .r1, 64 &- Self.processBits)
    code.jump(to: exit, if: .r1, BPF_JNE, 0)
    code.move(.r1, .r7)
    code.compute(BPF_AND, .r1, maps.count &- 1)
    find(in: maps.uses, orGoTo: exit)
    code.move(.r6, .answer)
  }

  /// Takes a place for another socket, whose user is in 8, while it is locked.
  mutating func takePlace() {
    code.store(value: 0, at: .r6, Self.offset(\.before), size: BPF_W)
    code.store(.r8, at: .r6, Self.offset(\.user))
    for member in [\Use.ports, \.previous, \.opened, \.closed] {
      code.store(value: 0, at: .r6, Self.offset(member))
    }
    for member in [\Use.inode, \.interface] {
      code.store(value: 0, at: .r6, Self.offset(member), size: BPF_W)
    }
  }

  /// Notes that the socket, whose cookie is in 7, is used now, or so many nanoseconds later; it changes the first five registers, and
  /// the ninth.
  mutating func noteLast(later: Int32 = 0) {
    let isUnknown = code.label()
    findLast(orGoTo: isUnknown)
    code.move(.r9, .answer)
    code.call(BPF_FUNC_ktime_get_ns)
    if later != 0 { code.compute(BPF_ADD, .answer, later) }
    code.store(.answer, at: .r9, 0)
    code.land(isUnknown)
  }

  /// Keeps who has used the socket until now, as it stands at its place, which is locked; it changes the first five registers.
  mutating func keepTurn() {
    typealias Turn = clinux_socket_turn
    func offset(_ member: PartialKeyPath<Turn>) -> Int16 { Int16(MemoryLayout<Turn>.offset(of: member) ?? 0) }
    let (isKept, isUnknown) = (code.label(), code.label())
    code.store(value: 0, at: .frame, Slot.owner)
    findLast(orGoTo: isUnknown)
    code.load(.r1, from: .answer, 0)
    code.store(.r1, at: .frame, Slot.owner)
    code.land(isUnknown)
    code.move(.r1, .r7)
    code.compute(BPF_AND, .r1, maps.turnPlaces &- 1)
    code.compute(BPF_LSH, .r1, SocketUses.turnBits)
    // Each that is kept has the place behind the one before: the sequence number has become greater by two.
    code.load(.r2, from: .frame, Slot.sequence)
    code.compute(BPF_RSH, .r2, 1)
    code.compute(BPF_AND, .r2, 1 << SocketUses.turnBits &- 1)
    code.combine(BPF_OR, .r1, .r2)
    find(in: maps.turns, orGoTo: isKept)
    code.load(.r3, from: .frame, Slot.owner)
    code.store(.r3, at: .answer, offset(\.last))
    // Of two sockets with the same place both may be written at once: the sum of all tells whether they were.
    let name = offset(\.name)
    for (from, to) in [
      (Self.offset(\.user), offset(\.user)), (Self.offset(\.start), offset(\.start)),
      (Self.offset(\.since), offset(\.since)), (Self.offset(\.identity), offset(\.identity)),
      (Self.offset(\.name), name), (Self.offset(\.name) &+ 8, name &+ 8),
    ] {
      code.load(.r1, from: .r6, from)
      code.store(.r1, at: .answer, to)
      code.combine(BPF_XOR, .r3, .r1)
    }
    code.store(.r3, at: .answer, offset(\.sum))
    code.land(isKept)
  }

  /// Finds where it is noted when the socket, whose cookie is in 7, was used last.
  private mutating func findLast(orGoTo label: Label) {
    code.move(.r1, .r7)
    code.compute(BPF_AND, .r1, maps.count &- 1)
    find(in: maps.lasts, orGoTo: label)
  }

  /// Makes the sequence number odd, if it is still what it was; or ends.
  mutating func lock() {
    code.load(.answer, from: .r6, Self.offset(\.sequence))
    code.jump(to: exit, if: .answer, BPF_JSET, 1)
    code.move(.r3, .answer)
    code.compute(BPF_ADD, .r3, 1)
    code.move(.r4, .answer)
    code.atomic(BPF_CMPXCHG, .r3, at: .r6, Self.offset(\.sequence))
    code.jump(to: exit, if: .answer, BPF_JNE, than: .r4)
    code.store(.r3, at: .frame, Slot.sequence)
  }

  mutating func unlock() {
    code.load(.r1, from: .frame, Slot.sequence)
    code.compute(BPF_ADD, .r1, 1)
    code.atomic(BPF_XCHG, .r1, at: .r6, Self.offset(\.sequence))
  }

  /// Finds the place in an array whose number is in the first register; it changes the first five.
  mutating func find(in map: Int32, orGoTo label: Label) {
    code.store(.r1, at: .frame, Slot.scratch, size: BPF_W)
    code.move(.r2, .frame)
    code.compute(BPF_ADD, .r2, Int32(Slot.scratch))
    code.loadMap(.r1, map)
    code.call(BPF_FUNC_map_lookup_elem)
    code.jump(to: label, if: .answer, BPF_JEQ, 0)
  }

  /// Counts at a place; it changes the first five registers.
  mutating func count(at place: Int32) {
    code.set(.r1, place)
    find(in: maps.uses, orGoTo: exit)
    code.set(.r1, 1)
    code.atomic(BPF_ADD, .r1, at: .answer, 0)
  }

  /// Copies eight octets of the kernel's, behind what the third register points to, to a place on the stack, zeros where they
  /// cannot be read; it changes the first five registers.
  mutating func copy(_ place: Int16, fromThird offset: Int16, count: Int32 = 8) {
    code.compute(BPF_ADD, .r3, Int32(offset))
    code.move(.r1, .frame)
    code.compute(BPF_ADD, .r1, Int32(place))
    code.set(.r2, count)
    code.call(BPF_FUNC_probe_read_kernel)
  }
}
