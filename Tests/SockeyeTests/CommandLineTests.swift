import ArgumentParser
import Flows
import Foundation
import Glibc
import Linux
import Output
import Testing

@testable import sockeye

/// What the command line takes, and how the program ends where it does not.
@Suite struct CommandLineTests {
  @Test(arguments: [
    ["capture", "--bogus"], ["bogus"], ["capture", "-c", "0"], ["capture", "-c", "many"], ["capture", "-s", "0"],
    ["capture", "-B", "4096"], ["capture", "--color", "blue"],
    ["read", "--format", "pcapng", "-"], ["read", "--process-format", "pktap", "-"], ["read", "--redact", "all", "-"],
    ["read", "-w", "a.pcap", "--process-format", "darwin", "-"], ["read", "-w", "a", "--redact", "none", "-"],
    ["read", "-w", "a", "--format", "cap", "-"], ["read", "--pid", "one", "-"], ["sockets", "--at", "end"],
    ["sockets", "a.pcapng", "--watch"], ["sockets", "a.pcapng", "--all-netns"],
    ["scrub", "a.pcap"], ["scrub", "-o", "b.pcap"], ["scrub", "a.pcap", "-o", ""],
    ["scrub", "a.pcap", "-o", "b.pcap", "--snap", "0"], ["scrub", "a.pcap", "-o", "b.pcap", "--snap", "payload"],
    ["scrub", "a.pcap", "-o", "b.pcap", "--anonymise-addresses", ""],
    ["scrub", "a.pcap", "-o", "b.pcap", "--anonymise-addresses", "@"],
    ["scrub", "-", "-o", "b.pcap", "--anonymize-addresses", "-"],
    ["scrub", "a.pcap", "-o", "b.pcap", "--process-format", "pktap"],
    ["read"], ["read", "-w", "", "-"], ["interfaces", "extra"], ["doctor", "-x"],
  ])
  func mistakesEndWithUsage(_ arguments: [String]) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == EX_USAGE)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1, "one line says it: \(outcome.errors)")
    #expect(outcome.errors.hasPrefix("sockeye: "))
    #expect(outcome.errors.contains("--help"))
  }

  /// Options that seem to contradict each other have an order: -q before --json before -v; -x adds to what is shown.
  @Test func formsOfOutputHaveAnOrder() throws {
    let capture = MutationTests.root.appendingPathComponent("captures/ping.pcap").path
    #expect(try Program.run("read", "-q", "--json", "-v", "-x", capture).output.isEmpty)
    let json = try Program.run("read", "--json", "-v", "-c", "1", capture)
    #expect(json.status == 0)
    #expect(json.output.hasPrefix("{"))
    #expect(try Program.run("read", "--json", "-x", "-c", "1", capture).output.contains("\"bytes\":\""))
  }

  @Test func theNameOrTheOptionChoosesTheFormat() throws {
    let capture = MutationTests.root.appendingPathComponent("captures/ping.pcap").path
    func start(_ words: String...) throws -> String? {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sockeye-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let path = folder.appendingPathComponent(words[0]).path
      #expect(try Program.run(["read", "-q", "-w", path] + words.dropFirst() + [capture]).status == 0)
      return try Data(contentsOf: URL(fileURLWithPath: path)).prefix(4).map { String($0, radix: 16) }.joined()
    }
    #expect(try start("a.pcapng") == "adda")
    #expect(try start("a.PCAPNG") == "adda")
    #expect(try start("a", "--format", "pcapng") == "adda")
    #expect(try start("a.pcap") == "4d3cb2a1")
    #expect(try start("pcapng") == "4d3cb2a1")
    #expect(try start("a.pcapng", "--format", "pcap") == "4d3cb2a1")
  }

  @Test func aMistakeNamesTheCommandThatExplains() throws {
    #expect(try Program.run("read", "--bogus").errors.contains("see 'sockeye read --help'"))
    #expect(try Program.run("bogus").errors.contains("see 'sockeye --help'"))
  }

  @Test func nothingAtAllShowsHelp() throws {
    let outcome = try Program.run()
    #expect(outcome.status == 0)
    for example in ["sudo sockeye capture\n", "sockeye read trace.pcapng\n", "sockeye doctor\n"] {
      #expect(outcome.output.contains(example))
    }
  }

  @Test func versionIsOneLine() throws {
    let outcome = try Program.run("--version")
    #expect(outcome.status == 0)
    #expect(outcome.output == "sockeye \(Sockeye.version)\n")
  }

  @Test func captureTakesAllItsOptions() throws {
    let words = "capture -i lo -i eth0 -c 5 -w - -s 96 -p -v -x -B 8 --color never tcp port 80"
    let command: CaptureCommand = try parse(words.split(separator: " ").map(String.init))
    #expect(command.source.interface == ["lo", "eth0"])
    #expect(command.output.count == 5)
    #expect(command.output.write == "-")
    #expect(command.output.writesToStandardOutput)
    #expect(command.source.snapshotLength == 96)
    #expect(command.source.noPromiscuousMode)
    #expect(command.output.verbose)
    #expect(command.output.hex)
    #expect(command.source.bufferSize == 8)
    #expect(command.output.color == .never)
    #expect(command.expression == "tcp port 80")
  }

  @Test func scrubTakesAllItsOptions() throws {
    let words = "scrub - -o b.pcapng --anonymise-addresses @key --snap headers --redact all --process-format none"
    let command: ScrubCommand = try parse(words.split(separator: " ").map(String.init))
    #expect(command.input == "-")
    #expect(command.key == .file("key"))
    #expect(command.snap == .headers)
    #expect(command.file.redaction == .all)
    let other: ScrubCommand = try parse(["scrub", "a", "-o", "-", "--anonymize-addresses", "word", "--snap", "96"])
    #expect(other.key == .word("word"))
    #expect(other.snap == .octets(96))
    let piped: ScrubCommand = try parse(["scrub", "a", "-o", "-", "--anonymise-addresses", "-"])
    #expect(piped.key?.isStandardInput == true)
  }

  @Test func captureStartsFromDefaults() throws {
    let command: CaptureCommand = try parse(["capture"])
    #expect(command.source.interface.isEmpty)
    #expect(command.source.snapshotLength == 262_144)
    #expect(command.source.bufferSize == 32)
    #expect(command.output.color == .auto)
    #expect(command.expression == "")
  }

  @Test(arguments: [
    (["tcp"], "tcp"), (["tcp[13]", "&", "2", "!=", "0"], "tcp[13] & 2 != 0"), (["not", "port", "22"], "not port 22"),
    (["--", "-1", "<", "len"], "-1 < len"), (["tcp", "--", "port", "-c"], "tcp port -c"),
    (["tcp", "-c", "3", "port", "80"], "tcp port 80"),
  ])
  func wordsMakeTheFilter(_ words: [String], _ expression: String) throws {
    let capture: CaptureCommand = try parse(["capture"] + words)
    #expect(capture.expression == expression)
    let read: ReadCommand = try parse(["read", "trace.pcap"] + words)
    #expect(read.file == "trace.pcap")
    #expect(read.expression == expression)
  }

  @Test func flowsAreOfFilesOrLive() throws {
    let live: FlowsCommand = try parse(
      "flows -i lo -i eth0 -B 8 --interval 0.5 tcp port 80".split(separator: " ").map(String.init))
    #expect(live.source.interface == ["lo", "eth0"])
    #expect(live.source.bufferSize == 8)
    #expect(live.filesAndFilter.files.isEmpty)
    #expect(live.filesAndFilter.filter == "tcp port 80")
    let offline: FlowsCommand = try parse(["flows", "trace.pcap", "udp"])
    #expect(offline.filesAndFilter.files == ["trace.pcap"])
    #expect(offline.filesAndFilter.filter == "udp")
  }

  @Test(arguments: [
    "flows", "flows -s 96 a.pcap", "flows -p a.pcap", "flows --interval 1 a.pcap", "flows --duration 1 a.pcap",
    "flows -i lo --interval 0", "flows -i lo --duration -1", "flows -i lo -B 0", "flows -i lo --pid x",
  ])
  func whatFlowsRefuses(_ words: String) {
    #expect(throws: (any Error).self) { try Sockeye.parseAsRoot(words.split(separator: " ").map(String.init)) }
  }

  @Test func nothingStaysForEverInALiveCapture() throws {
    let options = try FlowTimeoutOptions.parse([])
    let offline = options.timeouts(isLive: false)
    #expect(offline.tcp == nil && offline.closedTCP == nil && offline.udp == nil && offline.other == nil)
    let live = options.timeouts(isLive: true)
    #expect(live.tcp == 3600_000_000_000 && live.closedTCP == 5_000_000_000 && live.udp == 60_000_000_000)
    #expect(live.openingTCP == 60_000_000_000)
    #expect(live.other == 60_000_000_000)
    let given = try FlowTimeoutOptions.parse(["--timeout", "2", "--udp-timeout", "3"]).timeouts(isLive: true)
    #expect(given.tcp == 2_000_000_000 && given.udp == 3_000_000_000 && given.closedTCP == 2_000_000_000)
  }

  @Test func standardInputIsADash() throws {
    let command: ReadCommand = try parse(["read", "-", "-v", "udp"])
    #expect(command.file == "-")
    #expect(command.output.verbose)
    #expect(command.expression == "udp")
  }

  @Test func errorsHaveOneForm() {
    let error = CommandError(.noInput, "no such interface", at: "loo", remedy: "did you mean 'lo'?")
    #expect(error.line == "sockeye: no such interface: loo: did you mean 'lo'?")
    #expect(CommandError(.usage, "what").line == "sockeye: what")
  }

  private func parse<Command>(_ words: [String]) throws -> Command {
    let command = try Sockeye.parseAsRoot(words)
    return try #require(command as? Command)
  }
}
