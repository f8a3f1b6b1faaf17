import ArgumentParser
import Capture
import Flows
import Glibc
import Output
import Wire

/// `sockeye follow`: what the two ends of a conversation said to each other.
struct FollowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "follow",
    abstract: "Show what the two ends of one conversation said to each other.",
    discussion: """
      Puts the octets of one TCP connection into order as its receivers did, or shows the datagrams of one UDP \
      conversation. The first line says whose it is, where the file tells. '>' marks what comes from who began, '<' what goes to it. What was not captured is marked.

      Examples:
        sockeye follow trace.pcapng --flow 7
        sockeye follow trace.pcapng --flow '192.0.2.1:40000 192.0.2.2:80' --hex
        sockeye follow trace.pcapng --flow 7 --only reverse --raw > answer.bin
      """)

  @Argument(help: ArgumentHelp("The file to read, or '-'.", valueName: "file"))
  var file: String

  @Option(
    name: .customLong("flow"),
    help: ArgumentHelp("The flow's number in 'sockeye flows', or its two ends as ADDRESS:PORT.", valueName: "flow"))
  var flow: String

  @Option(
    name: .customLong("only"), help: ArgumentHelp("Show one direction: forward or reverse.", valueName: "direction"))
  var only: Side?

  @Flag(name: [.customShort("x"), .customLong("hex")], help: "Write octets in hexadecimal, with offsets.")
  var hex = false

  @Flag(name: .customLong("raw"), help: "Write the octets as they are, into a file or a pipe.")
  var raw = false

  @Flag(name: .customLong("json"), help: "Write one JSON object for each piece.")
  var json = false

  @Option(
    name: .customLong("color"),
    help: ArgumentHelp("Color the text: auto (on a terminal, unless NO_COLOR is set), always or never."))
  var color: ColorChoice = .auto

  @Argument(help: ArgumentHelp("What to keep, as in pcap-filter(7).", valueName: "filter"))
  var filter: [String] = []

  /// One of the two directions.
  enum Side: String, ExpressibleByArgument, CaseIterable {
    case forward, reverse
  }

  func validate() throws {
    if [hex, raw, json].filter({ $0 }).count > 1 { throw ValidationError("--hex, --raw and --json: choose one") }
    if FlowChoice(flow) == nil {
      throw ValidationError("--flow takes a number from 'sockeye flows', or 'ADDRESS:PORT ADDRESS:PORT'")
    }
  }

  private var form: StreamWriter.Form { hex ? .hexadecimal : raw ? .raw : json ? .json : .text }

  func run() throws {
    guard let choice = FlowChoice(flow) else { return }
    if raw, isatty(STDOUT_FILENO) == 1 {
      throw CommandError(
        .usage, "--raw writes octets that act on a terminal", at: "standard output",
        remedy: "send it to a file or a pipe")
    }
    var source: Savefile
    do throws(SavefileError) {
      source = try Savefile(path: file)
    } catch {
      throw CommandError(ExitStatus(code: error.exitCode), error.description)
    }
    let filter = try OfflineFilter(filter.joined(separator: " "), source.interfaces, file: source.name)
    var interruption = try Interruption(waitingFor: source.descriptor)
    let color = (form == .text || form == .hexadecimal) && Console.wantsColor(self.color, on: STDOUT_FILENO)
    var follower = Follower(
      choice,
      StreamWriter(form: form, showsForward: only != .reverse, showsReverse: only != .forward, color: color))
    let keepsAll = filter.isEmpty
    let layers = LayerStorage()
    var broken: CommandError?
    do throws(SavefileError) {
      try source.forEachFrame(
        beforeRead: { interruption.waitForInput() },
        onNewProcesses: { processes in for process in processes { follower.add(process) } },
        { frame in
          guard keepsAll || filter.keeps(frame) else { return filter.failure == nil }
          return follower.consume(frame, layers)
        })
    } catch {
      broken = CommandError(ExitStatus(code: error.exitCode), error.description)
    }
    let flows = follower.flowCount
    let wasFound = follower.wasFound
    let missing = follower.missing
    if follower.isUnfollowable {
      throw CommandError(
        .malformedData, "nothing to follow: flow \(flow) is neither TCP nor UDP", at: source.name)
    }
    switch follower.finish() {
    case .closed?: return
    case let failure?: throw CommandError(.ioError, failure.message)
    case nil: break
    }
    if let broken { throw broken }
    if let error = filter.failure { throw error }
    if let signal = interruption.signal { throw ExitCode(128 &+ signal) }
    if !wasFound {
      throw CommandError(
        .noInput, "no such flow: \(flow)", at: source.name, remedy: "it has \(flows): see 'sockeye flows \(file)'")
    }
    if missing > 0, raw { Console.report("sockeye: \(missing) octets were not captured, and are left out") }
  }
}
