import Capture
import Glibc
import Output
import Wire

extension OutputOptions {
  /// The pipeline that these options ask for.
  ///
  /// `section` and `interfaces` are what a capture file will tell of the source; `input` is the file that must not be
  /// written over.
  func sinks(
    _ section: PcapngSection, _ interfaces: [PcapngInterface], input: (device: UInt64, inode: UInt64)? = nil
  ) throws(CommandError) -> Pipeline {
    let descriptor = writesToStandardOutput ? STDERR_FILENO : STDOUT_FILENO
    let name = writesToStandardOutput ? "standard error" : "standard output"
    let color = !json && Console.wantsColor(self.color, on: descriptor)
    var writer: CaptureWriter?
    if let write {
      do {
        writer = try file.open(write, section, interfaces, input: input)
      } catch {
        throw CommandError(ExitStatus(code: error.exitCode), error.description)
      }
    }
    var pipeline = Pipeline(
      Pipeline.Options(showsPackets: !quiet, writesPackets: write != nil, limit: UInt64(count ?? .max)),
      formatter: PacketFormatter(style: style, hexadecimal: hex),
      output: OutputStream(descriptor: descriptor, name: name, color: color), writer: writer)
    pipeline.setInterfaces(interfaces)
    return pipeline
  }

  /// The form of the text.
  var style: PacketFormatter.Style { json ? .json : verbose ? .tree : .line }

  /// The error that some packets could be shown as octets only.
  static func undecoded(_ linkType: LinkType, in place: String) -> CommandError {
    CommandError(
      .malformedData,
      "\(place): link type \(linkType.rawValue) is not decoded here, its packets are shown as data")
  }
}
