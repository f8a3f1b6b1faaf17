public import Linux

/// Who holds which socket, read for new sockets only.
///
/// Most new sockets belong to a process that has had new ones before, or that is new itself: those are looked into
/// first, and all others only where that does not find every owner.
public struct OwnerCache: Sendable {
  /// How many processes are remembered for having had new sockets.
  private static let mostRecent = 32

  private var owners: [UInt64: [(process: ProcessRecord, descriptors: [Int32])]] = [:]
  /// The processes that had new sockets last, the latest first.
  private var recent: [Int32] = []
  /// The processes that there were when somebody last looked.
  private var processes: Set<Int32> = []
  /// How many processes' descriptors may not be read.
  public private(set) var unreadableProcesses = 0

  public init() {}

  /// Reads the owners of all sockets.
  public mutating func readAll(through door: some ProcessDoor & ProcessListing) throws(SystemError) {
    processes = Set(try door.processNumbers())
    keep(try OwnerScan.read(OwnerQuery(), through: door))
    recent.removeAll()
  }

  /// Finds the owners of new sockets, by their inodes.
  public mutating func find(
    _ inodes: Set<UInt64>, through door: some ProcessDoor & ProcessListing
  ) throws(SystemError) {
    var missing = inodes.filter { $0 != 0 && owners[$0] == nil }
    guard !missing.isEmpty else { return }
    let now = Set(try door.processNumbers())
    let new = now.subtracting(processes)
    processes = now
    try look(for: &missing, in: Array(new.union(recent.filter(now.contains))), through: door)
    if !missing.isEmpty { try look(for: &missing, in: nil, through: door) }
  }

  /// Forgets sockets that are gone.
  public mutating func forget(_ inode: UInt64) { owners[inode] = nil }

  /// What is known of the owners of some sockets, as a table.
  public func table(of inodes: some Sequence<UInt64>) -> OwnerTable {
    var places: [Int32: Int32] = [:]
    var processes: [ProcessRecord] = []
    var held: [HeldSocket] = []
    for inode in Set(inodes) {
      for (process, descriptors) in owners[inode] ?? [] {
        let place = places[process.pid] ?? Int32(truncatingIfNeeded: processes.count)
        if places.updateValue(place, forKey: process.pid) == nil { processes.append(process) }
        held += descriptors.map { HeldSocket(inode: inode, process: place, descriptor: $0) }
      }
    }
    var table = OwnerTable(processes: processes, held: held)
    table.unreadableProcesses = unreadableProcesses
    return table
  }

  private mutating func look(
    for missing: inout Set<UInt64>, in pids: [Int32]?, through door: some ProcessDoor
  ) throws(SystemError) {
    guard pids?.isEmpty != true else { return }
    var query = OwnerQuery()
    query.inodes = missing
    query.pids = pids
    let table = try OwnerScan.read(query, through: door)
    keep(table)
    for process in table.processes.map(\.pid) {
      recent.removeAll { $0 == process }
      recent.insert(process, at: 0)
    }
    recent.removeLast(max(recent.count - Self.mostRecent, 0))
    missing = missing.filter { owners[$0] == nil }
  }

  private mutating func keep(_ table: OwnerTable) {
    unreadableProcesses = max(unreadableProcesses, table.unreadableProcesses)
    for inode in Set(table.held.map(\.inode)) {
      owners[inode] = table.holders(of: inode).compactMap { holder in
        guard table.processes.indices.contains(holder.process) else { return nil }
        return (table.processes[holder.process], holder.descriptors)
      }
    }
  }
}
