import ArgumentParser
import Capture
import Flows
import Output
import Wire

/// Reads capture files into a flow pipeline, one after another, and keeps what went wrong for the end: what was read
/// is shown first.
struct FlowFileReader: ~Copyable {
  private var problem: CommandError?
  private var signal: Int32?
  /// Whether a file could be opened.
  private(set) var hasRead = false

  /// Whether another file is to be read.
  var goesOn: Bool { problem == nil && signal == nil }

  /// Reads a file.
  mutating func read(_ file: String, _ expression: String, into pipeline: inout FlowPipeline) throws(CommandError) {
    var source: Savefile
    do throws(SavefileError) {
      source = try Savefile(path: file)
    } catch {
      problem = CommandError(ExitStatus(code: error.exitCode), error.description)
      return
    }
    hasRead = true
    let filter = try OfflineFilter(expression, source.interfaces, file: source.name)
    var interruption = try Interruption(waitingFor: source.descriptor)
    source.readAhead()
    let keepsAll = filter.isEmpty
    let layers = LayerStorage()
    var undecoded: LinkType?
    do throws(SavefileError) {
      pipeline.beginSource()
      if pipeline.filter.withChildren {
        for process in TableSnapshots.processes(file) { pipeline.filter.know(process) }
      }
      try source.forEachFrame(
        beforeRead: { interruption.waitForInput() }, onNewProcesses: { pipeline.add($0) },
        { frame in
          guard keepsAll || filter.keeps(frame) else { return filter.failure == nil }
          if undecoded == nil, !frame.info.linkType.isDecoded { undecoded = frame.info.linkType }
          return pipeline.consume(frame, layers)
        })
    } catch {
      problem = CommandError(ExitStatus(code: error.exitCode), error.description)
    }
    signal = interruption.signal
    if problem == nil { problem = filter.failure }
    if problem == nil, let undecoded {
      problem = CommandError(
        .malformedData,
        "\(source.name): link type \(undecoded.rawValue) is not decoded here, its packets are in no flow")
    }
  }

  /// Tells what went wrong, and how the command ends after a signal.
  func throwProblem() throws {
    if let problem { throw problem }
    if let signal { throw ExitCode(128 &+ signal) }
  }
}
