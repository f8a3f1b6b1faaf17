/// A process as a capture knows it: what a live capture found out of one, or a file tells.
///
/// What is in it, programs and files chose: escape it when it is shown. What is not told is nil or empty.
public struct CapturedProcess: Hashable, Sendable {
  /// Its number when it was captured; with `startTime` it is never another's. 0: not told.
  public var pid: UInt32
  /// The thread that sent or took the packet, where that is told. 0: not told.
  public var threadID: UInt32 = 0
  /// Its name: at most 15 octets where Linux gave it. `comm` in proc(5).
  public var name: [UInt8] = []
  /// The path of its program.
  public var executable: [UInt8] = []
  /// Its arguments, its own name first.
  public var arguments: [[UInt8]] = []
  /// Its parent's number.
  public var parent: UInt32?
  /// The number of its effective user.
  public var userID: UInt32?
  /// The name of its effective user.
  public var user: [UInt8] = []
  /// When it was started, in nanoseconds since the Epoch.
  public var startTime: UInt64?
  /// The id of the container that it runs in.
  public var container: [UInt8] = []
  /// The name of the container that it runs in.
  public var containerName: [UInt8] = []
  /// The systemd unit that it belongs to.
  public var unit: [UInt8] = []
  /// The control group's path.
  public var controlGroup: [UInt8] = []
  /// The inode number of its network namespace.
  public var networkNamespace: UInt64?
  /// The unique number of its program, as macOS has it.
  public var uuid: UInt128?
  /// Further processes that are meant: that hold the same socket, or that may be the owner as well as this one.
  public var others: [CapturedProcess] = []
  /// Whether any one of these processes is the owner, and it is not known which.
  public var isOneOfSeveral = false
  /// The processes that it comes from, its parent first, where descendants are asked for.
  public var ancestors: [CapturedProcess] = []

  /// A process of which nothing is known but its number, and maybe its name.
  public init(pid: UInt32, name: [UInt8] = []) {
    self.pid = pid
    self.name = name
  }
}

/// Whose a frame is: places in its source's table of processes.
@frozen
public struct FrameOwner: Equatable, Sendable {
  /// In place of a place: not known.
  public static let unknown = UInt32.max
  /// In place of a place: the kernel itself.
  public static let kernel = UInt32.max - 1
  /// In place of a place: somebody who was looked for in vain.
  public static let notFound = UInt32.max - 2

  /// The process that sent or took the frame on the machine that captured.
  public var process: UInt32
  /// The process at the other end, where that is on the same machine.
  public var peer: UInt32

  /// An owner by the places of its processes; what is not given is not known.
  @inlinable
  public init(process: UInt32 = .max, peer: UInt32 = .max) {
    self.process = process
    self.peer = peer
  }

  /// Whether either process is known.
  @inlinable public var isKnown: Bool { process != .max || peer != .max }
}
