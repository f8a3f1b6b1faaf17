import CLinux
import Glibc

/// A BPF program that notes who uses a socket, for one of the kernel's tracepoints. What this file makes may be used under the
/// terms of the GNU General Public License, version 2, too: the kernel asks that of whoever reads its structures.
///
/// It does this, in the words of C:
///
///     if (a socket begins to listen, or ends it) { count it; return; }
///     if (socket's family is neither AF_INET nor AF_INET6, or the thread is the kernel's own) return;
///     place = uses[cookie % count];
///     if (place->user == cookie << 22 | process) return;
///     if (place is a newer socket's) return;
///     if (no file of a program's is the socket's) return;
///     if (place is being written, which an odd sequence number says) return;
///     write it, and count it where the socket had another user before;
///
/// It runs in the process that uses the socket, and mostly ends at the second return: some hundred and fifty
/// nanoseconds, most of which the kernel takes to come here.
struct SocketUseProgram {
  /// A register. The first is what is called answers, and what the program answers in the end; 1 to 5 are what is handed to what
  /// is called; 6 to 9 stay as they are meanwhile; 10 is the end of the stack.
  private enum Register: UInt8 { case answer, r1, r2, r3, r4, r5, r6, r7, r8, r9, frame }

  /// A tracepoint, and what more has to be so where it is.
  enum Tracepoint: String, CaseIterable {
    /// A process has sent through a socket, or received, or tried to. Since Linux 6.3.
    case sent = "sock_send_length"
    case received = "sock_recv_length"
    /// A connection has another state: it is looked at when a process begins to connect, or to listen, or ends that.
    case changedState = "inet_sock_set_state"

    /// The type that the kernel gives it.
    var typedef: String { "btf_trace_" + rawValue }
  }

  /// Where the members of the kernel's structures are, in octets.
  struct Layout {
    var family, cookie, process, socket, file, owner, threadFlags, leader, start, name: Int16

    /// nil where the kernel has not what is needed.
    init?(_ types: KernelTypes) {
      guard let family = types.offset(of: "skc_family", in: "sock_common"),
        let cookie = types.offset(of: "skc_cookie", in: "sock_common"),
        let process = types.offset(of: "tgid", in: "task_struct"),
        let socket = types.offset(of: "sk_socket", in: "sock"), let file = types.offset(of: "file", in: "socket"),
        let owner = types.offset(of: "sk", in: "socket"),
        let threadFlags = types.offset(of: "flags", in: "task_struct"),
        let leader = types.offset(of: "group_leader", in: "task_struct"),
        let start = types.offset(of: "start_boottime", in: "task_struct"),
        let name = types.offset(of: "comm", in: "task_struct")
      else { return nil }
      (self.cookie, self.process) = (cookie, process)
      (self.family, self.socket, self.file, self.owner) = (family, socket, file, owner)
      (self.threadFlags, self.leader) = (threadFlags, leader)
      (self.start, self.name) = (start, name)
    }

    static let members = [
      "sock_common": ["skc_family", "skc_cookie"], "sock": ["sk_socket"], "socket": ["file", "sk"],
      "task_struct": ["flags", "tgid", "group_leader", "start_boottime", "comm"],
    ]
  }

  /// How many of the lowest bits of a user are the process. See PID_MAX_LIMIT in proc_sys_kernel(5).
  static let processBits: Int32 = 22
  /// PF_KTHREAD, which the kernel tells to nobody outside: linux/sched.h.
  private static let kernelThread: Int32 = 0x20_0000

  private(set) var instructions: [clinux_bpf_instruction] = []
  /// The jumps that lead to the end.
  private var exits: [Int] = []

  /// - Parameters:
  ///   - map: the descriptor of the map, an array of `clinux_socket_use`.
  ///   - count: how many places it has for sockets, a power of two; there are two more behind them, to count in: how often a
  ///     socket had another user than before, and how often one began to listen or ended it.
  init(for tracepoint: Tracepoint, _ layout: Layout, map: Int32, count: Int32) {
    typealias Use = clinux_socket_use
    func offset(_ member: PartialKeyPath<Use>) -> Int16 { Int16(MemoryLayout<Use>.offset(of: member) ?? 0) }
    // What a tracepoint has to tell is handed over as 64-bit numbers, the socket first.
    load(.r6, from: .r1, 0)
    if tracepoint == .changedState {
      load(.r2, from: .r1, 8)
      self.jump(BPF_JEQ, .r2, Int32(TCP_LISTEN), over: 4)
      load(.r2, from: .r1, 16)
      let jump = instructions.count
      self.jump(BPF_JEQ, .r2, Int32(TCP_SYN_SENT), over: 0)
      exit(unless: .r2, BPF_JEQ, Int32(TCP_LISTEN))
      self.count(in: map, at: count &+ 1)
      exit()
      instructions[jump].off = Int16(instructions.count &- jump &- 1)
    }
    load(.r2, from: .r6, layout.family, size: BPF_H)
    jump(BPF_JEQ, .r2, AF_INET, over: 2)
    exit(unless: .r2, BPF_JEQ, AF_INET6)
    call(BPF_FUNC_get_current_task_btf)
    load(.r2, from: .answer, layout.threadFlags, size: BPF_W)
    exit(if: .r2, BPF_JSET, Self.kernelThread)
    store(.answer, at: .frame, -24)
    // 8: the process's number.
    load(.r8, from: .answer, layout.process, size: BPF_W)
    exit(if: .r8, BPF_JEQ, 0)
    // 7: the cookie, which a socket is given when it is asked for first; 8: both.
    load(.r7, from: .r6, layout.cookie)
    jump(BPF_JNE, .r7, 0, over: 3)
    move(.r1, .r6)
    call(BPF_FUNC_get_socket_cookie)
    move(.r7, .answer)
    // A cookie that leaves no room for the process is given out in interrupts only.
    move(.r1, .r7)
    compute(BPF_RSH, .r1, 64 &- Self.processBits)
    exit(unless: .r1, BPF_JEQ, 0)
    move(.r1, .r7)
    compute(BPF_LSH, .r1, Self.processBits)
    combine(BPF_OR, .r8, .r1)
    // 6: the place, from here on.
    store(.r6, at: .frame, -32)
    move(.r1, .r7)
    compute(BPF_AND, .r1, count &- 1)
    findPlace(in: map)
    move(.r6, .answer)
    load(.r1, from: .r6, offset(\.user))
    exit(ifEqual: .r1, .r8)
    // The place of a newer socket stays that: what was noted here of an older one is gone, and nobody knows who used that.
    load(.r1, from: .r6, offset(\.user))
    compute(BPF_RSH, .r1, Self.processBits)
    append(BPF_JMP | BPF_JLE | BPF_X, .r1, .r7, 1, 0)
    exit()
    exitUnlessPrograms(layout)
    // Its first thread has its name, and was started when it was.
    load(.r3, from: .frame, -24)
    copy(-24, fromThird: layout.leader)
    load(.r3, from: .frame, -24)
    copy(-64, fromThird: layout.start)
    load(.r9, from: .frame, -64)
    // The sequence number becomes odd, if it is still what it was.
    load(.answer, from: .r6, offset(\.sequence))
    exit(if: .answer, BPF_JSET, 1)
    move(.r3, .answer)
    compute(BPF_ADD, .r3, 1)
    move(.r4, .answer)
    append(BPF_STX | BPF_ATOMIC | BPF_DW, .r6, .r3, offset(\.sequence), BPF_CMPXCHG)
    append(BPF_JMP | BPF_JEQ | BPF_X, .answer, .r4, 1, 0)
    exit()
    store(.r3, at: .frame, -16)
    // Who used the same socket before.
    load(.r2, from: .r6, offset(\.user))
    move(.r1, .r2)
    compute(BPF_RSH, .r1, Self.processBits)
    append(BPF_JMP | BPF_JEQ | BPF_X, .r1, .r7, 1, 0)
    set(.r2, 0)
    move(.r7, .r2)
    store(.r2, at: .r6, offset(\.before))
    store(.r8, at: .r6, offset(\.user))
    store(.r9, at: .r6, offset(\.start))
    call(BPF_FUNC_ktime_get_ns)
    store(.answer, at: .r6, offset(\.since))
    call(BPF_FUNC_get_current_uid_gid)
    store(.answer, at: .r6, offset(\.identity))
    move(.r1, .r6)
    compute(BPF_ADD, .r1, Int32(offset(\.name)))
    set(.r2, Int32(MemoryLayout.size(ofValue: Use().name)))
    load(.r3, from: .frame, -24)
    compute(BPF_ADD, .r3, Int32(layout.name))
    call(BPF_FUNC_probe_read_kernel)
    load(.r1, from: .frame, -16)
    compute(BPF_ADD, .r1, 1)
    append(BPF_STX | BPF_ATOMIC | BPF_DW, .r6, .r1, offset(\.sequence), BPF_XCHG)
    // That a socket has another user is counted behind all places.
    exit(if: .r7, BPF_JEQ, 0)
    self.count(in: map, at: count)
    end()
  }

  /// Ends, unless the socket is one that programs have: not one of the kernel's own, nor a part of another one.
  ///
  /// The kernel copies what is asked for: to follow the pointers by themselves has it search its types for each of them when it
  /// checks the program, which takes milliseconds.
  private mutating func exitUnlessPrograms(_ layout: Layout) {
    load(.r3, from: .frame, -32)
    copy(-40, fromThird: layout.socket)
    for (place, offset) in [(Int16(-48), layout.file), (-56, layout.owner)] {
      load(.r3, from: .frame, -40)
      copy(place, fromThird: offset)
    }
    load(.r1, from: .frame, -48)
    exit(if: .r1, BPF_JEQ, 0)
    load(.r1, from: .frame, -56)
    load(.r2, from: .frame, -32)
    append(BPF_JMP | BPF_JEQ | BPF_X, .r1, .r2, 1, 0)
    exit()
  }

  /// Copies eight octets of the kernel's, behind what the third register points to, to a place on the stack, zeros where they
  /// cannot be read; it changes the first five registers.
  private mutating func copy(_ place: Int16, fromThird offset: Int16) {
    compute(BPF_ADD, .r3, Int32(offset))
    move(.r1, .frame)
    compute(BPF_ADD, .r1, Int32(place))
    set(.r2, 8)
    call(BPF_FUNC_probe_read_kernel)
  }

  // MARK: Instructions, as bpf/standardization/instruction-set.rst has them

  private mutating func append(
    _ code: Int32, _ destination: Register, _ source: Register, _ offset: Int16, _ immediate: Int32
  ) {
    instructions.append(
      clinux_instruction(UInt8(truncatingIfNeeded: code), destination.rawValue, source.rawValue, offset, immediate))
  }

  private mutating func load(
    _ destination: Register, from source: Register, _ offset: Int16, size: Int32 = BPF_DW
  ) {
    append(BPF_LDX | BPF_MEM | size, destination, source, offset, 0)
  }

  private mutating func store(
    _ source: Register, at destination: Register, _ offset: Int16, size: Int32 = BPF_DW
  ) {
    append(BPF_STX | BPF_MEM | size, destination, source, offset, 0)
  }

  private mutating func loadMap(_ destination: Register, _ map: Int32) {
    instructions.append(
      clinux_instruction(
        UInt8(truncatingIfNeeded: BPF_LD | BPF_IMM | BPF_DW), destination.rawValue,
        UInt8(truncatingIfNeeded: BPF_PSEUDO_MAP_FD), 0, map))
    append(0, .answer, .answer, 0, 0)
  }

  /// Finds the place whose number is in the first register, or ends; it changes the first five.
  private mutating func findPlace(in map: Int32) {
    store(.r1, at: .frame, -4, size: BPF_W)
    move(.r2, .frame)
    compute(BPF_ADD, .r2, -4)
    loadMap(.r1, map)
    call(BPF_FUNC_map_lookup_elem)
    exit(if: .answer, BPF_JEQ, 0)
  }

  /// Counts at a place; it changes the first five registers.
  private mutating func count(in map: Int32, at place: Int32) {
    set(.r1, place)
    findPlace(in: map)
    set(.r1, 1)
    append(BPF_STX | BPF_ATOMIC | BPF_DW, .answer, .r1, 0, BPF_ADD)
  }

  private mutating func move(_ destination: Register, _ source: Register) { combine(BPF_MOV, destination, source) }

  private mutating func set(_ destination: Register, _ value: Int32) { compute(BPF_MOV, destination, value) }

  private mutating func compute(_ operation: Int32, _ destination: Register, _ value: Int32) {
    append(BPF_ALU64 | operation | BPF_K, destination, .answer, 0, value)
  }

  private mutating func combine(_ operation: Int32, _ destination: Register, _ source: Register) {
    append(BPF_ALU64 | operation | BPF_X, destination, source, 0, 0)
  }

  private mutating func call(_ function: bpf_func_id) {
    append(BPF_JMP | BPF_CALL, .answer, .answer, 0, Int32(bitPattern: function.rawValue))
  }

  private mutating func jump(_ condition: Int32, _ register: Register, _ value: Int32, over count: Int16) {
    append(BPF_JMP | condition | BPF_K, register, .answer, count, value)
  }

  private mutating func exit() {
    exits.append(instructions.count)
    append(BPF_JMP | BPF_JA, .answer, .answer, 0, 0)
  }

  private mutating func exit(if register: Register, _ condition: Int32, _ value: Int32) {
    exits.append(instructions.count)
    jump(condition, register, value, over: 0)
  }

  private mutating func exit(unless register: Register, _ condition: Int32, _ value: Int32) {
    jump(condition, register, value, over: 1)
    exit()
  }

  private mutating func exit(ifEqual register: Register, _ other: Register) {
    exits.append(instructions.count)
    append(BPF_JMP | BPF_JEQ | BPF_X, register, other, 0, 0)
  }

  /// Ends the program, and has every exit lead here.
  private mutating func end() {
    let place = instructions.count
    for exit in exits { instructions[exit].off = Int16(place &- exit &- 1) }
    set(.answer, 0)
    append(BPF_JMP | BPF_EXIT, .answer, .answer, 0, 0)
  }
}
