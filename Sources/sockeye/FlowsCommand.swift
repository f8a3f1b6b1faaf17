public import ArgumentParser
import Capture
public import Flows
import Glibc
import Output
import Wire

/// `sockeye flows`: the conversations in capture files, or live.
struct FlowsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flows",
    abstract: "Show the flows in capture files or live: who talked to whom, how much and how well.",
    discussion: """
      Each line is a flow, both directions together; its source is who began. Numbers with a stroke are those from the \
      source, then those to it. Findings about TCP are Wireshark's (tcp.analysis).

      The words behind the options are files while they name any ('-' is standard input), then a filter as in \
      pcap-filter(7). With -i they are the filter, and packets are captured until Control-C: on a terminal the table is \
      kept up to date, and with --json each interval tells of the flows that had traffic.

      Examples:
        sockeye flows trace.pcapng
        sockeye flows --sort trouble --top 10 monday.pcap tuesday.pcap tcp
        sockeye flows --by host trace.pcapng
        sockeye flows --by process --user www-data trace.pcapng
        sudo sockeye flows -i any not port 22
        sockeye flows --json trace.pcapng | jq 'select(.tcp.analysis.retransmission)'
      """)

  @Option(
    name: .customLong("sort"),
    help: ArgumentHelp("Sort by \(names(FlowOrder.self)). Tables: bytes; else: start.", valueName: "key"))
  var sort: FlowOrder?

  @Option(name: .customLong("top"), help: ArgumentHelp("Show only the first of the sorted flows.", valueName: "number"))
  var top: Int?

  @Option(
    name: .customLong("by"), help: ArgumentHelp("Add up by \(names(FlowGrouping.self)).", valueName: "what"))
  var grouping: FlowGrouping?

  @Option(
    name: [.customShort("c", allowingJoined: true), .long],
    help: ArgumentHelp("Stop after this many packets.", valueName: "number"))
  var count: Int?

  @OptionGroup var timeouts: FlowTimeoutOptions

  @Option(
    name: .customLong("max-flows"),
    help: ArgumentHelp("Keep no more flows at once: the oldest idle are put out.", valueName: "number"))
  var maximumFlows = 1_000_000

  @Option(
    name: .customLong("community-id-seed"),
    help: ArgumentHelp("The seed of Community ID, 0 to 65535.", valueName: "seed"))
  var seed: UInt16 = 0

  @Flag(name: .shortAndLong, help: "Show all that is known of each flow below its line.")
  var verbose = false

  @Flag(name: .shortAndLong, help: "Show no flows, only the totals.")
  var quiet = false

  @Flag(name: .customLong("json"), help: "Write one JSON object a flow.")
  var json = false

  @Flag(name: .customLong("csv"), help: "Write comma-separated values, with the columns' names first.")
  var csv = false

  @Option(
    name: .customLong("color"),
    help: ArgumentHelp("Color the text: auto (on a terminal, unless NO_COLOR is set), always or never."))
  var color: ColorChoice = .auto

  @OptionGroup(title: "Live") var source: CaptureSourceOptions
  @OptionGroup(title: "Live") var live: FlowLiveOptions
  @OptionGroup(title: "Owners") var owners: OwnerOptions

  @Argument(help: ArgumentHelp("The files to read, then what to keep.", valueName: "file|filter"))
  var words: [String] = []

  private static func names<Choice: CaseIterable & RawRepresentable>(_: Choice.Type) -> String
  where Choice.RawValue == String {
    Choice.allCases.map(\.rawValue).joined(separator: ", ")
  }

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top takes a number of flows from 1, not \(top)") }
    if let count, count < 1 { throw ValidationError("-c takes a number of packets from 1, not \(count)") }
    if maximumFlows < 1 || maximumFlows > 1 << 28 {
      throw ValidationError("--max-flows takes a number from 1 to \(1 << 28), not \(maximumFlows)")
    }
    if json, csv { throw ValidationError("--json and --csv are two forms: choose one") }
    if grouping != nil, let sort, !FlowGroups.orders.contains(sort) {
      throw ValidationError("--by has no --sort \(sort.rawValue): choose bytes, packets, trouble or, with -i, rate")
    }
    if csv, grouping != nil { throw ValidationError("--by makes tables and JSON, not --csv") }
    if verbose, json || csv { throw ValidationError("-v is for tables: JSON and CSV have everything") }
    if isLive { return }
    if words.isEmpty { throw ValidationError("name a file to read, or an interface to capture on with -i") }
    if source.isTuned { throw ValidationError("-s, -p and -B are for live capture, with -i") }
    if owners.isTuned { throw ValidationError("--owner-wait, --all-netns, --no-bpf and --no-owners are for -i") }
    if live.isGiven { throw ValidationError("--interval and --duration are for live capture, with -i") }
  }

  private var isLive: Bool { !source.interface.isEmpty }

  /// The files, and the filter behind them: the first word is a file, and so are those behind it that name one.
  var filesAndFilter: (files: [String], filter: String) {
    if isLive { return ([], words.joined(separator: " ")) }
    var files = Array(words.prefix(1))
    for word in words.dropFirst() {
      guard word == "-" || Console.fileExists(word) else { break }
      files.append(word)
    }
    return (files, words.dropFirst(files.count).joined(separator: " "))
  }

  private var form: FlowPipeline.Form { quiet ? .totals : json ? .json : csv ? .csv : .table }

  private var tableOptions: FlowTable.Options {
    var options = FlowTable.Options()
    options.maximumFlows = maximumFlows
    options.timeouts = timeouts.timeouts(isLive: isLive)
    return options
  }

  private var pipelineOptions: FlowPipeline.Options {
    let isListed = json || csv
    // What is written as it happens is sorted by nothing but time.
    let collects = !isListed || !isLive && (sort != nil || top != nil || grouping != nil)
    return FlowPipeline.Options(
      form: form, order: sort ?? (isListed ? .start : .bytes), watchOrder: sort ?? .rate, groupOrder: sort,
      collects: collects,
      top: top ?? .max, grouping: quiet ? nil : grouping, isVerbose: verbose, seed: seed,
      limit: UInt64(count ?? .max), isLive: isLive)
  }

  /// What is shown while packets come.
  private var watchKind: FlowWatch.Kind {
    switch form {
    case .table: Console.canRepaint(STDOUT_FILENO) ? .screen : .nothing
    case .json: .updates
    case .csv, .totals: .nothing
    }
  }

  func run() throws {
    let (files, expression) = filesAndFilter
    let color = form == .table && Console.wantsColor(self.color, on: STDOUT_FILENO)
    let filter = try owners.wanted.filter()
    // Totals alone have no owners.
    let wantsOwners = !owners.none && (form != .totals || !filter.isEmpty)
    var pipeline = FlowPipeline(
      pipelineOptions, tableOptions, filter,
      output: OutputStream(descriptor: STDOUT_FILENO, name: "standard output", color: color))
    guard isLive else {
      var reader = FlowFileReader()
      for file in files where reader.goesOn && pipeline.failure == nil {
        try reader.read(file, expression, into: &pipeline)
      }
      // Nothing is shown where nothing could be read.
      if !reader.hasRead { try reader.throwProblem() }
      if try finish(&pipeline) { try reader.throwProblem() }
      return
    }
    var reader = try FlowLiveReader(source, wantsOwners ? owners : nil, expression)
    var watch = FlowWatch(
      watchKind, interval: live.interval ?? 1, duration: live.duration, reader.interfaceNames, expression)
    reader.read(into: &pipeline, &watch)
    // Who scrolls back through a table of thousands? Who asks for so many lines gets them.
    let isWhole = try finish(&pipeline, lines: top == nil ? watch.linesAtEnd : .max)
    if isWhole { try reader.report() }
  }

  /// Writes what is written at the end; false where the reader of it went away.
  private func finish(_ pipeline: inout FlowPipeline, lines: Int = .max) throws -> Bool {
    switch pipeline.finish(lines: lines) {
    case .closed?: return false
    case let failure?: throw CommandError(.ioError, failure.message)
    case nil: break
    }
    let omitted = pipeline.omitted
    if omitted > 0 {
      Console.report("sockeye: \(omitted) more flows are not shown: --top shows as many as it says")
    }
    let lost = pipeline.forgotten
    if lost > 0 {
      Console.report("sockeye: \(lost) flows that were over before the end are not shown: --json writes them all")
    }
    let evicted = pipeline.table.totals.evicted
    if evicted > 0 {
      Console.report(
        "sockeye: \(evicted) flows were put out to keep no more than \(maximumFlows): raise --max-flows to keep more")
    }
    return true
  }
}

extension FlowOrder: ExpressibleByArgument {}
extension FlowGrouping: ExpressibleByArgument {}
