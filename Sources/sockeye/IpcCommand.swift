import ArgumentParser
import Glibc
import Linux
import Output
import Sockets
import Wire

/// `sockeye ipc`: who speaks with whom on this machine.
struct IpcCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ipc",
    abstract: "Show which local processes are connected with which, and services that nobody uses.",
    discussion: """
      One line for all connections between two processes to one endpoint: unix sockets, and TCP, UDP and the like whose \
      two ends are both on this machine. A conversation is shown if one of its ends is what the filters want.

      Examples:
        sudo sockeye ipc
        sudo sockeye ipc --process nginx --by unit
        sudo sockeye ipc --all-netns --dot | dot -Tsvg > ipc.svg
        sudo sockeye ipc --json | jq -r 'select(.full) | .server.name'
      """)

  @OptionGroup(title: "Filters") var wanted: SocketFilterOptions

  @Option(
    name: .customLong("by"),
    help: ArgumentHelp(
      "Sum connections up by process, unit or container and endpoint; or show each: connection.", valueName: "party"))
  var grouping: GroupingChoice = .process

  @Flag(name: .customLong("self"), help: "Show the connections that a process has with itself, too.")
  var withOneself = false

  @Flag(name: .customLong("dot"), help: "Write a graph in Graphviz's language.")
  var dot = false

  @Flag(name: .customLong("json"), help: "Write one JSON object a line: sockeye-json(5).")
  var json = false

  @Option(
    name: .customLong("color"),
    help: ArgumentHelp("Color the text: auto (on a terminal, unless NO_COLOR is set), always or never."))
  var color: ColorChoice = .auto

  func validate() throws {
    if dot, json { throw ValidationError("--dot and --json are two formats: give one of them") }
  }

  func run() throws {
    // Both ends of a connection are needed, whichever of them the filters want: everything is read, then chosen.
    var reading = try SocketReading(wanted)
    let filter = reading.filter
    reading.filter = SocketFilter()
    reading.filter.families = [.inet, .inet6, .unix, .vsock]
    reading.withDetails = true
    let listing = try reading.listing()
    let chosen = SocketListing(
      listing.snapshot, listing.owners, places: SocketListing.places(in: listing.snapshot, filter), filter.owner)
    var isWanted = [Bool](repeating: false, count: listing.snapshot.sockets.count)
    for place in chosen.rows where isWanted.indices.contains(place) { isWanted[place] = true }
    let conversations = Conversations(
      listing.snapshot, owners: listing.owners, by: grouping.value, withOneself: withOneself,
      includes: { isWanted.indices.contains($0) && isWanted[$0] })
    let picture = IpcPicture(
      conversations.all, listing.owners, listing.surroundings, isSummed: grouping != .connection,
      hasSeveralNamespaces: Set(listing.snapshot.sockets.lazy.map(\.namespace)).count > 1)
    try write(picture)
    try report(conversations, listing)
  }

  private func write(_ picture: IpcPicture) throws(CommandError) {
    let color = !json && !dot && Console.wantsColor(color, on: STDOUT_FILENO)
    var stream = OutputStream(descriptor: STDOUT_FILENO, name: "standard output", color: color)
    do throws(OutputError) {
      if dot {
        var graph = IpcGraph(picture)
        graph.write(into: &stream.text)
        try stream.endRecord()
      } else if json {
        let writer = IpcJSON(picture)
        for conversation in picture.conversations {
          writer.write(conversation, into: &stream.text)
          try stream.endRecord()
        }
      } else {
        let writer = IpcText(picture)
        for conversation in picture.conversations {
          writer.write(conversation, into: &stream.text)
          try stream.endRecord()
        }
      }
      try stream.flush()
    } catch {
      try Console.end(error)
    }
  }

  /// Says on standard error what the picture leaves out.
  private func report(_ conversations: Conversations, _ listing: SocketListing) throws(CommandError) {
    for note in listing.snapshot.notes { Console.report("sockeye: \(note)") }
    let missing = try CapturePermission.current().missingForOwners
    if conversations.unreadableEnds > 0, let note = listing.owners.unreadableNote(missing: missing) {
      let ends = Self.count(conversations.unreadableEnds, "end", "ends")
      Console.report(
        "sockeye: \(note), \(ends) of those shown may be theirs" + (missing.isEmpty ? "" : ": run 'sudo sockeye ...'"))
    }
    guard !json, !dot else { return }
    let hidden = withOneself ? 0 : conversations.withinOneProcess
    if conversations.all.isEmpty { Console.report("sockeye: no conversation matches") }
    if hidden > 0 {
      Console.report("sockeye: \(Self.count(hidden, "connection", "connections")) within one process not shown: --self")
    }
  }

  private static func count(_ number: Int, _ one: String, _ several: String) -> String {
    "\(number) \(number == 1 ? one : several)"
  }
}

/// What `--by` takes.
enum GroupingChoice: String, ExpressibleByArgument, CaseIterable {
  case connection, process, unit, container

  var value: ConversationGrouping {
    switch self {
    case .connection: .connection
    case .process: .process
    case .unit: .unit
    case .container: .container
    }
  }
}
