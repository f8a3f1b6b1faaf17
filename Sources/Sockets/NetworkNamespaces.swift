public import Linux

/// A network namespace of this machine. See network_namespaces(7).
public struct NamespaceRecord: Sendable, Equatable {
  /// The inode number, by which it is told from others.
  public var inode: UInt64
  /// Where to open it: a mount where there is one, else the link of a process, which goes when the process ends.
  public var path: String
  /// The name that ip-netns(8) gave it; nil where it has none.
  public var name: String?
  /// The process with the lowest number in it; nil where none can be seen.
  public var pid: Int32?
  /// How many processes that can be seen are in it.
  public var processes = 0
  /// Whether this program is in it.
  public var isOwn = false

  /// A namespace with what it must have.
  public init(inode: UInt64, path: String) {
    self.inode = inode
    self.path = path
  }

  /// The namespace as a request has it.
  public var namespace: NetworkNamespace { NetworkNamespace(path: path) }
}

/// The network namespaces of this machine: each once, this program's own first, the others by inode.
///
/// Those are found that a process is in, or that are mounted where this program sees it. One that only a thread is in,
/// or that only an open descriptor or socket keeps, is not.
public struct NetworkNamespaces: Sendable, RandomAccessCollection {
  /// How many processes' namespace this user may not read.
  public private(set) var unreadableProcesses = 0
  private var records: [NamespaceRecord] = []

  public var startIndex: Int { records.startIndex }
  public var endIndex: Int { records.endIndex }
  public subscript(index: Int) -> NamespaceRecord { records[index] }

  /// Looks for them. Throws where /proc cannot be read.
  public static func all(through door: some ProcessDoor) throws(SystemError) -> NetworkNamespaces {
    NetworkNamespaces(try door.processNamespaces())
  }

  /// The namespaces in an answer.
  init(_ found: ProcessNamespaces) {
    var byInode: [UInt64: NamespaceRecord] = [:]
    if found.own > 0 {
      byInode[found.own] = NamespaceRecord(inode: found.own, path: "/proc/thread-self/ns/net")
      byInode[found.own]?.isOwn = true
    }
    for process in found.processes.sorted(by: { $0.pid < $1.pid }) where process.inode > 0 {
      let fresh = NamespaceRecord(inode: process.inode, path: "/proc/\(process.pid)/ns/net")
      var record = byInode[process.inode] ?? fresh
      record.pid = record.pid ?? process.pid
      record.processes &+= 1
      byInode[process.inode] = record
    }
    for mount in NamespaceMount.all(in: found.mounts) {
      var record = byInode[mount.inode] ?? NamespaceRecord(inode: mount.inode, path: mount.path)
      let isBetter = record.path.hasPrefix("/proc/") || record.name == nil && mount.name != nil
      if isBetter, !record.isOwn { record.path = mount.path }
      record.name = record.name ?? mount.name
      byInode[mount.inode] = record
    }
    records = byInode.values.sorted { ($0.isOwn ? 0 : 1, $0.inode) < ($1.isOwn ? 0 : 1, $1.inode) }
    unreadableProcesses = found.unreadable.count { ProcessStat($0.stat)?.canHoldDescriptors ?? false }
  }
}
