import ArgumentParser
import Flows
import Linux
import Sockets
import Wire

/// Whose packets of a file are wanted, by what the file tells of processes.
struct FileOwnerOptions: ParsableArguments {
  @Option(
    name: .customLong("process"),
    help: ArgumentHelp("Only packets of processes with these names: nginx, 'php*'.", valueName: "glob"))
  var processes: [String] = []

  @Option(name: .customLong("pid"), help: ArgumentHelp("Only packets of these processes.", valueName: "pid"))
  var pids: [String] = []

  @Option(
    name: .customLong("user"),
    help: ArgumentHelp("Only packets of these users' processes, by name or number.", valueName: "user"))
  var users: [String] = []

  @Option(
    name: .customLong("container"),
    help: ArgumentHelp("Only packets of these containers: the first digits of the id, a name, or '*'.", valueName: "id")
  )
  var containers: [String] = []

  @Option(
    name: .customLong("unit"),
    help: ArgumentHelp("Only packets of these systemd units: nginx, 'user@*.service'.", valueName: "glob"))
  var units: [String] = []

  func validate() throws { _ = try filter() }

  /// Whose packets are wanted.
  func filter() throws -> FileOwnerFilter {
    var filter = FileOwnerFilter()
    filter.names = Self.words(processes).map(OwnerFilter.name)
    filter.pids = Set(
      try Self.words(pids).map { word in
        guard let pid = UInt32(word) else { throw ValidationError("--pid takes numbers of processes, not '\(word)'") }
        return pid
      })
    // A file may be of another machine: a name is compared with the names in it.
    filter.users = Self.words(users).map { Array($0.utf8) }
    filter.containers = Self.words(containers).map(OwnerFilter.container)
    filter.units = Self.words(units).map(OwnerFilter.unit)
    return filter
  }

  private static func words(_ values: [String]) -> [String] {
    values.flatMap { $0.split(separator: ",").map(String.init) }
  }
}

/// What must hold of a process that a file tells of, so that its packets are wanted: all parts of the same process.
struct FileOwnerFilter {
  var names: [Glob] = []
  var pids: Set<UInt32> = []
  var users: [[UInt8]] = []
  var containers: [Glob] = []
  var units: [Glob] = []
  /// Whether each process of the source's table is wanted.
  private var wanted: [Bool] = []

  /// Whether nothing is asked of the owner.
  var isEmpty: Bool { names.isEmpty && pids.isEmpty && users.isEmpty && containers.isEmpty && units.isEmpty }

  /// Takes further processes of the source's table.
  mutating func add(_ processes: ArraySlice<CapturedProcess>) {
    for process in processes { wanted.append(matches(process)) }
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
