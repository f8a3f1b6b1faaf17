public import Linux

/// A process that holds a socket, and by which descriptors.
public struct SocketHolder: Sendable, Equatable {
  /// The place of the process in the table's list.
  public var process: Int
  public var descriptors: [Int32]

  public init(process: Int, descriptors: [Int32]) {
    self.process = process
    self.descriptors = descriptors
  }
}

/// A descriptor that stands for a socket.
public struct HeldSocket: Sendable, Equatable {
  public var inode: UInt64
  /// The place of the process in the table's list.
  public var process: Int32
  public var descriptor: Int32

  public init(inode: UInt64, process: Int32, descriptor: Int32) {
    self.inode = inode
    self.process = process
    self.descriptor = descriptor
  }
}

/// Which processes hold which sockets.
public struct OwnerTable: Sendable {
  /// Every process that holds a socket of interest, by number.
  public var processes: [ProcessRecord] = []
  /// How many processes' descriptors this user may not read.
  public var unreadableProcesses = 0
  /// Every descriptor, by inode, then process, then number: built as fast as a dictionary, and let go at once.
  public private(set) var held: [HeldSocket] = []

  /// Where in it which inodes are.
  private var beginnings = InodeBeginnings([])

  public init() {}

  /// A table of processes and what they hold, in any order.
  public init(processes: [ProcessRecord], held: [HeldSocket]) {
    self.processes = processes
    self.held = held.sorted {
      if $0.inode != $1.inode { return $0.inode < $1.inode }
      if $0.process != $1.process { return $0.process < $1.process }
      return $0.descriptor < $1.descriptor
    }
    beginnings = InodeBeginnings(self.held)
  }

  /// The descriptors that stand for a socket, by process, then number. Allocates nothing.
  public func descriptors(of inode: UInt64) -> ArraySlice<HeldSocket> { held[places(of: inode)] }

  /// The places of the same in `held`. Takes a binary search of those inodes that begin alike.
  public func places(of inode: UInt64) -> Range<Int> {
    let range = beginnings.places(of: inode)
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
      let middle = low &+ (high &- low) / 2
      if held[middle].inode < inode { low = middle &+ 1 } else { high = middle }
    }
    while high < held.count, held[high].inode == inode { high &+= 1 }
    return low..<high
  }

  /// Who holds a socket, by process number; nobody for one that no process holds, or whose holder may not be read.
  public func holders(of inode: UInt64) -> [SocketHolder] {
    var holders: [SocketHolder] = []
    for one in descriptors(of: inode) {
      if let last = holders.indices.last, holders[last].process == Int(one.process) {
        holders[last].descriptors.append(one.descriptor)
      } else {
        holders.append(SocketHolder(process: Int(one.process), descriptors: [one.descriptor]))
      }
    }
    return holders
  }
}

extension OwnerTable {
  /// One line on what could not be read and what would change that; nil where all could be.
  ///
  /// - Parameter missing: `Capabilities.missingForOwners`.
  public func unreadableNote(missing: [Capability]) -> String? {
    guard unreadableProcesses > 0 else { return nil }
    let what = unreadableProcesses == 1 ? "1 process" : "\(unreadableProcesses) processes"
    let names = missing.map(\.name).joined(separator: " and ")
    let why = names.isEmpty ? "in another user namespace, or protected by the system" : "\(names) would show them"
    return "the sockets of \(what) could not be read: \(why)"
  }
}
