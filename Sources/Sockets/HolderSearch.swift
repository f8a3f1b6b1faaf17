public import Linux

/// A process and the descriptor by which it holds a socket.
public struct SocketHold: Hashable, Sendable {
  public var process: Int32
  public var descriptor: Int32

  public init(process: Int32, descriptor: Int32) {
    self.process = process
    self.descriptor = descriptor
  }
}

/// Finds who holds a socket while packets wait for it: first in the processes that most likely do, and where that fails in
/// all of them.
///
/// What it remembers it looks at again before it says so: a descriptor may stand for another socket by now.
public struct HolderSearch {
  /// A process with more descriptors than that is not listed for one socket.
  private static let mostListed = 96
  /// And one with more than that not for several, either: a scan of everything does.
  private static let mostSearched = 1 << 14
  /// How many processes of each kind are looked into for one socket.
  private static let mostFresh = 10
  private static let mostNewest = 3
  private static let mostHot = 6
  private static let mostExpected = 8
  /// How many sockets are remembered.
  private static let mostRemembered = 1 << 16

  private var holds: [UInt64: [SocketHold]] = [:]
  /// When the holders of a socket were last seen to hold it, in nanoseconds since the Epoch.
  private var seen: [UInt64: Int64] = [:]
  /// When what was answered last was seen.
  public private(set) var lastSeen: Int64 = 0
  /// What each process was found to hold.
  private var inodes: [Int32: Set<UInt64>] = [:]
  private var likely = LikelyHolders()
  /// The descriptor that was found last in a process: the next new socket has one near it.
  private var lastDescriptors: [Int32: Int32] = [:]
  /// Sockets whose holder is to be looked for in more processes.
  public private(set) var wanted: Set<UInt64> = []
  /// Sockets that all processes were looked into for in vain.
  private var vain: Set<UInt64> = []
  /// How many processes' descriptors could not be read when all were.
  public private(set) var unreadableProcesses = 0

  public init() {}

  /// A process has begun or has become another program: it may open sockets.
  public mutating func suspect(_ process: Int32) { likely.began(process) }

  /// A process was started by another, whose sockets it holds as well until it closes them.
  public mutating func began(_ process: Int32, parent: Int32) {
    suspect(process)
    for inode in inodes[parent] ?? [] {
      guard let hold = holds[inode]?.first(where: { $0.process == parent }) else { continue }
      remember(HeldSocketNumber(descriptor: hold.descriptor, inode: inode), of: process)
    }
  }

  /// A process has ended.
  public mutating func forget(_ process: Int32) {
    likely.ended(process)
    lastDescriptors[process] = nil
    for inode in inodes.removeValue(forKey: process) ?? [] {
      holds[inode]?.removeAll { $0.process == process }
      if holds[inode]?.isEmpty ?? false { holds[inode] = nil }
      seen[inode] = nil
    }
  }

  /// Whether it makes no sense to look for a socket's holder any more.
  public func isInVain(_ inode: UInt64) -> Bool { vain.contains(inode) }

  /// Who holds a socket, by a look at who did, and at the likeliest processes; nobody where it is none of them, and then
  /// it is wanted.
  ///
  /// - Parameters:
  ///   - time: what was seen since then is new enough, in nanoseconds since the Epoch.
  ///   - hint: processes that are looked into first.
  @_specialize(where Door == OwnInspection)
  public mutating func find<Door: HolderDoor>(
    _ inode: UInt64, since time: Int64 = .max, hint: [Int32] = [], through door: Door
  ) -> [SocketHold] {
    lastSeen = BootClock.nanosecondsSinceEpoch
    if let known = holds[inode] {
      if let when = seen[inode], when >= time {
        lastSeen = when
        return known
      }
      let still = known.filter { door.socket(of: $0.process, descriptor: $0.descriptor) == inode }
      if still.count != known.count {
        holds[inode] = still.isEmpty ? nil : still
        for hold in known where !still.contains(hold) { inodes[hold.process]?.remove(inode) }
      }
      if !still.isEmpty {
        seen[inode] = lastSeen
        return still
      }
    }
    for process in hint.prefix(Self.mostHot) where look(into: process, for: inode, through: door) {
      return found(inode, process)
    }
    for place in 0..<Self.mostFresh {
      guard let process = likely.takeFresh(newest: place < Self.mostNewest) else { break }
      if look(into: process, for: inode, through: door) { return found(inode, process) }
      likely.expect(process)
    }
    for process in likely.hot.prefix(Self.mostHot) where look(into: process, for: inode, through: door) {
      return found(inode, process)
    }
    for _ in 0..<min(Self.mostExpected, likely.expectedCount) {
      guard let (process, since) = likely.takeExpected() else { break }
      if look(into: process, for: inode, through: door) { return found(inode, process) }
      likely.expect(process, since: since)
    }
    if !vain.contains(inode) { wanted.insert(inode) }
    return []
  }

  private mutating func found(_ inode: UInt64, _ process: Int32) -> [SocketHold] {
    likely.holds(process)
    seen[inode] = lastSeen
    return holds[inode] ?? []
  }

  /// Whether all that are known to hold a socket still do; false where nobody is. A few microseconds.
  @_specialize(where Door == OwnInspection)
  public mutating func isUnchanged<Door: HolderDoor>(_ inode: UInt64, through door: Door) -> Bool {
    guard let known = holds[inode], !known.isEmpty else { return false }
    let now = BootClock.nanosecondsSinceEpoch
    guard known.allSatisfy({ door.socket(of: $0.process, descriptor: $0.descriptor) == inode }) else { return false }
    seen[inode] = now
    return true
  }

  /// The processes that were found to hold a socket.
  public func known(_ inode: UInt64) -> [Int32] { holds[inode]?.map(\.process) ?? [] }

  /// Looks into one process; true where it holds the socket.
  private mutating func look(into process: Int32, for inode: UInt64, through door: some HolderDoor) -> Bool {
    let sockets: [HeldSocketNumber]
    if let last = lastDescriptors[process] {
      sockets = door.sockets(of: process, descriptors: max(last &- 2, 0)...(last &+ 14))
    } else {
      sockets = door.sockets(of: process, limit: Self.mostListed) ?? []
    }
    var found = false
    for socket in sockets {
      remember(socket, of: process)
      guard socket.inode == inode else { continue }
      lastDescriptors[process] = socket.descriptor
      found = true
    }
    return found
  }

  private mutating func remember(_ socket: HeldSocketNumber, of process: Int32) {
    let hold = SocketHold(process: process, descriptor: socket.descriptor)
    if holds.count > Self.mostRemembered {
      holds.removeAll()
      inodes.removeAll()
      seen.removeAll()
    }
    wanted.remove(socket.inode)
    inodes[process, default: []].insert(socket.inode)
    if holds[socket.inode]?.contains(hold) ?? false { return }
    holds[socket.inode, default: []].append(hold)
  }

  // MARK: Scans

  /// Looks into one process after another for the sockets that are wanted, the likeliest and then the youngest first, until
  /// all are found; those that are not are not wanted any more. Throws where /proc cannot be read.
  public mutating func searchAll(through door: some HolderDoor & ProcessListing) throws(SystemError) {
    let numbers = try door.processNumbers().sorted(by: >)
    var seen: Set<Int32> = []
    for process in likely.hot + numbers where !wanted.isEmpty && seen.insert(process).inserted {
      for socket in door.sockets(of: process, limit: Self.mostSearched) ?? [] {
        let isWanted = wanted.contains(socket.inode)
        remember(socket, of: process)
        guard isWanted else { continue }
        lastDescriptors[process] = socket.descriptor
        likely.holds(process)
      }
    }
    if vain.count > 1 << 14 { vain.removeAll() }
    vain.formUnion(wanted)
    wanted.removeAll()
  }

  /// Looks into all processes for all sockets, so that those are known that several processes hold.
  public mutating func scanAll(through door: some ProcessDoor) throws(SystemError) {
    let table = try OwnerScan.read(OwnerQuery(), through: door)
    unreadableProcesses = table.unreadableProcesses
    vain.removeAll()
    holds.removeAll(keepingCapacity: true)
    seen.removeAll(keepingCapacity: true)
    inodes.removeAll(keepingCapacity: true)
    for held in table.held where table.processes.indices.contains(Int(held.process)) {
      remember(
        HeldSocketNumber(descriptor: held.descriptor, inode: held.inode), of: table.processes[Int(held.process)].pid)
    }
    // The youngest first: what a person has just started is likelier to do something than what the system runs.
    for process in table.processes.reversed() { likely.mayHold(process.pid) }
  }
}
