import ArgumentParser
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

  @Flag(
    name: .customLong("children"),
    help: "With --pid, --process and so on: packets of the processes that come from those, too.")
  var children = false

  func validate() throws {
    if try filter().isEmpty, children { throw ValidationError("--children goes with --pid, --process and so on") }
  }

  /// Whose packets are wanted.
  func filter() throws -> FileOwnerFilter {
    var filter = FileOwnerFilter()
    filter.names = try Self.words(processes, "--process").map(OwnerFilter.name)
    filter.pids = Set(
      try Self.words(pids, "--pid").map { word in
        guard let pid = UInt32(word) else { throw ValidationError("--pid takes numbers of processes, not '\(word)'") }
        return pid
      })
    // A file may be of another machine: a name is compared with the names in it.
    filter.users = try Self.words(users, "--user").map { Array($0.utf8) }
    filter.containers = try Self.words(containers, "--container").map(OwnerFilter.container)
    filter.units = try Self.words(units, "--unit").map(OwnerFilter.unit)
    filter.withChildren = children
    return filter
  }

  private static func words(_ values: [String], _ option: String) throws -> [String] {
    try SocketFilterOptions.words(values, option)
  }
}
