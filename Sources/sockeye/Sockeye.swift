import ArgumentParser
import Linux

/// The program: `sockeye` alone shows what people want first.
@main
struct Sockeye: ParsableCommand {
  /// The version, as `--version` and `doctor` show it.
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "sockeye",
    abstract: "Capture packets, read captures, and list sockets.",
    usage: "sockeye <command> [<options>]",
    discussion: """
      What people want first:

        See the packets of this machine, live (as root, or after `make setcap`):
          sudo sockeye capture
          sudo sockeye capture -i eth0 -c 10 tcp port 443

        Read a capture file, one line a packet, every field, or JSON:
          sockeye read trace.pcapng
          sockeye read -v trace.pcapng udp port 53
          sockeye read --json trace.pcapng | jq .tcp.dstport

        See every socket of this machine, and whose it is:
          sudo sockeye sockets --listening
          sockeye sockets --json | jq 'select(.state == "established")'

        Find out what this user may capture here, and how to be allowed:
          sockeye interfaces
          sockeye doctor

      Each command has --help and a manual page: man sockeye-capture.
      """,
    version: "sockeye \(version)",
    subcommands: [
      CaptureCommand.self, ReadCommand.self, MergeCommand.self, ScrubCommand.self, FlowsCommand.self,
      FollowCommand.self,
      SocketsCommand.self,
      IpcCommand.self, InterfacesCommand.self, DoctorCommand.self,
    ])

  static func main() {
    SignalSource.ignoreWriteSignals()
    do {
      var command = try parseAsRoot(words(CommandLine.arguments.dropFirst()))
      try command.run()
    } catch let error as CommandError {
      Console.report(error.line)
      exit(withError: ExitCode(error.status.code))
    } catch {
      let status = exitCode(for: error)
      switch status {
      case .success:
        // Help, the version, a completion script: not errors.
        exit(withError: error)
      case .validationFailure:
        Console.report("sockeye: \(sentence(message(for: error))): see '\(helpCommand(for: error))'")
        exit(withError: status)
      default:
        let message = message(for: error)
        if !message.isEmpty { Console.report("sockeye: \(message)") }
        exit(withError: error is ExitCode ? status : ExitCode(ExitStatus.systemError.code))
      }
    }
  }

  /// The words of a command line, with what stands behind `--` of a capture as the command that it runs: the parser knows no
  /// such thing behind words of a filter.
  static func words(_ words: some Sequence<String>) -> [String] {
    var words = Array(words)
    guard words.first == CaptureCommand.configuration.commandName, let place = words.firstIndex(of: "--") else {
      return words
    }
    words[place] = "--run"
    return words
  }

  /// A message of the parser on one line and without the full stop, since more follows.
  private static func sentence(_ message: String) -> String {
    var words = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    if words.hasSuffix(".") { words.removeLast() }
    return words
  }

  /// The command that explains how the mistaken one is used.
  private static func helpCommand(for error: any Error) -> String {
    // The usage in the full message names the subcommand that was parsed last.
    let usage = fullMessage(for: error).split(separator: "\n").first { $0.hasPrefix("Usage: ") }
    let words = usage?.split(separator: " ").dropFirst() ?? []
    let names = configuration.subcommands.compactMap { $0.configuration.commandName }
    if let name = words.dropFirst().first.map(String.init), names.contains(name) {
      return "sockeye \(name) --help"
    }
    return "sockeye --help"
  }
}
