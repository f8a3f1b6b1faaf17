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

/// Finds who holds a socket while packets wait for it: in the processes that most likely do, newest first, and only where
/// that fails in all of them.
///
/// What it remembers it looks at again before it says so: a descriptor may stand for another socket by now.
public struct HolderSearch {
  /// How many processes are looked into for one socket.
  private static let mostLookedInto = 48
  /// A process with more descriptors than that is not listed for one socket.
  private static let mostListed = 96
  /// How many processes are remembered as likely.
  private static let mostRecent = 512
  /// How many sockets are remembered.
  private static let mostRemembered = 1 << 16

  private var holds: [UInt64: [SocketHold]] = [:]
  /// Processes that are new, or were found to hold a new socket: the latest last; some stand there more than once.
  private var recent: [Int32] = []
  /// The descriptor that was found last in a process: the next new socket has one near it.
  private var lastDescriptors: [Int32: Int32] = [:]
  /// How many processes' descriptors could not be read when all were.
  public private(set) var unreadableProcesses = 0

  public init() {}

  /// A process has begun, has become another program, or had a child: it may hold sockets that nobody knows of.
  public mutating func suspect(_ process: Int32) {
    if recent.last == process { return }
    recent.append(process)
    if recent.count > Self.mostRecent { recent.removeFirst(Self.mostRecent / 2) }
  }

  /// A process has ended.
  public mutating func forget(_ process: Int32) {
    lastDescriptors[process] = nil
  }

  /// Who holds a socket, by a look at who did, and at the likeliest processes; nobody where it is none of them.
  public mutating func find(_ inode: UInt64, through door: some HolderDoor) -> [SocketHold] {
    if let known = holds[inode] {
      let still = known.filter { door.socket(of: $0.process, descriptor: $0.descriptor) == inode }
      if still.count != known.count { holds[inode] = still.isEmpty ? nil : still }
      if !still.isEmpty { return still }
    }
    var looked: Set<Int32> = []
    for process in recent.reversed() {
      guard looked.insert(process).inserted else { continue }
      if looked.count > Self.mostLookedInto { break }
      guard look(into: process, for: inode, through: door) else { continue }
      suspect(process)
      return holds[inode] ?? []
    }
    return []
  }

  /// Looks into one process; true where it holds the socket.
  private mutating func look(into process: Int32, for inode: UInt64, through door: some HolderDoor) -> Bool {
    let sockets: [HeldSocketNumber]
    if let last = lastDescriptors[process], last > Int32(Self.mostListed) / 2 {
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
    if holds.count > Self.mostRemembered { holds.removeAll() }
    if holds[socket.inode]?.contains(hold) ?? false { return }
    holds[socket.inode, default: []].append(hold)
  }

  /// Looks into a process that may hold a socket beside those that are known to, such as a child of one.
  public mutating func look(into process: Int32, through door: some HolderDoor) {
    for socket in door.sockets(of: process, limit: Self.mostListed) ?? [] { remember(socket, of: process) }
  }

  /// Looks into all processes for some sockets, or for all. Throws where /proc cannot be read.
  public mutating func scan(for inodes: Set<UInt64>?, through door: some ProcessDoor) throws(SystemError) {
    var query = OwnerQuery()
    query.inodes = inodes
    let table = try OwnerScan.read(query, through: door)
    unreadableProcesses = table.unreadableProcesses
    if inodes == nil { holds.removeAll(keepingCapacity: true) }
    for held in table.held {
      guard table.processes.indices.contains(Int(held.process)) else { continue }
      let process = table.processes[Int(held.process)].pid
      remember(HeldSocketNumber(descriptor: held.descriptor, inode: held.inode), of: process)
      guard inodes != nil else { continue }
      lastDescriptors[process] = held.descriptor
      suspect(process)
    }
  }
}
