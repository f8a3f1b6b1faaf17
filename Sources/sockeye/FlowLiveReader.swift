import Capture
import Flows
import Output
import Wire

/// Captures live into a flow pipeline, with a watch that shows what there is.
struct FlowLiveReader: ~Copyable {
  private var capture: OwnedCapture
  private var broken: CommandError?

  /// Opens the interfaces: from here on nothing is lost, as long as the rings have room.
  ///
  /// `owners`: how to look for the packets' owners; nil: not at all.
  init(_ source: CaptureSourceOptions, _ owners: OwnerOptions?, _ expression: String) throws {
    try CapturePermission.require()
    let chosen = try InterfaceChoice.resolve(source.interface)
    let signals = try Interruption.catchSignals()
    let opened: LiveCapture
    do {
      opened = try LiveCapture(source.requests(chosen, filter: expression), signals: signals)
    } catch {
      throw CaptureReport.commandError(error)
    }
    let interfaces = opened.interfaces
    var found: LiveOwners?
    if let owners {
      let isNeeded = try !owners.wanted.filter().isEmpty
      found = try owners.start(interfaces, filter: expression, family: nil, isNeeded: isNeeded, tellsAttribution: true)
    }
    // Flows are chosen by their owners, not packets: all packets of a flow are of it.
    capture = OwnedCapture(opened, found, FileOwnerFilter())
    CaptureReport.listening(interfaces)
  }

  /// The names of the interfaces.
  var interfaceNames: [String] { capture.capture.interfaces.map(\.name) }

  /// Captures until a signal comes, the watch says so, or the pipeline wants no more.
  mutating func read(into pipeline: inout FlowPipeline, _ watch: inout FlowWatch) {
    let layers = LayerStorage()
    pipeline.beginSource()
    watch.begin(&pipeline)
    do throws(CaptureError) {
      try capture.run(
        { pipeline.add($0) }, onFrame: { pipeline.consume($0, layers, $1) }, onIdle: { pipeline.failure == nil },
        onTick: { watch.tick(&pipeline, $0) }, onEvent: { watch.note($0) })
    } catch {
      broken = CaptureReport.commandError(error)
    }
    watch.finish(&pipeline)
  }

  /// Says how many packets there were, how owners were found, and what went wrong.
  func report() throws {
    CaptureReport.statistics(capture.capture, abandoned: capture.abandoned)
    if let counts = capture.counts { OwnerReport.write(counts, others: 0) }
    if let broken { throw broken }
  }
}
