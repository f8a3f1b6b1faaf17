public import Linux

/// Which owners to look for.
public struct OwnerQuery: Sendable {
  /// The sockets' inodes; nil for all.
  public var inodes: Set<UInt64>?
  /// The processes; nil for all. Only these are read.
  public var pids: [Int32]?
  /// How many threads read at the same time; 0 for one a processor.
  public var threads = 0
  /// Where the work is offered to a thread that has time later; nil for nowhere.
  public var offer: WorkOffer?

  /// Every owner of every socket.
  public init() {}
}

/// Finds who holds which sockets by reading what every process's descriptors stand for.
///
/// It is one source of an `OwnerTable`; another one need only fill the same table.
public enum OwnerScan {
  /// Looks through the processes. What may not be read is counted; only where nothing can be read at all it throws.
  public static func read(_ query: OwnerQuery, through door: some ProcessDoor) throws(SystemError) -> OwnerTable {
    var request = ProcessScanRequest()
    request.pids = query.pids
    request.inodes = query.inodes
    request.threads = query.threads
    request.offer = query.offer
    return OwnerTable(try door.scan(request))
  }
}

extension OwnerTable {
  /// A table from what a scan found. Places that a scan's answer has not are left out.
  init(_ scan: ProcessScan) {
    var held: [HeldSocket] = []
    held.reserveCapacity(scan.inodes.count)
    let places = 0..<min(scan.inodes.count, scan.descriptors.count)
    for (place, process) in scan.processes.enumerated() {
      for socket in process.sockets.clamped(to: places) {
        held.append(
          HeldSocket(
            inode: scan.inodes[socket], process: Int32(truncatingIfNeeded: place), descriptor: scan.descriptors[socket])
        )
      }
    }
    self.init(processes: scan.processes.map { ProcessRecord($0.description) }, held: held)
    unreadableProcesses = scan.unreadable.count { ProcessStat($0.stat)?.canHoldDescriptors ?? false }
  }
}
