import CLinux
import Glibc

/// The ends of connections, and the ports of datagrams.
extension SocketUseProgram {
  /// Writes the ends of the socket at its place, in 6, and which place that is where it is found by its ends; ends the program, or
  /// goes to a label, where it is no connection of TCP.
  mutating func noteEnds(orGoTo label: Label? = nil) {
    let (isThere, isOther) = (code.label(), code.label())
    readEnds(orGoTo: label)
    findEnds(orGoTo: label)
    typealias Ends = clinux_socket_ends
    let (cookie, written) = (MemoryLayout<Ends>.offset(of: \.cookie), MemoryLayout<Ends>.offset(of: \.written))
    code.load(.r1, from: .answer, Int16(cookie ?? 0))
    code.jump(to: isOther, if: .r1, BPF_JNE, than: .r7)
    // Between two connections of one socket another one may have had the ends.
    code.load(.r1, from: .r6, Self.offset(\.closed))
    code.jump(to: isThere, if: .r1, BPF_JEQ, 0)
    code.land(isOther)
    // Those that had the same ends were over by when anything was written here last.
    code.load(.r1, from: .answer, Int16(written ?? 0))
    code.store(.r1, at: .r6, Self.offset(\.previous))
    code.store(.r7, at: .answer, Int16(cookie ?? 0))
    code.move(.r9, .answer)
    code.call(BPF_FUNC_ktime_get_ns)
    code.store(.answer, at: .r9, Int16(written ?? 0))
    code.land(isThere)
    code.load(.r1, from: .frame, Slot.common &+ layout.interface, size: BPF_W)
    code.store(.r1, at: .r6, Self.offset(\.interface), size: BPF_W)
    for (slot, member) in [(Slot.local, Self.offset(\.local)), (Slot.remote, Self.offset(\.remote))] {
      for half: Int16 in [0, 8] {
        code.load(.r1, from: .frame, slot &+ half)
        code.store(.r1, at: .r6, member &+ half)
      }
    }
    code.load(.r1, from: .frame, Slot.ports)
    code.store(.r1, at: .r6, Self.offset(\.ports))
  }

  /// Writes that the socket, whose cookie is in 7, is the last of UDP that was begun to be used at its port.
  mutating func notePort(orGoTo label: Label) {
    code.load(.r3, from: .frame, Slot.sock)
    copy(Slot.scratch, fromThird: layout.namespace)
    code.load(.r3, from: .frame, Slot.scratch)
    copy(Slot.ports, fromThird: layout.namespaceNumber)
    code.load(.r3, from: .frame, Slot.sock)
    copy(Slot.scratch, fromThird: layout.port)
    code.load(.r2, from: .frame, Slot.scratch, size: BPF_H)
    code.jump(to: label, if: .r2, BPF_JEQ, 0)
    code.load(.r1, from: .frame, Slot.ports)
    code.compute(BPF_LSH, .r1, 32)
    code.combine(BPF_OR, .r1, .r2)
    code.load(.r2, value: Self.multiplier)
    code.combine(BPF_MUL, .r1, .r2)
    code.compute(BPF_RSH, .r1, 64 &- maps.portBits)
    code.compute(BPF_ADD, .r1, 1 << maps.bits)
    find(in: maps.ends, orGoTo: label)
    code.store(.r7, at: .answer, 0)
  }

  /// Reads the ends of the socket onto the stack; it changes the first five registers.
  mutating func readEnds(orGoTo label: Label? = nil) {
    let label = label ?? exit
    let (isIPv6, isRead) = (code.label(), code.label())
    code.load(.r3, from: .frame, Slot.sock)
    copy(Slot.scratch, fromThird: layout.protocolNumber)
    code.load(.r1, from: .frame, Slot.scratch, size: BPF_H)
    code.jump(to: label, if: .r1, BPF_JNE, Int32(IPPROTO_TCP))
    code.load(.r3, from: .frame, Slot.sock)
    copy(Slot.common, fromThird: 0, count: SocketUseLayout.commonLength)
    code.load(.r3, from: .frame, Slot.common &+ layout.namespace)
    copy(Slot.ports, fromThird: layout.namespaceNumber)
    code.load(.r3, from: .frame, Slot.sock)
    copy(Slot.scratch, fromThird: layout.port)
    code.load(.r1, from: .frame, Slot.scratch, size: BPF_H)
    code.jump(to: label, if: .r1, BPF_JEQ, 0)
    code.load(.r2, from: .frame, Slot.common &+ layout.otherPort, size: BPF_H)
    code.jump(to: label, if: .r2, BPF_JEQ, 0)
    code.compute(BPF_LSH, .r2, 16)
    code.combine(BPF_OR, .r1, .r2)
    code.load(.r2, from: .frame, Slot.ports)
    code.compute(BPF_LSH, .r2, 32)
    code.combine(BPF_OR, .r1, .r2)
    code.store(.r1, at: .frame, Slot.ports)
    code.load(.r1, from: .frame, Slot.common &+ layout.family, size: BPF_H)
    code.jump(to: isIPv6, if: .r1, BPF_JNE, AF_INET)
    // As it is in IPv6: RFC 4291 section 2.5.5.2.
    for (slot, member) in [(Slot.local, layout.address), (Slot.remote, layout.otherAddress)] {
      code.load(.r1, from: .frame, Slot.common &+ member, size: BPF_W)
      code.compute(BPF_LSH, .r1, 32)
      code.set(.r2, 0xFFFF)
      code.compute(BPF_LSH, .r2, 16)
      code.combine(BPF_OR, .r1, .r2)
      code.store(value: 0, at: .frame, slot)
      code.store(.r1, at: .frame, slot &+ 8)
    }
    code.jump(to: isRead)
    code.land(isIPv6)
    for (slot, member) in [(Slot.local, layout.ipv6Address), (Slot.remote, layout.otherIPv6Address)] {
      for half: Int16 in [0, 8] {
        code.load(.r1, from: .frame, Slot.common &+ member &+ half)
        code.store(.r1, at: .frame, slot &+ half)
      }
    }
    code.land(isRead)
  }

  /// Finds the place of the ends on the stack, which `SocketUses.hash` answers too.
  mutating func findEnds(orGoTo label: Label? = nil) {
    code.load(.r2, value: Self.multiplier)
    code.set(.r1, 0)
    for place in [Slot.local, Slot.local &+ 8, Slot.remote, Slot.remote &+ 8, Slot.ports] {
      code.load(.r3, from: .frame, place)
      code.combine(BPF_XOR, .r1, .r3)
      code.combine(BPF_MUL, .r1, .r2)
    }
    code.compute(BPF_RSH, .r1, 64 &- maps.bits)
    find(in: maps.ends, orGoTo: label ?? exit)
  }
}
