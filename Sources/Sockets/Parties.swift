/// Finds the party that holds a socket.
struct Parties: Sendable {
  private let owners: OwnerTable
  private let grouping: ConversationGrouping
  /// The names of processes' parties that were asked for before, by their places.
  private var names: [Int: Party.Name] = [:]

  init(_ owners: OwnerTable, _ grouping: ConversationGrouping) {
    self.owners = owners
    self.grouping = grouping
  }

  /// Who holds a socket.
  mutating func party(of socket: SocketRecord) -> Party {
    socket.inode == 0 ? Party(name: .closed, processes: []) : party(ofInode: socket.inode)
  }

  /// Who will accept what waits at listeners: all who share one.
  mutating func party(ofListeners listeners: [SocketRecord]) -> Party {
    var holders: [Int] = []
    for listener in listeners { holders = Self.union(holders, processes(of: listener.inode)) }
    return party(of: holders)
  }

  /// Who holds the socket of an inode.
  mutating func party(ofInode inode: UInt64) -> Party { party(of: processes(of: inode)) }

  /// Two lists of places in order as one.
  static func union(_ one: [Int], _ other: [Int]) -> [Int] {
    one == other || other.isEmpty ? one : Set(one).union(other).sorted()
  }

  private func processes(of inode: UInt64) -> [Int] {
    var places: [Int] = []
    for held in owners.descriptors(of: inode) where places.last != Int(held.process) {
      // The table has them by process.
      if owners.processes.indices.contains(Int(held.process)) { places.append(Int(held.process)) }
    }
    return places
  }

  private mutating func party(of holders: [Int]) -> Party {
    guard let first = holders.first else {
      return Party(name: owners.unreadableProcesses > 0 ? .unreadable : .noProcess, processes: [])
    }
    // Of several holders the one that was there first gives a service its name.
    return Party(name: grouping.isByProcess ? .processes(holders) : name(of: first), processes: holders)
  }

  private mutating func name(of process: Int) -> Party.Name {
    if let name = names[process] { return name }
    let record = owners.processes[process]
    let group = ControlGroup(path: record.cgroup)
    let name: Party.Name =
      if grouping == .container {
        group.containerID.map { .container($0) } ?? .host
      } else {
        group.unit.map { .unit($0) } ?? .command(record.name)
      }
    names[process] = name
    return name
  }
}

extension ConversationGrouping {
  fileprivate var isByProcess: Bool { self == .connection || self == .process }
}
