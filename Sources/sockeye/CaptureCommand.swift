import ArgumentParser
import Capture
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
      the kernel. Control-C stops.

      Examples:
        sockeye capture -i eth0 -c 10 tcp port 443
        sockeye capture -i lo -v udp port 53
        sockeye capture -w trace.pcap -q 'not port 22'
        sockeye capture --json host 192.0.2.1 | jq .ip.dst
      """)

  @OptionGroup var output: OutputOptions

  @OptionGroup var source: CaptureSourceOptions

  @Argument(help: ArgumentHelp("What to capture, as in pcap-filter(7).", valueName: "filter"))
  var filter: [String] = []

  /// The filter as one expression; empty where there is none.
  var expression: String { filter.joined(separator: " ") }

  func run() throws {
    try CapturePermission.require()
    let chosen = try InterfaceChoice.resolve(source.interface)
    let signals = try Interruption.catchSignals()
    var capture = try open(chosen, signals)
    let interfaces = capture.interfaces
    var sinks = try output.sinks(
      .own(hardware: Machine.hardware, operatingSystem: Machine.kernel), interfaces.map(described))
    let start = CaptureFileClock.now
    let keepsTables = output.file.keepsTables(in: output.write)
    if keepsTables { sinks.keep(tables: TableSnapshots.blocks(.start)) }
    CaptureReport.listening(interfaces)
    let layers = LayerStorage()
    var broken: CommandError?
    do throws(CaptureError) {
      try capture.run(
        onFrame: { sinks.consume($0, layers) }, onIdle: { sinks.flush() }, onEvent: { CaptureReport.event($0) })
    } catch {
      broken = CaptureReport.commandError(error)
    }
    if keepsTables { sinks.keep(tables: TableSnapshots.blocks(.end)) }
    sinks.setStatistics(CaptureFileClock.counts(of: capture, since: start))
    let failure = sinks.finish()
    CaptureReport.statistics(capture)
    if let error = failure?.commandError ?? broken { throw error }
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
