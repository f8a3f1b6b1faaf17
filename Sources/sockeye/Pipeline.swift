import Capture
import Glibc
import Output
import Wire

/// The way of one packet: a frame comes in, is decoded once, and goes to where the options say. Live capture and
/// reading a file are the same pipeline behind another source.
struct Pipeline: ~Copyable {
  /// How many packets came through.
  private(set) var count: UInt64 = 0
  /// Why it stopped by itself; nil where nothing went wrong.
  private(set) var failure: PipelineFailure?
  /// The first link type that nothing here decodes, where one came through.
  private(set) var undecoded: LinkType?

  private var linkType: LinkType?
  private let options: Options
  private var formatter: PacketFormatter
  private var output: OutputStream
  private var writer: CaptureWriter?
  private var lanes: FormattingLanes?
  /// Whether there are lanes, asked for each packet.
  private var usesLanes = false

  /// What happens to each packet.
  struct Options {
    /// Whether text is written at all.
    var showsPackets: Bool
    /// Whether packets are written to a capture file.
    var writesPackets: Bool
    /// Stop after that many.
    var limit: UInt64
  }

  /// A pipeline to a stream of text and, where there is one, a capture file.
  init(
    _ options: Options, formatter: consuming PacketFormatter, output: consuming OutputStream,
    writer: consuming CaptureWriter?
  ) {
    self.options = options
    self.formatter = formatter
    self.output = output
    self.writer = writer
  }

  /// Formats in several threads from here on, where there is more than one processor. What is shown then lags behind
  /// what was read: not for input that somebody waits for.
  mutating func useThreads(style: PacketFormatter.Style, hexadecimal: Bool) {
    guard options.showsPackets else { return }
    lanes = FormattingLanes(style: style, hexadecimal: hexadecimal, color: output.text.color)
    usesLanes = lanes != nil
  }

  /// Takes one frame, whose layers go into the storage, and what is told of its owners; false where it wants no more. The frame
  /// is not changed: one that is lent would be copied.
  mutating func consume(
    _ frame: inout Frame, _ layers: borrowing LayerStorage, _ attribution: FrameAttribution = FrameAttribution()
  ) -> Bool {
    // The source may have more at hand after `flush` has failed: the first failure is the one that is told.
    guard failure == nil else { return false }
    count &+= 1
    if options.writesPackets, !write(&frame) { return false }
    if usesLanes {
      note(frame.info.linkType)
      lanes?.append(frame)
    } else if options.showsPackets || !options.writesPackets {
      let packet = Packet(frame, in: layers)
      if options.showsPackets {
        note(frame.info.linkType)
        formatter.write(packet, attribution, into: &output.text)
        do throws(OutputError) {
          try output.endRecord()
        } catch {
          failure = .output(error)
          return false
        }
      }
    }
    return count < options.limit
  }

  /// Remembers the first link type that nothing here decodes.
  @inline(__always)
  private mutating func note(_ linkType: LinkType) {
    guard linkType != self.linkType else { return }
    self.linkType = linkType
    if undecoded == nil, !linkType.isDecoded { undecoded = linkType }
  }

  /// Takes the piece of the file that the last frames lie in, where they are still to be written as text; false where
  /// it wants no more.
  mutating func endPiece(_ exchange: Savefile.PieceExchange) -> Bool {
    lanes?.endPiece(exchange) { Self.write(&$0, &output, &failure) } ?? true
  }

  /// Writes out text that a lane has made.
  private static func write(
    _ text: inout TextBuffer, _ output: inout OutputStream, _ failure: inout PipelineFailure?
  ) -> Bool {
    guard failure == nil else { return false }
    swap(&text, &output.text)
    do throws(OutputError) {
      try output.flush()
      return true
    } catch {
      failure = .output(error)
      return false
    }
  }

  private mutating func write(_ frame: inout Frame) -> Bool {
    do throws(CaptureFileError) {
      try writer?.write(&frame)
      return true
    } catch {
      failure = .captureFile(error)
      return false
    }
  }

  /// Tells of the source's interfaces: all of them, again when there is another one.
  mutating func setInterfaces(_ interfaces: [PcapngInterface]) {
    let names = interfaces.map { $0.name ?? "" }
    do throws(CaptureFileError) {
      try writer?.describe(interfaces)
    } catch {
      failure = failure ?? .captureFile(error)
    }
    formatter.setInterfaceNames(names)
    lanes?.setInterfaceNames(names)
  }

  /// Takes the next process of the source's table.
  mutating func add(_ process: CapturedProcess) {
    if options.showsPackets {
      if lanes == nil { formatter.add(process) } else { lanes?.add(process) }
    }
    writer?.add(process)
  }

  /// Takes what the source tells besides packets, for the file.
  mutating func add(_ remark: PcapngRemark) {
    guard failure == nil else { return }
    do throws(CaptureFileError) {
      try writer?.add(remark)
    } catch {
      failure = .captureFile(error)
    }
  }

  /// Keeps the tables of sockets and processes in the file, by the bodies of their blocks.
  mutating func keep(tables blocks: [[UInt8]]) {
    guard failure == nil else { return }
    do throws(CaptureFileError) {
      try writer?.write(tables: blocks)
    } catch {
      failure = .captureFile(error)
    }
  }

  /// Tells of the counts of all interfaces, in their order, at the end.
  mutating func setStatistics(_ statistics: [PcapngStatistics]) {
    guard failure == nil else { return }
    do throws(CaptureFileError) {
      try writer?.write(statistics)
    } catch {
      failure = .captureFile(error)
    }
  }

  /// Writes out what was collected, since nothing more is coming for now; false where that failed.
  mutating func flush() -> Bool {
    guard failure == nil else { return false }
    do throws(OutputError) {
      try output.flush()
    } catch {
      failure = .output(error)
      return false
    }
    do throws(CaptureFileError) {
      try writer?.flush()
    } catch {
      failure = .captureFile(error)
      return false
    }
    return true
  }

  /// Writes out the rest and closes the capture file; answers what went wrong first, if anything did.
  consuming func finish() -> PipelineFailure? {
    _ = lanes?.finish { Self.write(&$0, &output, &failure) }
    _ = flush()
    let before = failure
    if let file = writer.take() {
      do throws(CaptureFileError) {
        try file.close()
      } catch {
        return before ?? .captureFile(error)
      }
    }
    return before
  }
}

/// Why output ended before input did.
enum PipelineFailure {
  /// The text could not be written.
  case output(OutputError)
  /// The capture file could not be written.
  case captureFile(CaptureFileError)

  /// The error as the user sees it; nil where a reader of ours just went away, which is no error.
  var commandError: CommandError? {
    switch self {
    case .output(.closed): nil
    case .output(let error): CommandError(.ioError, error.message)
    case .captureFile(let error) where error.isClosedPipe: nil
    case .captureFile(let error): CommandError(ExitStatus(code: error.exitCode), String(describing: error))
    }
  }
}
