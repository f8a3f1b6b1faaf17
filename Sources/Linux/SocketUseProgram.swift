import CLinux
import Glibc

/// A BPF program that notes who uses a socket and which connection it is, for one of the kernel's tracepoints. What this file makes
/// may be used under the terms of the GNU General Public License, version 2, too: the kernel asks that of whoever reads its
/// structures.
///
/// It does this, in the words of C:
///
///     if (socket's family is neither AF_INET nor AF_INET6, or the thread is the kernel's own) return;
///     place = uses[cookie % count];
///     if (place->user == cookie << 22 | process) { note the time; return; }
///     if (place is a newer socket's) return;
///     if (no file of a program's is the socket's) return;
///     if (place is being written, which an odd sequence number says) return;
///     where the socket had another user before, keep that with when it used it last, and count it;
///     write who it is;
///     if (it is of TCP, and connected) write its ends, and find its place by them;
///     if (the process is new) tell of it;
///     note the time;
///
/// It runs in the process that uses the socket, and mostly ends at the second return: less than two hundred nanoseconds, most of
/// which the kernel takes to come here. Where a connection has another state, it does the same if a process begins to connect, or
/// closes what nobody has used; notes when it was established and when it was over, whoever runs just then; and counts who listens.
struct SocketUseProgram {
  typealias Register = BPFAssembler.Register
  typealias Label = BPFAssembler.Label
  typealias Use = clinux_socket_use

  /// A tracepoint, and what more has to be so where it is.
  enum Tracepoint: String, CaseIterable {
    /// A process has sent through a socket, or received, or tried to. Since Linux 6.3.
    case sent = "sock_send_length"
    case received = "sock_recv_length"
    /// A connection has another state.
    case changedState = "inet_sock_set_state"

    /// The type that the kernel gives it.
    var typedef: String { "btf_trace_" + rawValue }
  }

  /// The maps that it writes to, by their descriptors.
  struct Maps {
    /// An array of `clinux_socket_use`: so many places for sockets, a power of two, and two more behind them, to count in: how often
    /// a socket had another user than before, and how often one began to listen or ended it.
    var uses: Int32
    var count: Int32
    /// An array of `clinux_socket_ends`, two to so many bits; behind them two to so many bits for the ports of UDP; and behind these
    /// so many places for when processes were started, by their numbers' lowest bits.
    var ends: Int32
    var bits: Int32
    var portBits: Int32
    var processes: Int32
    /// A ring of `clinux_socket_user`.
    var users: Int32
    /// An array of when each socket was used last, as many as there are places; and one of `clinux_socket_turn`, eight for each of so
    /// many sockets, a power of two.
    var lasts: Int32
    var turns: Int32
    var turnPlaces: Int32
  }

  /// How many of the lowest bits of a user are the process. See PID_MAX_LIMIT in proc_sys_kernel(5).
  static let processBits: Int32 = 22
  /// What the ends' hash is made with: 2^64 divided by the golden ratio.
  static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15
  /// PF_KTHREAD, which the kernel tells to nobody outside: linux/sched.h.
  private static let kernelThread: Int32 = 0x20_0000

  /// What is on the stack, by its distance from the end.
  enum Slot {
    static let scratch: Int16 = -8
    static let sequence: Int16 = -16
    static let task: Int16 = -24
    static let sock: Int16 = -32
    static let socket: Int16 = -40
    static let file: Int16 = -48
    static let owner: Int16 = -56
    static let before: Int16 = -64
    static let ports: Int16 = -72
    /// Two numbers each.
    static let remote: Int16 = -88
    static let local: Int16 = -104
    /// A `clinux_socket_user`.
    static let user: Int16 = -136
    static let common: Int16 = -136 - Int16(SocketUseLayout.commonLength)
  }

  var code = BPFAssembler()
  let exit: Label
  let layout: SocketUseLayout
  let maps: Maps

  var instructions: [clinux_bpf_instruction] { code.instructions }

  init(for tracepoint: Tracepoint, _ layout: SocketUseLayout, _ maps: Maps) {
    (self.layout, self.maps) = (layout, maps)
    exit = code.label()
    // What a tracepoint has to tell is handed over as 64-bit numbers, the socket first.
    code.load(.r6, from: .r1, 0)
    code.store(.r6, at: .frame, Slot.sock)
    if tracepoint == .changedState {
      code.load(.r8, from: .r1, 8)
      code.load(.r9, from: .r1, 16)
    }
    let isInternet = code.label()
    code.load(.r2, from: .r6, layout.family, size: BPF_H)
    code.jump(to: isInternet, if: .r2, BPF_JEQ, AF_INET)
    code.jump(to: exit, if: .r2, BPF_JNE, AF_INET6)
    code.land(isInternet)
    if tracepoint == .changedState { noteState() }
    noteUser(inState: tracepoint == .changedState)
    code.land(exit)
    code.end()
  }

  static func offset(_ member: PartialKeyPath<Use>) -> Int16 {
    Int16(MemoryLayout<Use>.offset(of: member) ?? 0)
  }

  // MARK: States

  /// A socket, in 6, has another state, in 9, than before, in 8. Goes on where its process is to be noted.
  private mutating func noteState() {
    let (listens, opens, closes, isUsed) = (code.label(), code.label(), code.label(), code.label())
    code.jump(to: isUsed, if: .r9, BPF_JEQ, Int32(TCP_SYN_SENT))
    code.jump(to: isUsed, if: .r9, BPF_JEQ, Int32(TCP_FIN_WAIT1))
    code.jump(to: isUsed, if: .r9, BPF_JEQ, Int32(TCP_LAST_ACK))
    code.jump(to: opens, if: .r9, BPF_JEQ, Int32(TCP_ESTABLISHED))
    code.jump(to: listens, if: .r9, BPF_JEQ, Int32(TCP_LISTEN))
    code.jump(to: exit, if: .r9, BPF_JNE, Int32(TCP_CLOSE))
    code.jump(to: closes, if: .r8, BPF_JNE, Int32(TCP_LISTEN))
    code.land(listens)
    count(at: maps.count &+ 1)
    code.jump(to: exit)
    code.land(opens)
    noteBeginning()
    code.jump(to: exit)
    code.land(closes)
    noteEnd()
    code.jump(to: exit)
    code.land(isUsed)
  }

  /// A connection was established.
  private mutating func noteBeginning() {
    findPlace()
    let isOwn = code.label()
    code.load(.r1, from: .r6, Self.offset(\.user))
    code.compute(BPF_RSH, .r1, Self.processBits)
    code.jump(to: isOwn, if: .r1, BPF_JEQ, than: .r7)
    code.jump(to: exit, if: .r1, BPF_JGT, than: .r7)
    code.move(.r8, .r7)
    code.compute(BPF_LSH, .r8, Self.processBits)
    lock()
    takePlace()
    unlock()
    code.land(isOwn)
    // Whoever connected it has used it until now: the kernel acknowledges at once.
    noteLast(later: Int32(SocketUse.acknowledging))
    code.call(BPF_FUNC_ktime_get_ns)
    code.store(.answer, at: .r6, Self.offset(\.opened))
    noteEnds()
    // What was over before was another connection of the same socket.
    code.store(value: 0, at: .r6, Self.offset(\.closed))
  }

  /// A connection is over.
  private mutating func noteEnd() {
    findPlace()
    let isWritten = code.label()
    readEnds()
    // Whoever has the same ends later has them from now on.
    findEnds()
    code.move(.r8, .answer)
    code.call(BPF_FUNC_ktime_get_ns)
    code.store(.answer, at: .r8, Int16(MemoryLayout<clinux_socket_ends>.offset(of: \.written) ?? 0))
    code.move(.r8, .answer)
    code.load(.r1, from: .r6, Self.offset(\.user))
    code.compute(BPF_RSH, .r1, Self.processBits)
    code.jump(to: exit, if: .r1, BPF_JNE, than: .r7)
    // One that was never established has no ends yet.
    code.load(.r1, from: .r6, Self.offset(\.ports))
    code.jump(to: isWritten, if: .r1, BPF_JNE, 0)
    noteEnds()
    code.land(isWritten)
    code.store(.r8, at: .r6, Self.offset(\.closed))
  }

  // MARK: Users

  /// A process uses a socket, in 6, or gives it another state, in 9.
  private mutating func noteUser(inState isState: Bool) {
    code.call(BPF_FUNC_get_current_task_btf)
    code.load(.r2, from: .answer, layout.threadFlags, size: BPF_W)
    code.jump(to: exit, if: .r2, BPF_JSET, Self.kernelThread)
    code.store(.answer, at: .frame, Slot.task)
    // 8: the process's number, then the cookie, too.
    code.load(.r8, from: .answer, layout.process, size: BPF_W)
    code.jump(to: exit, if: .r8, BPF_JEQ, 0)
    findPlace()
    code.move(.r1, .r7)
    code.compute(BPF_LSH, .r1, Self.processBits)
    code.combine(BPF_OR, .r8, .r1)
    let isNoted = code.label()
    code.load(.r1, from: .r6, Self.offset(\.user))
    code.jump(to: isNoted, if: .r1, BPF_JEQ, than: .r8)
    // The place of a newer socket stays that: what was noted here of an older one is gone, and nobody knows who used that.
    code.load(.r1, from: .r6, Self.offset(\.user))
    code.compute(BPF_RSH, .r1, Self.processBits)
    code.jump(to: exit, if: .r1, BPF_JGT, than: .r7)
    if isState { exitIfUsedAndClosed() }
    exitUnlessPrograms()
    // Its first thread has its name, and was started when it was.
    code.load(.r3, from: .frame, Slot.task)
    copy(Slot.task, fromThird: layout.leader)
    code.load(.r3, from: .frame, Slot.task)
    copy(Slot.user, fromThird: layout.start)
    code.move(.r1, .frame)
    code.compute(BPF_ADD, .r1, Int32(Slot.user &+ 16))
    code.set(.r2, Int32(MemoryLayout.size(ofValue: Use().name)))
    code.load(.r3, from: .frame, Slot.task)
    code.compute(BPF_ADD, .r3, Int32(layout.name))
    code.call(BPF_FUNC_probe_read_kernel)
    code.call(BPF_FUNC_get_current_uid_gid)
    code.store(.answer, at: .frame, Slot.user &+ 12, size: BPF_W)
    writeUser()
    tell()
    // That a socket has another user is counted behind all places.
    code.load(.r1, from: .frame, Slot.before)
    code.jump(to: isNoted, if: .r1, BPF_JEQ, 0)
    count(at: maps.count)
    code.land(isNoted)
    noteLast()
  }

  /// Who closes what others used is none of its users; but who closes what nobody has used had it.
  private mutating func exitIfUsedAndClosed() {
    let isUnused = code.label()
    code.jump(to: isUnused, if: .r9, BPF_JEQ, Int32(TCP_SYN_SENT))
    code.jump(to: isUnused, if: .r1, BPF_JNE, than: .r7)
    code.load(.r1, from: .r6, Self.offset(\.user))
    code.compute(BPF_AND, .r1, 1 << Self.processBits &- 1)
    code.jump(to: exit, if: .r1, BPF_JNE, 0)
    code.land(isUnused)
  }

  /// Writes who uses the socket at its place, and what else is to be known of it.
  private mutating func writeUser() {
    let (isOwn, isUser, isWritten, isDatagrams) = (code.label(), code.label(), code.label(), code.label())
    lock()
    // Who used the same socket before.
    code.load(.r2, from: .r6, Self.offset(\.user))
    code.move(.r1, .r2)
    code.compute(BPF_RSH, .r1, Self.processBits)
    code.compute(BPF_AND, .r2, 1 << Self.processBits &- 1)
    code.jump(to: isOwn, if: .r1, BPF_JEQ, than: .r7)
    takePlace()
    code.store(value: 0, at: .frame, Slot.before)
    code.jump(to: isUser)
    code.land(isOwn)
    code.store(.r2, at: .frame, Slot.before)
    keepTurn()
    code.load(.r2, from: .frame, Slot.before)
    code.store(.r2, at: .r6, Self.offset(\.before), size: BPF_W)
    code.store(.r8, at: .r6, Self.offset(\.user))
    code.land(isUser)
    code.load(.r1, from: .frame, Slot.user)
    code.store(.r1, at: .r6, Self.offset(\.start))
    code.load(.r1, from: .frame, Slot.user &+ 12, size: BPF_W)
    code.store(.r1, at: .r6, Self.offset(\.identity), size: BPF_W)
    for half: Int16 in [0, 8] {
      code.load(.r1, from: .frame, Slot.user &+ 16 &+ half)
      code.store(.r1, at: .r6, Self.offset(\.name) &+ half)
    }
    code.call(BPF_FUNC_ktime_get_ns)
    code.store(.answer, at: .r6, Self.offset(\.since))
    unlock()
    code.load(.r3, from: .frame, Slot.file)
    copy(Slot.scratch, fromThird: layout.inode)
    code.load(.r3, from: .frame, Slot.scratch)
    copy(Slot.scratch, fromThird: layout.inodeNumber)
    code.load(.r1, from: .frame, Slot.scratch)
    code.store(.r1, at: .r6, Self.offset(\.inode), size: BPF_W)
    code.load(.r3, from: .frame, Slot.sock)
    copy(Slot.scratch, fromThird: layout.protocolNumber)
    code.load(.r1, from: .frame, Slot.scratch, size: BPF_H)
    code.jump(to: isDatagrams, if: .r1, BPF_JEQ, Int32(IPPROTO_UDP))
    code.load(.r1, from: .r6, Self.offset(\.ports))
    code.jump(to: isWritten, if: .r1, BPF_JNE, 0)
    noteEnds(orGoTo: isWritten)
    code.jump(to: isWritten)
    code.land(isDatagrams)
    notePort(orGoTo: isWritten)
    code.land(isWritten)
  }

  /// Tells of a process that has used no socket of the internet before, as far as is remembered.
  private mutating func tell() {
    let isKnown = code.label()
    code.move(.r1, .r8)
    code.compute(BPF_AND, .r1, maps.processes &- 1)
    code.compute(BPF_ADD, .r1, 1 << maps.bits &+ 1 << maps.portBits)
    find(in: maps.ends, orGoTo: isKnown)
    code.load(.r1, from: .frame, Slot.user)
    code.load(.r2, from: .answer, 0)
    code.jump(to: isKnown, if: .r1, BPF_JEQ, than: .r2)
    code.move(.r9, .answer)
    code.move(.r1, .r8)
    code.compute(BPF_AND, .r1, 1 << Self.processBits &- 1)
    code.store(.r1, at: .frame, Slot.user &+ 8, size: BPF_W)
    code.loadMap(.r1, maps.users)
    code.move(.r2, .frame)
    code.compute(BPF_ADD, .r2, Int32(Slot.user))
    code.set(.r3, Int32(MemoryLayout<clinux_socket_user>.size))
    code.set(.r4, 0)
    code.call(BPF_FUNC_ringbuf_output)
    // Where the ring was full it is told of with the next socket.
    code.jump(to: isKnown, if: .answer, BPF_JNE, 0)
    code.load(.r1, from: .frame, Slot.user)
    code.store(.r1, at: .r9, 0)
    code.land(isKnown)
  }

  /// Ends, unless the socket is one that programs have: not one of the kernel's own, nor a part of another one.
  ///
  /// The kernel copies what is asked for: to follow the pointers by themselves has it search its types for each of them when it
  /// checks the program, which takes milliseconds.
  private mutating func exitUnlessPrograms() {
    let isPrograms = code.label()
    code.load(.r3, from: .frame, Slot.sock)
    copy(Slot.socket, fromThird: layout.socket)
    for (place, offset) in [(Slot.file, layout.file), (Slot.owner, layout.owner)] {
      code.load(.r3, from: .frame, Slot.socket)
      copy(place, fromThird: offset)
    }
    code.load(.r1, from: .frame, Slot.file)
    code.jump(to: exit, if: .r1, BPF_JEQ, 0)
    code.load(.r1, from: .frame, Slot.owner)
    // It is being closed.
    code.jump(to: isPrograms, if: .r1, BPF_JEQ, 0)
    code.load(.r2, from: .frame, Slot.sock)
    code.jump(to: exit, if: .r1, BPF_JNE, than: .r2)
    code.land(isPrograms)
  }
}
