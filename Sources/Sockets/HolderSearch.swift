public import Linux

/// A process and the descriptor by which it holds a socket.
public struct SocketHold: Hashable, Sendable {
  public var process: Int32
  public var descriptor: Int32

  /// Stands for a descriptor where the process is known to use the socket, by whichever.
  public static let noted: Int32 = -1

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
  public static let mostListed = 96
  /// Nor one of those that may have accepted it, with more than that.
  private static let mostAccepted = 1024
  /// How many descriptors behind the last socket of a process are looked at, and how many before.
  private static let reach: Int32 = 14
  private static let reachBack: Int32 = 2
  /// How many known ones are passed over to find the next.
  private static let mostPassed: Int32 = 32
  /// How many processes of each kind are looked into for one socket.
  private static let mostFresh = 10
  private static let mostNewest = 3
  private static let mostHot = 6
  private static let mostExpected = 8
  /// How many children of one that may have accepted a socket are looked at.
  private static let mostHeirs = 6

  var held = HeldSockets()
  /// So many sockets are remembered to have been seen.
  private static let mostSeen = 1 << 16
  /// When the holders of a socket were last seen to hold it, in nanoseconds since the Epoch.
  var seen: [UInt64: Int64] = [:]
  /// When what was answered last was seen.
  public private(set) var lastSeen: Int64 = 0
  var likely = LikelyHolders()
  /// The descriptor that was found last in a process: the next new socket has one near it.
  var lastDescriptors: [Int32: Int32] = [:]
  /// Sockets whose holder is to be looked for in more processes.
  public internal(set) var wanted: Set<UInt64> = []
  /// Sockets that all processes were looked into for in vain.
  var vain: Set<UInt64> = []
  var round = SearchRound()
  /// When processes were started, in the kernel's ticks, as far as that was seen.
  var starts: [Int32: UInt64] = [:]
  /// Whose child each process is, and whose parent, of those that were heard to begin.
  private var family = HolderFamily()
  /// Sockets that were seen in a process, of which it was not looked yet who has them in common with it.
  private var unrelated: [(process: Int32, socket: HeldSocketNumber)] = []
  /// How many processes' descriptors could not be read when all were.
  public internal(set) var unreadableProcesses = 0

  public init() {}

  /// A process has begun or has become another program: it may open sockets.
  public mutating func suspect(_ process: Int32) { likely.began(process) }

  /// A process has become another program: it may hold its sockets by other descriptors, and may have closed some. Tells who
  /// holds them too.
  @_specialize(where Door == OwnInspection)
  public mutating func executed<Door: HolderDoor>(_ process: Int32, through door: Door) -> Set<Int32> {
    suspect(process)
    guard !held.table(of: process).isEmpty,
      let sockets = door.sockets(of: process, besides: [:], limit: Self.mostListed)
    else { return [] }
    held.keep(only: sockets, of: process)
    var fellows: Set<Int32> = []
    for socket in sockets {
      learn(socket, of: process)
    }
    relate(through: door)
    for socket in sockets { fellows.formUnion(held[socket.inode].map(\.process)) }
    return fellows
  }

  /// A process was started by another, whose sockets it holds as well until it closes them.
  public mutating func began(_ process: Int32, parent: Int32) {
    suspect(process)
    starts[process] = nil
    family.began(process, parent: parent)
    for (descriptor, inode) in held.table(of: parent) {
      remember(HeldSocketNumber(descriptor: descriptor, inode: inode), of: process)
      // The parent may have closed it before, which nobody has seen: it has to be looked at.
      seen[inode] = nil
    }
  }

  /// A process has ended.
  public mutating func forget(_ process: Int32) {
    likely.ended(process)
    family.ended(process)
    lastDescriptors[process] = nil
    starts[process] = nil
    for inode in held.table(of: process).values { seen[inode] = nil }
    held.remove(process: process)
  }

  /// A socket has been closed by all who held it.
  public mutating func closed(_ inode: UInt64) {
    seen[inode] = nil
    held.remove(inode)
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
    let isFound = seek(inode, since: time, hint: hint, through: door)
    relate(through: door)
    return isFound ? held[inode] : []
  }

  /// The same without a look at who else holds it: where another socket may be gone sooner than that takes.
  @_specialize(where Door == OwnInspection)
  public mutating func seek<Door: HolderDoor>(
    _ inode: UInt64, since time: Int64 = .max, hint: [Int32] = [], through door: Door
  ) -> Bool {
    lastSeen = BootClock.nanosecondsSinceEpoch
    let known = held[inode]
    if !known.isEmpty {
      if let when = seen[inode], when >= time {
        lastSeen = when
        return true
      }
      for hold in known where door.socket(of: hold.process, descriptor: hold.descriptor) != inode {
        held.remove(hold, of: inode)
      }
      let still = held[inode]
      if !still.isEmpty {
        see(inode)
        return true
      }
    }
    for process in hint.prefix(Self.mostHot) {
      if let heir = heir(of: process, for: inode, through: door) { return found(inode, heir) }
      if look(into: process, for: inode, limit: Self.mostAccepted, through: door) { return found(inode, process) }
    }
    for place in 0..<Self.mostFresh {
      guard let process = likely.takeFresh(newest: place < Self.mostNewest) else { break }
      if look(into: process, for: inode, through: door) { return found(inode, process) }
      likely.expect(process)
    }
    // It is being looked for in all of them already.
    if wanted.contains(inode) { return false }
    for process in likely.hot.prefix(Self.mostHot) where look(into: process, for: inode, through: door) {
      return found(inode, process)
    }
    for _ in 0..<min(Self.mostExpected, likely.expectedCount) {
      guard let (process, since) = likely.takeExpected() else { break }
      if look(into: process, for: inode, through: door) { return found(inode, process) }
      likely.expect(process, since: since)
    }
    for process in hint.prefix(Self.mostHot) + likely.hot.prefix(Self.mostHot)
    where lookAgain(into: process, for: inode, through: door) {
      return found(inode, process)
    }
    if !vain.contains(inode) { wanted.insert(inode) }
    return false
  }

  /// Looks for a socket in one process, of which it was heard that it has it.
  public mutating func meet(_ process: Int32, for inode: UInt64, through door: some HolderDoor) {
    if look(into: process, for: inode, limit: Self.mostAccepted, through: door) { seen[inode] = nil }
  }

  /// The child that holds a socket by the descriptor where its parent had the last one: a server that starts a process for each
  /// connection closes its own and has the next one there.
  private mutating func heir(of process: Int32, for inode: UInt64, through door: some HolderDoor) -> Int32? {
    guard let descriptor = lastDescriptors[process] else { return nil }
    for child in family.youngest(of: process, Self.mostHeirs)
    where door.socket(of: child, descriptor: descriptor) == inode {
      learn(HeldSocketNumber(descriptor: descriptor, inode: inode), of: child)
      return child
    }
    return nil
  }

  private mutating func found(_ inode: UInt64, _ process: Int32) -> Bool {
    likely.holds(process)
    see(inode)
    return true
  }

  /// Remembers that a socket was seen just now; not all that ever were.
  private mutating func see(_ inode: UInt64) {
    if seen.count >= Self.mostSeen { seen.removeAll() }
    seen[inode] = lastSeen
  }

  /// Whether all that are known to hold a socket still do; false where nobody is. A few microseconds.
  ///
  /// - Parameter time: what was seen since then is new enough, in nanoseconds since the Epoch.
  @_specialize(where Door == OwnInspection)
  public mutating func isUnchanged<Door: HolderDoor>(
    _ inode: UInt64, since time: Int64 = .max, through door: Door
  ) -> Bool {
    let known = held[inode]
    guard !known.isEmpty else { return false }
    if let when = seen[inode], when >= time {
      lastSeen = when
      return true
    }
    lastSeen = BootClock.nanosecondsSinceEpoch
    guard known.allSatisfy({ door.socket(of: $0.process, descriptor: $0.descriptor) == inode }) else { return false }
    see(inode)
    return true
  }

  /// Whether others than a process are seen to hold a socket.
  public func isHeld(_ inode: UInt64, byOthersThan process: Int32, through door: some HolderDoor) -> Bool {
    held[inode].contains { $0.process != process && door.socket(of: $0.process, descriptor: $0.descriptor) == inode }
  }

  /// The processes that were found to hold a socket.
  public func known(_ inode: UInt64) -> [Int32] { held[inode].map(\.process) }

  /// The only process that was found to hold a socket, and by which descriptor; nil where there are others or none.
  public func onlyHold(of inode: UInt64) -> SocketHold? {
    let known = held[inode]
    return known.allSatisfy { $0.process == known.first?.process } ? known.first : nil
  }

  /// Looks into one process; true where it holds the socket.
  private mutating func look(
    into process: Int32, for inode: UInt64, limit: Int = Self.mostListed, through door: some HolderDoor
  ) -> Bool {
    guard let last = lastDescriptors[process] else {
      guard let sockets = door.sockets(of: process, besides: [:], limit: limit) else { return false }
      // What it had from its parent it may have closed when it became another program, of which nobody tells.
      held.keep(only: sockets, of: process)
      return take(sockets, of: process, for: inode)
    }
    // Sockets are mostly opened one after another.
    var next = last &+ 1
    while next &- last < Self.mostPassed, held.isKnown(next, of: process) { next &+= 1 }
    if door.socket(of: process, descriptor: next) == inode {
      learn(HeldSocketNumber(descriptor: next, inode: inode), of: process)
      lastDescriptors[process] = next
      return true
    }
    // Or where one was closed.
    var descriptors = held.freedDescriptors(of: process)
    if !descriptors.contains(last) { descriptors.append(last) }
    for descriptor in Array(max(last &- Self.reachBack, 0)...(last &+ Self.reach)) + Array(next...(next &+ Self.reach))
    where !held.isKnown(descriptor, of: process) && !descriptors.contains(descriptor) {
      descriptors.append(descriptor)
    }
    return take(door.sockets(of: process, descriptors: descriptors), of: process, for: inode)
  }

  /// Looks in one process where its last sockets are: of those that are known it may have closed some and opened others there,
  /// which was not heard.
  private mutating func lookAgain(into process: Int32, for inode: UInt64, through door: some HolderDoor) -> Bool {
    guard let last = lastDescriptors[process] else { return false }
    let near = max(last &- Self.reachBack, 0)...(last &+ Self.reach)
    let known = near.filter { $0 != last && held.isKnown($0, of: process) }
    return take(door.sockets(of: process, descriptors: known), of: process, for: inode)
  }

  /// Remembers the sockets that were seen in a process; true where that which is looked for is one of them.
  private mutating func take(_ sockets: [HeldSocketNumber], of process: Int32, for inode: UInt64) -> Bool {
    var isFound = false
    for socket in sockets {
      learn(socket, of: process)
      guard socket.inode == inode else { continue }
      lastDescriptors[process] = socket.descriptor
      isFound = true
    }
    return isFound
  }

  /// Remembers a socket that was seen in a process.
  mutating func learn(_ socket: HeldSocketNumber, of process: Int32) {
    let isNew = !held[socket.inode].contains { $0.process == process }
    remember(socket, of: process)
    if isNew { unrelated.append((process, socket)) }
  }

  /// Remembers who has the sockets that were learned in common with whom they were seen in: one that was started lately may
  /// have one from its parent, or may have started others that have it, by the same descriptor.
  @_specialize(where Door == OwnInspection)
  mutating func relate<Door: HolderDoor>(through door: Door) {
    guard !unrelated.isEmpty else { return }
    for (process, socket) in unrelated {
      for relative in family.relatives(
        of: process, that: { door.socket(of: $0, descriptor: socket.descriptor) == socket.inode })
      {
        remember(socket, of: relative)
      }
    }
    unrelated.removeAll(keepingCapacity: true)
  }

  /// The nearest of those that a process comes from which is as asked for; nil where none is known.
  public func ancestor(of process: Int32, that isAsked: (Int32) -> Bool) -> Int32? {
    family.ancestor(of: process, that: isAsked)
  }

  /// Whether it was heard that a process has started another, which may work with its sockets.
  public func hasChildren(_ process: Int32) -> Bool { family.hasChildren(process) }

  mutating func remember(_ socket: HeldSocketNumber, of process: Int32) {
    wanted.remove(socket.inode)
    held.insert(socket, of: process)
  }
}
