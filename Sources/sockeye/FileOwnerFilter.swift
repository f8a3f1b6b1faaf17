import Flows
import Sockets
import Wire

/// What must hold of a process that a source tells of, so that its packets are wanted: all parts of the same process.
struct FileOwnerFilter {
  var names: [Glob] = []
  var pids: Set<UInt32> = []
  var users: [[UInt8]] = []
  var containers: [Glob] = []
  var units: [Glob] = []
  /// Whether a process is wanted that comes from one that is.
  var withChildren = false
  /// The processes that a command has started, where only theirs are wanted.
  var family: ProcessFamily?
  /// Whether each process of the source's table is wanted.
  private var wanted: [Bool] = []
  private var lineage = ProcessLineage()

  /// Whether nothing is asked of the owner.
  var isEmpty: Bool {
    names.isEmpty && pids.isEmpty && users.isEmpty && containers.isEmpty && units.isEmpty && family == nil
  }

  /// Takes further processes of the source's table.
  mutating func add(_ processes: ArraySlice<CapturedProcess>) {
    for process in processes {
      wanted.append(wants(process))
      guard withChildren else { continue }
      for one in [process] + process.others { follow(one, at: wanted.count - 1) }
    }
  }

  /// What comes is of another file: numbers stand for other processes there.
  mutating func beginSource() { lineage = ProcessLineage() }

  /// Takes a process that no packet may be of: others may come from it.
  mutating func know(_ process: CapturedProcess) {
    if withChildren { follow(process, at: nil) }
  }

  /// Takes a process in among those that come from one that is wanted.
  private mutating func follow(_ process: CapturedProcess, at place: Int?) {
    let parent = process.parent.map { CapturedProcess(pid: $0) }
    let isWanted = matches(process) || parent.map { matches($0) } ?? false
    for place in lineage.add(process, at: place, isWanted: isWanted) where family == nil { wanted[place] = true }
  }

  /// Whether a process is wanted, or one of those that share its socket or may be the owner as well.
  private func wants(_ process: CapturedProcess) -> Bool {
    ([process] + process.others).contains { one in
      guard isOfFamily(one) else { return false }
      return matches(one) || withChildren && one.ancestors.contains(where: matches)
    }
  }

  private func isOfFamily(_ process: CapturedProcess) -> Bool {
    guard let family else { return true }
    return ([process] + process.ancestors).contains { family.contains(Int32(bitPattern: $0.pid)) }
  }

  /// Whether either process of a packet is wanted.
  func keeps(_ owner: FrameOwner) -> Bool {
    owner.process < wanted.count && wanted[Int(owner.process)] || owner.peer < wanted.count && wanted[Int(owner.peer)]
  }

  /// Whether the process at either end of a flow is wanted.
  func keeps(_ owner: FlowOwner) -> Bool { keeps(FrameOwner(process: owner.source, peer: owner.destination)) }

  private func matches(_ process: CapturedProcess) -> Bool {
    if !names.isEmpty, !names.contains(where: { matches($0, process) }) { return false }
    if !pids.isEmpty, !pids.contains(process.pid) { return false }
    if !users.isEmpty {
      let number = process.userID.map { Array(String($0).utf8) }
      guard users.contains(where: { $0 == process.user || $0 == number }) else { return false }
    }
    if !containers.isEmpty {
      guard containers.contains(where: { matches($0, process.container) || matches($0, process.containerName) }) else {
        return false
      }
    }
    return units.isEmpty || units.contains { matches($0, process.unit) }
  }

  /// A name in a file may be longer than the kernel's 15 octets.
  private func matches(_ glob: Glob, _ process: CapturedProcess) -> Bool {
    glob.matches(process.name) || glob.isLiteral && glob.matches(Array(process.name.prefix(15)))
  }

  private func matches(_ glob: Glob, _ value: [UInt8]) -> Bool { !value.isEmpty && glob.matches(value) }
}
