import Capture
import Output
import Wire

/// Captures live into a flow pipeline, with a watch that shows what there is.
struct FlowLiveReader: ~Copyable {
  private var capture: LiveCapture
  private var broken: CommandError?

  /// Opens the interfaces: from here on nothing is lost, as long as the rings have room.
  init(_ source: CaptureSourceOptions, _ expression: String) throws {
    try CapturePermission.require()
    let chosen = try InterfaceChoice.resolve(source.interface)
    let signals = try Interruption.catchSignals()
    do {
      capture = try LiveCapture(source.requests(chosen, filter: expression), signals: signals)
    } catch {
      throw CaptureReport.commandError(error)
    }
    CaptureReport.listening(capture.interfaces)
  }

  /// The names of the interfaces.
  var interfaceNames: [String] { capture.interfaces.map(\.name) }

  /// Captures until a signal comes, the watch says so, or the pipeline wants no more.
  mutating func read(into pipeline: inout FlowPipeline, _ watch: inout FlowWatch) {
    let layers = LayerStorage()
    pipeline.beginSource()
    watch.begin(&pipeline)
    do throws(CaptureError) {
      try capture.run(
        onFrame: { pipeline.consume($0, layers) }, onIdle: { pipeline.failure == nil },
        onTick: { watch.tick(&pipeline, $0) }, onEvent: { watch.note($0) })
    } catch {
      broken = CaptureReport.commandError(error)
    }
    watch.finish(&pipeline)
  }

  /// Says how many packets there were, and what went wrong.
  func report() throws {
    CaptureReport.statistics(capture)
    if let broken { throw broken }
  }
}
