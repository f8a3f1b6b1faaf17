/// A process, as it was when it was looked at.
public struct ProcessRecord: Sendable {
  public var pid: Int32
  /// The thread group leader's name: at most 15 octets, any that the program chose. `comm` in proc(5).
  public var name: [UInt8] = []
  /// Clock ticks since the system's start when it was started; tells it from a later one of the same number.
  public var startTime: UInt64 = 0
  /// The effective user.
  public var uid: UInt32 = 0
  public var parent: Int32 = 0
  /// The control group's path, in version 2's hierarchy where there is one; empty where it is not known.
  public var cgroup: [UInt8] = []
  /// The network namespace's inode number; 0 where it may not be read.
  public var namespace: UInt64 = 0

  public init(pid: Int32) { self.pid = pid }
}

/// A descriptor of a process that stands for a socket.
public struct SocketHolder: Sendable, Equatable {
  /// The place of the process in the table's list.
  public var process: Int
  public var descriptors: [Int32]

  public init(process: Int, descriptors: [Int32]) {
    self.process = process
    self.descriptors = descriptors
  }
}

/// Which processes hold which sockets.
public struct OwnerTable: Sendable {
  /// Every process that holds a socket of interest, by number.
  public var processes: [ProcessRecord] = []
  /// How many processes' descriptors this user may not read.
  public var unreadableProcesses = 0
  /// The holders by the socket's inode.
  public var holders: [UInt64: [SocketHolder]] = [:]

  public init() {}

  /// Who holds a socket, by process number; nobody for one that no process holds, or whose holder may not be read.
  public func holders(of inode: UInt64) -> [SocketHolder] { holders[inode] ?? [] }
}
