/// The seam for what is learnt of other processes: requests and answers are values. See proc(5).
///
/// A process that ends while it is looked at is left out of an answer: that is no error.
public protocol ProcessDoor {
  /// Looks for descriptors that are sockets. Throws where /proc itself cannot be read.
  func scan(_ request: ProcessScanRequest) throws(SystemError) -> ProcessScan

  /// What /proc tells of each of the processes that there still are.
  func describe(_ request: ProcessDescriptionRequest) throws(SystemError) -> [ProcessDescription]

  /// Which network namespace each process is in, and where namespaces are mounted.
  func processNamespaces() throws(SystemError) -> ProcessNamespaces
}

/// Which processes to look through, and for what.
public struct ProcessScanRequest: Sendable {
  /// The processes; nil for all that can be seen.
  public var pids: [Int32]?
  /// The sockets' inodes; nil for all.
  public var inodes: Set<UInt64>?
  /// How many threads read at the same time; 0 for one a processor.
  public var threads = 0
  /// Where the work is offered to a thread that has time later; nil for nowhere.
  public var offer: WorkOffer?

  /// All processes and all sockets.
  public init() {}
}

/// The descriptors that are sockets, by process.
public struct ProcessScan: Sendable {
  /// A process that holds at least one of the sockets, and where its own are among the scan's.
  public struct Process: Sendable {
    public var description: ProcessDescription
    public var sockets: Range<Int>

    public init(description: ProcessDescription, sockets: Range<Int>) {
      self.description = description
      self.sockets = sockets
    }
  }

  /// The processes, by number.
  public var processes: [Process] = []
  /// The sockets of all of them; one of a process is at the same place in both lists.
  public var descriptors: [Int32] = []
  /// The inodes that the descriptors stand for.
  public var inodes: [UInt64] = []
  /// The processes whose descriptors this user may not read, with nothing but their `stat`: kernel threads, which have
  /// no descriptors, are among them.
  public var unreadable: [ProcessDescription] = []

  /// Nothing found.
  public init() {}
}

/// Which processes to describe, and how much of them.
public struct ProcessDescriptionRequest: Sendable {
  /// The processes.
  public var pids: [Int32]
  /// Whether to read the program's path and its arguments too.
  public var withProgram = false

  /// A request without the program and its arguments.
  public init(pids: [Int32]) { self.pids = pids }
}

/// What /proc tells of a process, as octets: they are to be parsed, and hold what the process chose.
public struct ProcessDescription: Sendable, Equatable {
  /// The process's number in the reader's pid namespace.
  public var pid: Int32
  /// The effective user: the owner of the directory /proc/PID, which is right even where its files are given to root
  /// since the program changed its user.
  public var uid: UInt32 = 0
  /// The file `stat`. See proc_pid_stat(5).
  public var stat: [UInt8] = []
  /// The file `cgroup`. See cgroups(7).
  public var cgroup: [UInt8] = []
  /// The inode of `ns/net`; 0 where it may not be read.
  public var networkNamespace: UInt64 = 0
  /// What `exe` points to; nil where it was not asked for, may not be read, or there is none.
  public var executable: [UInt8]?
  /// The arguments, each ended by a zero; nil where they were not asked for or may not be read.
  public var arguments: [UInt8]?

  /// A process of which nothing is known.
  public init(pid: Int32) { self.pid = pid }
}

/// The network namespaces of processes, and the table of mounts, in which those have a name.
public struct ProcessNamespaces: Sendable {
  /// A process and the inode of its network namespace.
  public struct Process: Sendable, Equatable {
    public var pid: Int32
    public var inode: UInt64

    public init(pid: Int32, inode: UInt64) {
      self.pid = pid
      self.inode = inode
    }
  }

  /// The processes, by number.
  public var processes: [Process] = []
  /// The processes whose namespace this user may not read, with nothing but their `stat`; kernel threads among them.
  public var unreadable: [ProcessDescription] = []
  /// The namespace that this program itself is in; 0 where it may not be read.
  public var own: UInt64 = 0
  /// The file /proc/self/mountinfo. See proc_pid_mountinfo(5).
  public var mounts: [UInt8] = []

  /// Nothing found.
  public init() {}
}
