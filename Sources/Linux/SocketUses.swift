import CLinux
import Glibc

/// The seam for hearing who uses sockets.
public protocol SocketUseDoor {
  /// Begins to note it. Throws as `SocketUses.init` does.
  func socketUses() throws(SystemError) -> SocketUses
}

extension OwnInspection: SocketUseDoor {
  public func socketUses() throws(SystemError) -> SocketUses { try SocketUses() }
}

/// Who used an internet socket last.
public struct SocketUse: Hashable, Sendable {
  public var process: Int32
  /// When the process was started, in the kernel's clock ticks since the system's start, as field 22 of proc_pid_stat(5).
  public var startTime: UInt64
  /// The same in nanoseconds since the Epoch.
  public var started: Int64
  /// When it used the socket first, in nanoseconds since the Epoch.
  public var since: Int64
  /// Its real user, and the name that it had.
  public var userID: UInt32
  public var name: [UInt8]
  /// The process that used the socket before; 0 where no other is known to have.
  public var before: Int32
  /// When it used the socket last, in nanoseconds since the Epoch: what it sends is a moment older. 0 where that was not noted.
  public var last: Int64 = 0

  /// How far apart two times may be that are the same one by the kernel's clock, in nanoseconds.
  public static let clocksApart: Int64 = 10_000
  /// How long after it was established a connection's last use is noted at that, in nanoseconds.
  public static let acknowledging: Int64 = 20_000

  /// Whether another process used the socket before, as far as that is known.
  public var isShared: Bool { before != 0 }

  public init(
    process: Int32, startTime: UInt64, started: Int64, since: Int64, userID: UInt32, name: [UInt8], before: Int32,
    last: Int64 = 0
  ) {
    self.process = process
    self.startTime = startTime
    self.started = started
    self.since = since
    self.userID = userID
    self.name = name
    self.before = before
    self.last = last
  }
}

/// Who uses the internet sockets of the whole machine, in whatever namespace: noted in the kernel by BPF programs when a process
/// sends, receives or begins to connect, and read here without a system call.
///
/// Needs CAP_BPF and CAP_PERFMON, and Linux 6.3 or newer. What was used last by more than so many sockets ago is forgotten: it may
/// say nothing of a socket, but nothing wrong. See bpf(2) and the kernel's bpf/ directory.
@safe
public final class SocketUses: Sendable {
  /// An array that the kernel's programs write, and the memory that it is here, which is only read, by functions that take it that
  /// it is written meanwhile.
  struct Table: ~Copyable, @unchecked Sendable {
    let descriptor: Descriptor
    let map: MemoryMap

    init(_ name: StaticString, of size: Int, count: Int) throws(SystemError) {
      let array = Descriptor(
        owning: try systemCall("bpf(BPF_MAP_CREATE)") {
          // SAFETY: the string is terminated, and lent for the call.
          unsafe clinux_create_mapped_array(
            UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), UInt32(size), UInt32(count))
        })
      let memory = try MemoryMap(sharing: array, length: size &* count, isWritable: false)
      descriptor = array
      map = memory
    }
  }

  /// How many sockets there is room for. Cookies are given out one after another, so that it is the last so many that were made.
  static let count = 1 << 16
  static let processMask: UInt64 = 1 << UInt64(SocketUseProgram.processBits) &- 1
  /// Two to so many connections are found by their ends, of which each puts out those with the same hash; and so many processes are
  /// remembered, by their numbers.
  private static let endBits = 17
  private static let portBits = 14
  private static let processes = 1 << 12
  /// Of so many sockets that several used it is known who did before, two to so many turns of each.
  static let turnPlaces = 1 << 11
  static let turnBits: Int32 = 3

  private let table: Table
  private let ends: Table
  /// When the sockets were used last, and who used those before that several have used.
  let lasts: Table
  let earlier: Table
  private let ring: Descriptor
  /// The programs run as long as these are open.
  private let attachments: [OwnedDescriptor]
  /// Since when it is noted, in nanoseconds since the Epoch.
  public let began: Int64

  private final class OwnedDescriptor: Sendable {
    let descriptor: Descriptor
    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
  }

  /// Has the kernel note it from now on. Throws EPERM without CAP_BPF and CAP_PERFMON, ENOENT where the kernel does not tell its
  /// types, and EOPNOTSUPP where it lacks what is needed, or notes other processes' numbers than this program sees.
  init() throws(SystemError) {
    let tracepoints = SocketUseProgram.Tracepoint.allCases
    let types = try KernelTypes.running(
      typedefs: tracepoints.map(\.typedef), members: SocketUseLayout.members)
    guard let layout = SocketUseLayout(types) else { throw Self.unsupported }
    table = try Table("sockeye_uses", of: MemoryLayout<clinux_socket_use>.stride, count: Self.count &+ 2)
    ends = try Table(
      "sockeye_ends", of: MemoryLayout<clinux_socket_ends>.stride,
      count: 1 << Self.endBits &+ 1 << Self.portBits &+ Self.processes)
    lasts = try Table("sockeye_lasts", of: MemoryLayout<UInt64>.stride, count: Self.count)
    earlier = try Table(
      "sockeye_turns", of: MemoryLayout<clinux_socket_turn>.stride, count: Self.turnPlaces << Int(Self.turnBits))
    ring = Descriptor(
      owning: try systemCall("bpf(BPF_MAP_CREATE)") {
        // SAFETY: the string is terminated, and lent for the call.
        unsafe clinux_create_ring("sockeye_users", UInt32(SocketUsers.octets))
      })
    let maps = SocketUseProgram.Maps(
      uses: table.descriptor.rawValue, count: Int32(Self.count), ends: ends.descriptor.rawValue,
      bits: Int32(Self.endBits),
      portBits: Int32(Self.portBits), processes: Int32(Self.processes), users: ring.rawValue,
      lasts: lasts.descriptor.rawValue, turns: earlier.descriptor.rawValue, turnPlaces: Int32(Self.turnPlaces))
    var attachments: [OwnedDescriptor] = []
    for tracepoint in tracepoints {
      guard let type = types.number(ofTypedef: tracepoint.typedef) else { throw Self.unsupported }
      let program = SocketUseProgram(for: tracepoint, layout, maps).instructions
      let loaded = Descriptor(
        owning: try systemCall("bpf(BPF_PROG_LOAD)") {
          // SAFETY: the kernel reads as many instructions as there are, during the call.
          unsafe program.withUnsafeBufferPointer {
            unsafe clinux_load_tracing_program("sockeye_use", $0.baseAddress, UInt32($0.count), type)
          }
        })
      let number = loaded.rawValue
      attachments.append(
        OwnedDescriptor(
          Descriptor(
            owning: try systemCall("bpf(BPF_RAW_TRACEPOINT_OPEN)") { clinux_attach_tracing_program(number) })))
    }
    self.attachments = attachments
    began = BootClock.nanosecondsSinceEpoch
    try check()
  }

  /// Tells of processes that use a socket for the first time, as far as is remembered. Throws as mmap(2) does.
  public func users() throws(SystemError) -> SocketUsers { try SocketUsers(ring) }

  private static var unsupported: SystemError {
    SystemError(
      call: "bpf(2)", code: EOPNOTSUPP, hint: "Linux 6.3 or newer is needed, and its types in /sys/kernel/btf")
  }

  /// Uses a socket, and looks whether that was noted of this very process: in another namespace of processes it has another
  /// number.
  private func check() throws(SystemError) {
    let socket = try Socket<IPv4Endpoint, DatagramStyle>()
    var octet: [UInt8] = [0]
    let cookie = try socket.option(SOL_SOCKET, SO_COOKIE, initial: UInt64(0), "SO_COOKIE")
    // There is nothing to be received, and nobody hears of it.
    _ = try? socket.receive(into: &octet, flags: .doNotWait)
    guard let use = last(ofCookie: cookie), use.process == getpid() else { throw Self.unsupported }
  }

  /// Who used a socket last; nil where that was not noted, or is being noted all the time.
  public func last(ofCookie cookie: UInt64) -> SocketUse? {
    guard cookie != 0, let copy = whole(cookie),
      copy.user >> UInt64(SocketUseProgram.processBits) == cookie, copy.user & Self.processMask != 0
    else { return nil }
    let last = lastUse(ofCookie: cookie)
    // It may be another's by now.
    // SAFETY: as above.
    let isStill = unsafe clinux_socket_use_sequence(place(of: cookie)) == copy.sequence
    return Self.use(copy, last: isStill ? last : 0, KernelClock())
  }

  static func use(_ copy: clinux_socket_use, last: UInt64, _ clock: KernelClock) -> SocketUse {
    // SAFETY: the array of octets is read as such.
    let name = unsafe withUnsafeBytes(of: copy.name) { unsafe Array($0.prefix { $0 != 0 }) }
    return SocketUse(
      process: Int32(copy.user & processMask), startTime: ticks(copy.start),
      started: clock.time(sinceStart: copy.start),
      since: clock.time(ofMonotonic: copy.since), userID: copy.identity, name: name,
      before: Int32(bitPattern: copy.before), last: clock.time(ofMonotonic: last))
  }

  /// What is written at the place of a socket, once nobody writes it: that takes a microsecond, unless whoever does is interrupted.
  func whole(_ cookie: UInt64) -> clinux_socket_use? {
    var copy = clinux_socket_use()
    for _ in 0..<Self.tries {
      // SAFETY: the place is in the memory, which lives as long as this does; the copy is written during the call.
      if unsafe clinux_read_socket_use(place(of: cookie), &copy) == 1 { return copy }
    }
    return nil
  }

  private static let tries = 100

  /// Whether a socket was used last by a process, and by no other before, as far as that is known: a few nanoseconds.
  @inline(__always)
  public func isSoleUser(_ process: Int32, ofCookie cookie: UInt64) -> Bool {
    // SAFETY: the place is in the memory, which lives as long as this does.
    return unsafe clinux_is_sole_user(place(of: cookie), Self.user(process, cookie)) == 1
  }

  /// The same, and it is not a connection's that is over.
  @inline(__always)
  public func usesAlone(_ process: Int32, ofCookie cookie: UInt64) -> Bool {
    // SAFETY: as above.
    return unsafe clinux_uses_alone(place(of: cookie), Self.user(process, cookie)) == 1
  }

  /// Whether a socket is known to be of a connection that is over.
  public func isOver(_ cookie: UInt64) -> Bool {
    // SAFETY: as above.
    return unsafe clinux_is_over(place(of: cookie), cookie) == 1
  }

  @inline(__always)
  private static func user(_ process: Int32, _ cookie: UInt64) -> UInt64 {
    cookie << UInt64(SocketUseProgram.processBits) | UInt64(UInt32(bitPattern: process))
  }

  /// Stands for what is noted of a socket now; 0 where nothing is.
  public func mark(ofCookie cookie: UInt64) -> UInt32 {
    // SAFETY: the place is in the memory, which lives as long as this does.
    let sequence = unsafe clinux_socket_use_sequence(place(of: cookie))
    // SAFETY: as above.
    guard unsafe clinux_is_used(place(of: cookie), cookie) == 1, cookie != 0 else { return 0 }
    // What is being written just now comes after it.
    return Self.mark(UInt32(truncatingIfNeeded: cookie), sequence & ~1)
  }

  /// Whether nothing was noted since: one load. What was noted more than thirty thousand times since may seem not to have been.
  @inline(__always)
  public func isCurrent(_ mark: UInt32) -> Bool {
    guard mark != 0 else { return true }
    // SAFETY: the place is in the memory, which lives as long as this does.
    return Self.mark(mark, unsafe clinux_socket_use_sequence(place(of: UInt64(mark)))) == mark
  }

  /// How often any socket of the machine had another user than before.
  public var changes: UInt64 {
    // SAFETY: there are two places more than there are for sockets, where that is counted.
    unsafe clinux_socket_use_sequence(place(Self.count))
  }

  /// How often a connection-oriented socket of the machine has begun to listen, or ended it; it can be found somewhat later.
  public var listens: UInt64 {
    // SAFETY: as above.
    unsafe clinux_socket_use_sequence(place(Self.count &+ 1))
  }

  /// The number of the place, how often it was written, and a bit that is always set.
  static func mark(_ place: UInt32, _ sequence: UInt64) -> UInt32 {
    place & UInt32(count &- 1) | UInt32(truncatingIfNeeded: sequence & 1 != 0 ? 0 : sequence >> 1) << 16 | 1 << 31
  }

  /// Whether a socket of UDP was the last that began to be used at its port in a network namespace.
  public func isLast(_ cookie: UInt64, ofPort port: UInt16, namespace: UInt32) -> Bool {
    let hash = (UInt64(port.bigEndian) | UInt64(namespace) << 32) &* SocketUseProgram.multiplier
    return self.cookie(at: hash >> UInt64(64 &- Self.portBits) &+ 1 << UInt64(Self.endBits)) == cookie
  }

  /// The cookie at a place of those that sockets are found by.
  private func cookie(at place: UInt64) -> UInt64 {
    // SAFETY: the memory has more places than such a number may be.
    unsafe clinux_cookie_of_ends(
      UnsafePointer(
        ends.map.base.advanced(by: Int(place) &* MemoryLayout<clinux_socket_ends>.stride)
          .assumingMemoryBound(to: clinux_socket_ends.self)))
  }

  func place(of cookie: UInt64) -> UnsafePointer<clinux_socket_use> {
    // SAFETY: the number is less than `count`.
    unsafe place(Int(cookie & UInt64(Self.count &- 1)))
  }

  private func place(_ number: Int) -> UnsafePointer<clinux_socket_use> {
    // SAFETY: the memory has two of them more than `count`, and the number is less than that.
    unsafe UnsafePointer(
      table.map.base.advanced(by: number &* MemoryLayout<clinux_socket_use>.stride)
        .assumingMemoryBound(to: clinux_socket_use.self))
  }

  private static let nanosecondsPerTick = 1_000_000_000 / UInt64(clamping: max(sysconf(Int32(_SC_CLK_TCK)), 1))

  /// Clock ticks since the system's start, by nanoseconds.
  public static func ticks(_ nanoseconds: UInt64) -> UInt64 { nanoseconds / nanosecondsPerTick }

  /// A process's name up to its end in two numbers, zeros behind it.
  public static func name(_ octets: some Sequence<UInt8>) -> (UInt64, UInt64) {
    var name: (UInt64, UInt64) = (0, 0)
    var count: UInt64 = 0
    for octet in octets {
      guard octet != 0, count < 16 else { break }
      if count < 8 { name.0 |= UInt64(octet) << (count &* 8) } else { name.1 |= UInt64(octet) << ((count &- 8) &* 8) }
      count &+= 1
    }
    return name
  }

  // MARK: Connections

  /// The connection of TCP that was the last with some ends; nil where none is known.
  public func connection(_ ends: ConnectionEnds) -> SocketConnection? {
    let cookie = cookie(at: ends.hash(SocketUseProgram.multiplier) >> UInt64(64 &- Self.endBits))
    var copy = clinux_socket_use()
    // SAFETY: the place is in the memory, which lives as long as this does; the copy is written during the call.
    guard cookie != 0, unsafe clinux_read_connection(self.place(of: cookie), &copy) == 1,
      copy.user >> UInt64(SocketUseProgram.processBits) == cookie, ends == ConnectionEnds(copy)
    else { return nil }
    return SocketConnection(copy, cookie: cookie, process: Int32(copy.user & Self.processMask))
  }
}
