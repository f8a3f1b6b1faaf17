public import ArgumentParser
import Linux
public import Output
import Wire

extension CaptureFileFormat: ExpressibleByArgument {}
extension ProcessFormat: ExpressibleByArgument {}
extension ProcessRedaction: ExpressibleByArgument {}

/// How a capture file is written: its format, and what it tells of processes.
struct CaptureFileOptions: ParsableArguments {
  @Option(
    name: .customLong("format"),
    help: ArgumentHelp("Write the file of -w as pcap or pcapng; else a name that ends in .pcapng is pcapng."))
  var format: CaptureFileFormat?

  @Option(
    name: .customLong("process-format"),
    help: ArgumentHelp(
      "How a pcapng file tells whose a packet is: darwin (the default), comment, pktap, wireshark or none.",
      valueName: "form"))
  var processFormat: ProcessFormat?

  @Option(
    name: .customLong("redact"),
    help: ArgumentHelp(
      "What of processes is left out of a pcapng file: none, arguments (the default), paths or all.",
      valueName: "what"))
  var redaction: ProcessRedaction?

  /// The format of a file with that name.
  func format(of path: String) -> CaptureFileFormat { format ?? CaptureFileFormat(path: path) }

  /// Whether a file with that name tells of this machine's processes, so that it may keep their table too.
  func keepsTables(in path: String?) -> Bool {
    guard let path else { return false }
    return format(of: path) == .pcapng && processFormat != ProcessFormat.none && redaction != .all
  }

  /// Throws where an option has nothing to act upon.
  func check(writing path: String?) throws {
    guard let path else {
      if format != nil { throw ValidationError("--format says how -w writes: name a file with -w") }
      if processFormat != nil { throw ValidationError("--process-format says how -w writes: name a file with -w") }
      if redaction != nil { throw ValidationError("--redact says what -w leaves out: name a file with -w") }
      return
    }
    guard format(of: path) == .pcap else { return }
    let remedy = "a pcap file holds packets only: add --format pcapng"
    if let processFormat, processFormat != .none { throw ValidationError("--process-format: \(remedy)") }
    if redaction == ProcessRedaction.none { throw ValidationError("--redact: \(remedy)") }
  }

  /// Opens the file. `input` is the one that must not be written over.
  func open(
    _ path: String, _ section: PcapngSection, _ interfaces: [PcapngInterface],
    input: (device: UInt64, inode: UInt64)?
  ) throws(CaptureFileError) -> CaptureWriter {
    if format(of: path) == .pcap {
      return CaptureWriter(
        try CaptureFileWriter(path: path, linkType: interfaces.first?.linkType ?? .ethernet, input: input))
    }
    var writer = CaptureWriter(
      try PcapngFileWriter(
        path: path, section: section, processes: processFormat ?? .darwin, redaction: redaction ?? .arguments,
        input: input))
    try writer.describe(interfaces)
    return writer
  }
}

extension PcapngSection {
  /// What this program says of itself; `hardware` and `operatingSystem` are those of the machine that captured.
  static func own(hardware: String?, operatingSystem: String?) -> PcapngSection {
    PcapngSection(
      application: "sockeye \(Sockeye.version)", hardware: hardware, operatingSystem: operatingSystem)
  }
}
