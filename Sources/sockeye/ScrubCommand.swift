import ArgumentParser
import Capture
import Output
import Scrub
import Wire

/// `sockeye scrub`: a capture file made fit to share.
struct ScrubCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scrub",
    abstract: "Make a capture file fit to share: other addresses, no payload, no secrets of processes.",
    discussion: """
      Comments, name tables, decryption secrets, tables of sockets and processes, and all blocks that are not known are \
      always left out; arguments of processes are unless --redact none keeps them.

      Examples:
        sockeye scrub trace.pcapng -o clean.pcapng --anonymise-addresses @key --snap headers
        sockeye scrub trace.pcapng -o clean.pcapng --redact all
      """)

  @Argument(help: ArgumentHelp("The file to read; '-' is standard input.", valueName: "file"))
  var input: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write this file; '-' is standard output.", valueName: "file"))
  var output: String

  @Option(
    name: [.customLong("anonymise-addresses"), .customLong("anonymize-addresses")],
    help: ArgumentHelp(
      "Put other addresses in place of all, by this key; @FILE or '-' (standard input) holds one that others cannot see.",
      valueName: "key"))
  var key: KeySource?

  @Option(
    name: .customLong("snap"),
    help: ArgumentHelp("Keep of each packet its headers only, or so many octets.", valueName: "headers|octets"),
    completion: .list(["headers"]))
  var snap: SnapChoice?

  @OptionGroup var file: CaptureFileOptions

  func validate() throws {
    if output.isEmpty { throw ValidationError("-o takes the name of a file") }
    if input == "-", key?.isStandardInput == true {
      throw ValidationError("standard input can be read once only: name a file for the key with @")
    }
    try file.check(writing: output)
  }

  func run() throws {
    let key = try self.key?.key()
    var source = try open()
    var interruption = try Interruption(waitingFor: source.descriptor)
    let plan = ScrubPlan(hidesAddresses: key != nil, hidesMachine: file.redaction == .all, snap: snap)
    var scrubbing: Scrubbing
    do throws(CaptureFileError) {
      scrubbing = Scrubbing(
        plan, key, keepsArguments: file.redaction == ProcessRedaction.none,
        try file.open(
          output, .own(hardware: nil, operatingSystem: nil), plan.interfaces(source.interfaces), input: source.identity)
      )
    } catch {
      guard !error.isClosedPipe else { return }
      throw CommandError(ExitStatus(code: error.exitCode), error.description)
    }
    var broken: CommandError?
    let layers = LayerStorage()
    do throws(SavefileError) {
      try source.forEachFrame(
        beforeRead: { scrubbing.flush() && interruption.waitForInput() },
        onNewInterfaces: { scrubbing.describe($0) },
        onNewProcesses: { for process in $0 { scrubbing.add(process) } },
        { scrubbing.take($0, layers) })
    } catch {
      broken = CommandError(ExitStatus(code: error.exitCode), error.description)
    }
    let report = scrubbing.report
    if let failure = scrubbing.finish(source.interfaces.map(\.counts)) {
      guard !failure.isClosedPipe else { return }
      throw CommandError(ExitStatus(code: failure.exitCode), failure.description)
    }
    tell(report, leavesTablesOut: source.hasTables)
    // All whole packets are there; then what went wrong.
    if let broken { throw broken }
    if let signal = interruption.signal { throw ExitCode(128 &+ signal) }
  }

  private func open() throws(CommandError) -> Savefile {
    do {
      return try Savefile(path: input)
    } catch {
      throw CommandError(ExitStatus(code: error.exitCode), error.description)
    }
  }

  /// Says what was done, and what a reader of the file may still find.
  private func tell(_ report: Scrubbing.Report, leavesTablesOut: Bool) {
    let totals = report.totals
    var line = "\(totals.packets) packet\(totals.packets == 1 ? "" : "s") written"
    if key != nil { line += ", \(totals.addresses) addresses changed" }
    if snap != nil { line += ", \(totals.snapped) cut" }
    if totals.undecoded > 0 { line += ", \(totals.undecoded) cut where they are not decoded" }
    if leavesTablesOut { line += "; the tables of sockets and processes are left out" }
    Console.report(line)
    if totals.withPayload > 0 {
      Console.report(
        "\(totals.withPayload) of them keep\(totals.withPayload == 1 ? "s" : "") what applications sent, in which names, "
          + "addresses and secrets may stand: --snap headers cuts it off")
    }
    if key != nil, report.keepsArguments {
      Console.report(
        "the arguments of processes are kept, in which addresses and secrets may stand: --redact arguments")
    }
    if let linkType = report.undecoded {
      Console.report(
        "link type \(linkType.rawValue) is not decoded here: nothing is kept of such packets but their length")
    }
  }
}

/// What is left out, besides octets of packets.
struct ScrubPlan {
  var hidesAddresses: Bool
  var hidesMachine: Bool
  var snap: SnapChoice?

  /// The interfaces as the output tells of them.
  func interfaces(_ all: [InterfaceDescription]) -> [PcapngInterface] {
    all.map {
      var interface = $0.described
      // A filter names addresses.
      if hidesAddresses || hidesMachine { interface.filter = nil }
      if hidesMachine {
        interface.name = nil
        interface.operatingSystem = nil
      }
      if case .octets(let count) = snap {
        let length = UInt32(clamping: count)
        interface.snapLength = interface.snapLength == 0 ? length : min(interface.snapLength, length)
      }
      return interface
    }
  }

  /// How the octets of packets are cut.
  var cut: PacketScrubber.Snap {
    switch snap {
    case nil: .none
    case .headers: .headers
    case .octets(let count): .octets(count)
    }
  }
}

/// The way of one packet from the file that is read into the one that is written.
private struct Scrubbing: ~Copyable {
  /// What there is to tell in the end.
  struct Report {
    var totals: PacketScrubber.Totals
    /// Whether arguments of processes are in the output.
    var keepsArguments: Bool
    /// The first link type of which nothing can be kept.
    var undecoded: LinkType?
  }

  private let plan: ScrubPlan
  private var scrubber: PacketScrubber
  private var writer: CaptureWriter?
  private var octets = TextBuffer(capacity: 1 << 16)
  private var failure: CaptureFileError?
  private var keepsArguments = false
  private var undecoded: LinkType?
  private let keepsAllOfProcesses: Bool

  init(_ plan: ScrubPlan, _ key: AddressKey?, keepsArguments: Bool = false, _ writer: consuming CaptureWriter) {
    self.plan = plan
    scrubber = PacketScrubber(key: key, snap: plan.cut, hidesMachine: plan.hidesMachine)
    self.writer = consume writer
    keepsAllOfProcesses = keepsArguments
  }

  var report: Report {
    Report(totals: scrubber.totals, keepsArguments: keepsArguments, undecoded: undecoded)
  }

  /// Takes one frame; false where nothing more can be written.
  mutating func take(_ frame: borrowing Frame, _ layers: borrowing LayerStorage) -> Bool {
    guard failure == nil else { return false }
    if undecoded == nil, plan.hidesAddresses || plan.snap == .headers, !frame.info.linkType.isDecoded {
      undecoded = frame.info.linkType
    }
    let info = scrubber.scrub(frame, in: layers, into: &octets)
    do throws(CaptureFileError) {
      try Self.write(octets, info, to: &writer)
    } catch {
      failure = error
    }
    return failure == nil
  }

  private static func write(
    _ octets: borrowing TextBuffer, _ info: FrameInfo, to writer: inout CaptureWriter?
  ) throws(CaptureFileError) {
    var frame = Frame(octets.bytes, info)
    try writer?.write(&frame)
  }

  mutating func describe(_ interfaces: [InterfaceDescription]) {
    do throws(CaptureFileError) {
      try writer?.describe(plan.interfaces(interfaces))
    } catch {
      failure = failure ?? error
    }
  }

  mutating func add(_ process: CapturedProcess) {
    if keepsAllOfProcesses, !process.arguments.isEmpty { keepsArguments = true }
    writer?.add(process)
  }

  /// Writes out what is collected, since nothing more may come for now; false where that failed.
  mutating func flush() -> Bool {
    guard failure == nil else { return false }
    do throws(CaptureFileError) {
      try writer?.flush()
    } catch {
      failure = error
    }
    return failure == nil
  }

  /// Writes the counts of all interfaces and closes the file; answers what went wrong.
  consuming func finish(_ counts: [PcapngStatistics]) -> CaptureFileError? {
    guard var file = writer.take() else { return failure }
    if let failure {
      // What was given to it before belongs into the file; where it cannot be written, that was said already.
      try? file.close()
      return failure
    }
    do throws(CaptureFileError) {
      try file.write(counts)
      try file.close()
      return nil
    } catch {
      return error
    }
  }
}
