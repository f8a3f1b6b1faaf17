import ArgumentParser
import Capture
import Output
import Wire

/// `sockeye merge`: the packets of several capture files in one, in the order of their times.
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Put several capture files into one, in the order of time.",
    discussion: """
      Interfaces, directions, counts and processes of every file are kept where the output is pcapng. Files whose \
      packets are not in the order of time keep their own order.

      Examples:
        sockeye merge client.pcapng server.pcapng -o both.pcapng
        sockeye merge -o all.pcap monday.pcap tuesday.pcap
      """)

  @Argument(help: ArgumentHelp("The files to read; one of them may be '-'.", valueName: "file"))
  var files: [String]

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write this file; '-' is standard output.", valueName: "file"))
  var output: String

  @OptionGroup var file: CaptureFileOptions

  func validate() throws {
    if output.isEmpty { throw ValidationError("-o takes the name of a file") }
    if files.count(where: { $0 == "-" }) > 1 { throw ValidationError("standard input can be read once only") }
    try file.check(writing: output)
  }

  func run() throws {
    var sources: [MergeSource] = []
    for path in files { sources.append(try MergeSource(path, keepsRemarks: file.redaction != .all)) }
    // One of several must not be written over either.
    if output != "-", let old = try? Savefile(path: output), sources.contains(where: { $0.isSame(as: old) }) {
      throw CommandError(.usage, "is one of the files being read; write to another", at: output)
    }
    do throws(CaptureFileError) {
      try write(sources)
    } catch {
      guard !error.isClosedPipe else { return }
      throw CommandError(ExitStatus(code: error.exitCode), error.description)
    }
    // All whole packets are there; then what went wrong.
    for source in sources {
      if let failure = source.failure { throw CommandError(ExitStatus(code: failure.exitCode), failure.description) }
    }
  }

  private func write(_ sources: [MergeSource]) throws(CaptureFileError) {
    var interfaces: [PcapngInterface] = []
    for source in sources { source.describeNew(in: &interfaces) }
    var writer = try file.open(output, .own(hardware: nil, operatingSystem: nil), interfaces, input: nil)
    var processCount: UInt32 = 0
    var scratch = TextBuffer(capacity: 256)
    // What decrypts a packet has to stand before it.
    for source in sources { try source.writeBlocks(to: &writer) }
    while let next = Self.earliest(sources) {
      let described = interfaces.count
      next.describeNew(in: &interfaces)
      if interfaces.count > described { try writer.describe(interfaces) }
      for process in next.takeNewProcesses(counting: &processCount) { writer.add(process) }
      try next.write(to: &writer, through: &scratch)
      next.advance()
      try next.writeBlocks(to: &writer)
    }
    var counts = [PcapngStatistics](repeating: PcapngStatistics(time: 0), count: interfaces.count)
    for source in sources { source.count(into: &counts) }
    try writer.write(counts)
    try writer.close()
  }

  /// The file whose next packet is the earliest, and the first of those; nil where none has one.
  private static func earliest(_ sources: [MergeSource]) -> MergeSource? {
    var best: MergeSource?
    for source in sources {
      guard let time = source.time else { continue }
      if let earlier = best?.time, earlier <= time { continue }
      best = source
    }
    return best
  }
}

/// A file that is merged: its next packet, and what its numbers are in the output.
private final class MergeSource {
  /// Why it cannot be read on.
  private(set) var failure: SavefileError?

  private var file: Savefile
  private var octets = TextBuffer(capacity: 1 << 16)
  private var info: FrameInfo?
  private var newProcesses: [CapturedProcess] = []
  private var remarks: [PcapngRemark] = []
  private var interfaces: [UInt32] = []
  private var processes: [UInt32] = []

  /// Opens a file and reads its first packet.
  init(_ path: String, keepsRemarks: Bool) throws(CommandError) {
    do {
      file = try Savefile(path: path, keepsRemarks: keepsRemarks)
    } catch {
      throw CommandError(ExitStatus(code: error.exitCode), error.description)
    }
    advance()
  }

  /// The time of its next packet; nil where there is none.
  var time: Timestamp? { info?.timestamp }

  /// Whether it is the same file.
  func isSame(as other: borrowing Savefile) -> Bool { file.identity == other.identity }

  /// Reads its next packet.
  func advance() {
    info = nil
    guard failure == nil else { return }
    do throws(SavefileError) {
      try file.forEachFrame(onNewProcesses: { newProcesses += $0 }, onRemark: { remarks.append($0) }) { frame in
        octets.removeAll()
        octets.append(frame.bytes)
        info = frame.info
        return false
      }
    } catch {
      failure = error
    }
  }

  /// Adds the interfaces that are new to those of the output.
  func describeNew(in all: inout [PcapngInterface]) {
    for interface in file.interfaces.dropFirst(interfaces.count) {
      interfaces.append(UInt32(clamping: all.count))
      all.append(interface.described)
    }
  }

  /// The processes that are new, which get the next numbers of the output.
  func takeNewProcesses(counting count: inout UInt32) -> [CapturedProcess] {
    guard !newProcesses.isEmpty else { return [] }
    for _ in newProcesses {
      processes.append(count)
      count &+= 1
    }
    defer { newProcesses = [] }
    return newProcesses
  }

  /// Writes the blocks that it has besides packets and their interfaces, up to its next packet.
  func writeBlocks(to writer: inout CaptureWriter) throws(CaptureFileError) {
    for case .block(let type, let body) in remarks { try writer.add(.block(type, body: body)) }
    remarks.removeAll { if case .block = $0 { true } else { false } }
  }

  /// Writes its next packet under the numbers of the output.
  func write(to writer: inout CaptureWriter, through scratch: inout TextBuffer) throws(CaptureFileError) {
    guard var info else { return }
    let place = Int(info.interface)
    info.interface = interfaces.indices.contains(place) ? interfaces[place] : info.interface
    info.owner = FrameOwner(process: number(info.owner.process), peer: number(info.owner.peer))
    // The octets are lent from the caller's buffer: one of this object's cannot be for longer than a call.
    swap(&octets, &scratch)
    defer { swap(&octets, &scratch) }
    for remark in remarks { try writer.add(remark) }
    remarks.removeAll()
    var frame = Frame(scratch.bytes, info)
    try writer.write(&frame)
  }

  /// Puts the counts of its interfaces where they are in the output.
  func count(into counts: inout [PcapngStatistics]) {
    for (interface, place) in zip(file.interfaces, interfaces) where counts.indices.contains(Int(place)) {
      counts[Int(place)] = interface.counts
    }
  }

  private func number(_ process: UInt32) -> UInt32 {
    process < processes.count ? processes[Int(process)] : FrameOwner.unknown
  }
}
