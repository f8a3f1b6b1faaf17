public import Linux

/// Which owners to look for.
public struct OwnerQuery: Sendable {
  /// The sockets' inodes; nil for all.
  public var inodes: Set<UInt64>?
  /// The processes; nil for all. Only these are read.
  public var pids: [Int32]?

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
    let scan = try door.scan(request)
    var held: [HeldSocket] = []
    held.reserveCapacity(scan.inodes.count)
    var processes: [ProcessRecord] = []
    processes.reserveCapacity(scan.processes.count)
    let places = 0..<min(scan.inodes.count, scan.descriptors.count)
    for process in scan.processes {
      let place = Int32(truncatingIfNeeded: processes.count)
      processes.append(ProcessRecord(process.description))
      for socket in process.sockets.clamped(to: places) {
        held.append(HeldSocket(inode: scan.inodes[socket], process: place, descriptor: scan.descriptors[socket]))
      }
    }
    var table = OwnerTable(processes: processes, held: held)
    table.unreadableProcesses = scan.unreadable.count
    return table
  }
}
