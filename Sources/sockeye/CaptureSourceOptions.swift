import ArgumentParser
import Capture
import Linux

/// Where live packets come from, and how: the same for every command that captures.
struct CaptureSourceOptions: ParsableArguments {
  @Option(
    name: [.customShort("i", allowingJoined: true), .long],
    help: ArgumentHelp(
      "Capture on this interface; may be given several times. 'any' is every interface that is up.",
      valueName: "name"))
  var interface: [String] = []

  @Option(
    name: [.customShort("s", allowingJoined: true), .long],
    help: ArgumentHelp("Keep at most this many octets of each packet.", valueName: "bytes"))
  var snapshotLength = CaptureSourceOptions.largestSnapshot

  @Flag(
    name: [.customShort("p"), .customLong("no-promiscuous-mode")],
    help: "Take only what is addressed to this machine: do not put the interface into promiscuous mode.")
  var noPromiscuousMode = false

  @Option(
    name: [.customShort("B", allowingJoined: true), .customLong("buffer-size")],
    help: ArgumentHelp("Memory for each interface's ring, in MiB.", valueName: "mib"))
  var bufferSize = CaptureSourceOptions.usualBufferSize

  /// The largest packet that the kernel hands up, joined by its receive offload.
  static let largestSnapshot = 262_144
  static let usualBufferSize = 32

  func validate() throws {
    guard (1...Self.largestSnapshot).contains(snapshotLength) else {
      throw ValidationError("-s takes 1 to \(Self.largestSnapshot) octets, not \(snapshotLength)")
    }
    guard (1...2047).contains(bufferSize) else {
      throw ValidationError("-B takes 1 to 2047 MiB, not \(bufferSize)")
    }
  }

  /// Whether anything is said about how to capture.
  var isTuned: Bool {
    noPromiscuousMode || snapshotLength != Self.largestSnapshot || bufferSize != Self.usualBufferSize
  }

  /// What to ask of the engine for these interfaces; an empty filter keeps everything.
  func requests(_ chosen: [Interface], filter: String, cooked: Bool = false) -> [CaptureRequest] {
    chosen.map { interface in
      CaptureRequest(
        interface: interface.name, filter: filter.isEmpty ? nil : filter, snapLength: UInt32(clamping: snapshotLength),
        promiscuous: !noPromiscuousMode, cooked: cooked, ringMemory: bufferSize << 20)
    }
  }
}
