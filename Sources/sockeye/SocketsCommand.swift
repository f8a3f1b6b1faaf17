import ArgumentParser
import Glibc
import Linux
import Output
import Sockets
import Wire

/// `sockeye sockets`: every socket of this machine, and who owns it.
struct SocketsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sockets",
    abstract: "List every socket of this machine, its state and its owner.",
    discussion: """
      Shows all sockets of this network namespace that the filters want: TCP, UDP, raw, unix, packet, netlink, vsock \
      and XDP. Several values of one option are separated by commas; several options must all hold.

      Examples:
        sockeye sockets --listening
        sockeye sockets --port 443 --state established --sort -send-q
        sockeye sockets --family unix --path '/run/*' --process nginx
        sockeye sockets --json | jq -r 'select(.state == "listen") | .local.port'
      """)

  @Argument(
    help: ArgumentHelp(
      "A pcapng file that 'sockeye capture' wrote: list the sockets of then, in place of those of now.",
      valueName: "file"))
  var file: String?

  @Option(
    name: .customLong("at"),
    help: ArgumentHelp("Of a file: list the sockets at the start of the capture, or at its end.", valueName: "moment"))
  var moment: TableSnapshots.Moment?

  @OptionGroup(title: "Filters") var wanted: SocketFilterOptions
  @OptionGroup(title: "Output") var output: SocketOutputOptions
  @OptionGroup(title: "Views") var view: SnifferOptions
  @OptionGroup(title: "Views") var watching: WatchOptions

  func validate() throws {
    if view.sniffers, watching.watch {
      throw ValidationError("--sniffers and --watch are two views: give one of the two")
    }
    if view.sniffers || watching.watch, !output.columns.isEmpty {
      throw ValidationError("--columns is for the table: --sniffers and --watch have lines of their own")
    }
    if file == nil, moment != nil { throw ValidationError("--at chooses between the tables in a file: name one") }
    if file != nil, wanted.namespace != nil || wanted.allNamespaces {
      throw ValidationError("--netns and --all-netns are of this machine: a file has the sockets that it has")
    }
    if file != nil, view.sniffers || watching.watch {
      throw ValidationError(
        "\(view.sniffers ? "--sniffers" : "--watch") looks at this machine: a file has no such view")
    }
    if watching.watch, !output.sort.isEmpty {
      throw ValidationError("--sort is for lists: --watch shows events as they come")
    }
  }

  func run() throws {
    var columns = try output.chosenColumns()
    if output.noOwners, output.columns.isEmpty { columns.columns.removeAll(where: \.needsOwners) }
    let order = try output.order()
    var reading = try SocketReading(wanted)
    if watching.watch {
      var watch = try SocketWatching(reading, output, watching.interval)
      return try watch.run()
    }
    if view.sniffers { return try SnifferAudit(reading, output).run(order) }
    let shown = columns.columns + order.map(\.column)
    // Whose path a client has that waits to be accepted is among the details.
    reading.withDetails =
      output.verbose || output.json || !wanted.paths.isEmpty || shown.contains(where: \.needsDetails)
    // Which rows there are must not depend on the columns: some sockets are known by their holders only.
    reading.withOwners = !output.noOwners
    let needsPeers = output.verbose || output.json || shown.contains(.peer)
    reading.peers = needsPeers ? .all : shown.contains(.remote) || !wanted.paths.isEmpty ? .named : .none
    var listing =
      try file.map { path throws(CommandError) in reading.listing(of: try TableSnapshots.read(path, moment ?? .start)) }
      ?? reading.listing()
    if !output.json || !order.isEmpty { listing.sort(by: order) }
    try write(listing, columns)
    try report(listing, reading)
    // The kernel takes all memory back at once: to release tens of thousands of rows first takes as long as writing them.
    withExtendedLifetime(listing) { Glibc.exit(ExitStatus.success.code) }
  }

  private func write(_ listing: SocketListing, _ columns: ColumnChoice) throws(CommandError) {
    let color = !output.json && Console.wantsColor(output.color, on: STDOUT_FILENO)
    var stream = OutputStream(descriptor: STDOUT_FILENO, name: "standard output", color: color)
    do throws(OutputError) {
      if output.json {
        try SocketObjects(listing).write(to: &stream)
      } else {
        let table = SocketTable(listing, columns, width: Terminal.columns(of: STDOUT_FILENO))
        let tree = SocketTree(listing)
        if !output.noHeader { table.writeHeader(into: &stream.text) }
        for (row, place) in listing.rows.enumerated() {
          table.writeRow(row, into: &stream.text)
          if output.verbose { tree.write(place, into: &stream.text) }
          try stream.endRecord()
        }
      }
      try stream.flush()
    } catch {
      try Console.end(error)
    }
  }

  /// Says on standard error what the listing cannot show.
  private func report(_ listing: SocketListing, _ reading: SocketReading) throws(CommandError) {
    let notes = listing.snapshot.notes + (output.verbose ? listing.snapshot.substitutes : [])
    for note in notes { Console.report("sockeye: \(note)") }
    if listing.rows.isEmpty, !output.json { Console.report("sockeye: no socket matches") }
    if file == nil, let missing = try reading.missingOwners(listing) { Console.report("sockeye: \(missing)") }
  }
}
