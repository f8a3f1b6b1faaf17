/// A process, as it was when it was looked at.
public struct ProcessRecord: Sendable, Equatable {
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
