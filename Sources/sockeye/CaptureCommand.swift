import ArgumentParser
import Capture
import Flows
import Linux
import Output
import Wire

/// `sockeye capture`: packets of this machine, live.
struct CaptureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture",
    abstract: "Capture packets live and show them.",
    discussion: """
      Without -i, every interface that is up is captured on. A filter is an expression of pcap-filter(7); it runs in \
      the kernel. Each line ends with the process that the packet belongs to. Behind '--' stands a command to run: only \
      its packets are captured, until it ends. Control-C stops.

      Examples:
        sockeye capture -i eth0 -c 10 tcp port 443
        sockeye capture -i lo -v udp port 53
        sockeye capture -w trace.pcap -q 'not port 22'
        sockeye capture --json host 192.0.2.1 | jq .ip.dst
        sockeye capture --process nginx --children
        sockeye capture -w fetch.pcapng -- curl https://example.org/
      """)

  @OptionGroup var output: OutputOptions

  @OptionGroup var source: CaptureSourceOptions

  @OptionGroup(title: "Owners") var owners: OwnerOptions

  @Argument(help: ArgumentHelp("What to capture, as in pcap-filter(7).", valueName: "filter"))
  var filter: [String] = []

  @Option(
    name: .customLong("run"), parsing: .remaining,
    help: ArgumentHelp(
      "Run this command, and capture its packets only; the same as '--' before it. It comes last.",
      valueName: "command"))
  var command: [String] = []

  func validate() throws {
    if owners.none, !command.isEmpty {
      throw ValidationError("--no-owners leaves nothing to tell the command's packets by")
    }
    if command.first?.isEmpty ?? (CommandLine.arguments.last == "--") {
      throw ValidationError("-- is to be followed by a command and its arguments")
    }
  }

  /// The filter as one expression; empty where there is none.
  var expression: String { filter.joined(separator: " ") }

  func run() throws {
    try CapturePermission.require()
    let chosen = try InterfaceChoice.resolve(source.interface)
    let signals = try Interruption.catchSignals()
    let interfaces: [CaptureInterface]
    let opened = try open(chosen, signals)
    interfaces = opened.interfaces
    var run = CommandRun(command)
    var choice = try owners.wanted.filter()
    choice.family = command.isEmpty ? nil : run.family
    var found: LiveOwners?
    if showsOwners || !choice.isEmpty {
      found = try owners.start(
        interfaces, filter: expression, family: choice.family, isNeeded: !choice.isEmpty,
        tellsAttribution: output.style != .line)
    }
    var capture = OwnedCapture(opened, found, choice)
    var sinks = try output.sinks(
      .own(hardware: Machine.hardware, operatingSystem: Machine.kernel), interfaces.map(described))
    let start = CaptureFileClock.now
    let keepsTables = output.file.keepsTables(in: output.write)
    if keepsTables { sinks.keep(tables: TableSnapshots.blocks(.start)) }
    CaptureReport.listening(interfaces)
    let hasCommand = !command.isEmpty
    if hasCommand { try run.start() }
    var summary = ProcessSummary()
    let layers = LayerStorage()
    var broken: CommandError?
    do throws(CaptureError) {
      try capture.run(
        idleMilliseconds: hasCommand ? 10 : nil,
        { process in
          sinks.add(process)
          if hasCommand { summary.add(process) }
        },
        onFrame: { frame, attribution in
          if hasCommand { summary.add(frame.info) }
          return sinks.consume(&frame, layers, attribution) && (!hasCommand || run.goesOnAtFrame())
        },
        onIdle: { sinks.flush() && (!hasCommand || run.goesOn()) }, onEvent: { CaptureReport.event($0) })
    } catch {
      broken = CaptureReport.commandError(error)
    }
    let status = hasCommand ? run.wait(after: capture.capture.stopSignal) : 0
    if keepsTables { sinks.keep(tables: TableSnapshots.blocks(.end)) }
    sinks.setStatistics(CaptureFileClock.counts(of: capture.capture, since: start))
    let failure = sinks.finish()
    CaptureReport.statistics(capture.capture, abandoned: capture.abandoned)
    if let counts = capture.counts { OwnerReport.write(counts, others: capture.others) }
    if hasCommand { summary.write() }
    if let error = failure?.commandError ?? broken { throw error }
    if status != 0 { throw ExitCode(status) }
  }

  /// Whether owners are seen by anybody: on the terminal, or in a file that can tell of them.
  private var showsOwners: Bool {
    if owners.none { return false }
    return !output.quiet || output.file.keepsTables(in: output.write)
  }

  /// An interface as a capture file tells of it.
  private func described(_ interface: CaptureInterface) -> PcapngInterface {
    PcapngInterface(
      linkType: interface.linkType, snapLength: interface.snapLength, name: interface.name,
      filter: expression.isEmpty ? nil : expression, operatingSystem: Machine.kernel)
  }

  private func open(_ chosen: [Interface], _ signals: consuming SignalSource) throws(CommandError) -> LiveCapture {
    // A pcap file holds one link type: where the interfaces differ, all are captured with a cooked header.
    let isPcap = output.write.map { output.file.format(of: $0) == .pcap } ?? false
    let mixed = isPcap && Set(chosen.map { LinkType(hardwareType: $0.hardwareType) }).count > 1
    if mixed {
      Console.report("sockeye: the interfaces differ in link type: all frames get a Linux cooked header (LINUX_SLL2)")
    }
    let requests = source.requests(chosen, filter: expression, cooked: mixed)
    do {
      return try LiveCapture(requests, signals: signals)
    } catch {
      throw CaptureReport.commandError(error)
    }
  }
}
