import ArgumentParser
import Capture
import Output
import Wire

/// `sockeye read`: the packets of a capture file.
struct ReadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Read a capture file and show its packets.",
    discussion: """
      The file is pcap or pcapng; '-' is standard input. A filter is an expression of pcap-filter(7).

      Examples:
        sockeye read trace.pcapng
        sockeye read -v -c 1 trace.pcapng tcp port 443
        sockeye read --json trace.pcap | jq -r '.dns.qry[]?.name'
        sockeye read -q -w dns.pcap trace.pcapng port 53
      """)

  @Argument(help: ArgumentHelp("The file to read, or '-'.", valueName: "file"))
  var file: String

  @OptionGroup var output: OutputOptions
  @OptionGroup(title: "Owners") var owners: FileOwnerOptions

  @Argument(help: ArgumentHelp("What to keep, as in pcap-filter(7).", valueName: "filter"))
  var filter: [String] = []

  /// The filter as one expression; empty where there is none.
  var expression: String { filter.joined(separator: " ") }

  func run() throws {
    var source = try open()
    // Before any thread is started, so that none takes a signal.
    var interruption = try Interruption(waitingFor: source.descriptor)
    let section = PcapngSection.own(
      hardware: source.section.hardware, operatingSystem: source.section.operatingSystem)
    // What is wrong is told before a file is opened to be written.
    let filter = try OfflineFilter(expression, source.interfaces, file: source.name)
    var owner = try owners.filter()
    if owner.withChildren { for process in TableSnapshots.processes(file) { owner.know(process) } }
    var sinks = try output.sinks(section, source.interfaces.map(\.described), input: source.identity)
    if let length = source.regularLength, length >= FormattingLanes.worthwhileLength {
      sinks.useThreads(style: output.style, hexadecimal: output.hex)
    }
    if output.quiet { source.readAhead() }
    sinks.setInterfaces(source.interfaces.map(\.described))
    let keepsAll = filter.isEmpty
    let keepsAllOwners = owner.isEmpty
    let layers = LayerStorage()
    var broken: CommandError?
    do throws(SavefileError) {
      try source.forEachFrame(
        // A pipe may be silent for long: what is decoded is shown before waiting for more.
        beforeRead: { sinks.flush() && interruption.waitForInput() },
        onNewInterfaces: { sinks.setInterfaces($0.map(\.described)) },
        onNewProcesses: { processes in
          owner.add(processes)
          for process in processes { sinks.add(process) }
        },
        onRemark: { sinks.add($0) },
        atPieceEnd: { sinks.endPiece($0) },
        { frame in
          guard keepsAllOwners || owner.keeps(frame.info.owner) else { return true }
          guard keepsAll || filter.keeps(frame) else { return filter.failure == nil }
          return sinks.consume(&frame, layers)
        })
    } catch {
      broken = CommandError(ExitStatus(code: error.exitCode), error.description)
    }
    sinks.setStatistics(source.interfaces.map(\.counts))
    let undecoded = sinks.undecoded
    // What was asked for comes first, then what went wrong, the most serious last.
    if let failure = sinks.finish() {
      guard let error = failure.commandError else { return }
      throw error
    }
    if let broken { throw broken }
    if let signal = interruption.signal { throw ExitCode(128 &+ signal) }
    if let error = filter.failure { throw error }
    if let undecoded { throw OutputOptions.undecoded(undecoded, in: source.name) }
  }

  private func open() throws(CommandError) -> Savefile {
    do {
      // Comments and names may say what is not to be told.
      return try Savefile(path: file, keepsRemarks: output.write != nil && output.file.redaction != .all)
    } catch {
      throw CommandError(ExitStatus(code: error.exitCode), error.description)
    }
  }
}

extension InterfaceDescription {
  /// The interface as another file tells of it.
  var described: PcapngInterface {
    var described = PcapngInterface(
      linkType: linkType, snapLength: snapLength, name: name, filter: filter, operatingSystem: operatingSystem)
    described.remarks = remarks
    return described
  }

  /// Its counts as another file tells of them.
  var counts: PcapngStatistics {
    PcapngStatistics(time: 0, received: received, dropped: dropped)
  }
}
