import ArgumentParser

/// What `capture` and `read` have in common: how many packets, and how they are shown.
struct OutputOptions: ParsableArguments {
  // A value may stand right behind its letter, as with tcpdump: -c2.
  @Option(
    name: [.customShort("c", allowingJoined: true), .long],
    help: ArgumentHelp("Stop after this many packets.", valueName: "number"))
  var count: Int?

  @Option(
    name: [.customShort("w", allowingJoined: true), .long],
    help: ArgumentHelp(
      "Write the packets to a pcap or pcapng file; '-' is standard output, and text then goes to standard error.",
      valueName: "file"))
  var write: String?

  @OptionGroup var file: CaptureFileOptions

  @Flag(name: .shortAndLong, help: "Show every layer and field as an indented tree; with --json nothing more.")
  var verbose = false

  @Flag(name: [.customShort("x"), .customLong("hex")], help: "Show the octets of each packet, in every form.")
  var hex = false

  @Flag(name: .shortAndLong, help: "Show no packets, in no form: decode and count them, and write them where -w says.")
  var quiet = false

  @Flag(name: .customLong("json"), help: "Write one JSON object a line, under Wireshark's field names.")
  var json = false

  @Option(
    name: .customLong("color"),
    help: ArgumentHelp("Color the text: auto (on a terminal, unless NO_COLOR is set), always or never."))
  var color: ColorChoice = .auto

  func validate() throws {
    if let count, count < 1 {
      throw ValidationError("-c takes a number of packets from 1, not \(count)")
    }
    if let write, write.isEmpty {
      throw ValidationError("-w takes the name of a file")
    }
    try file.check(writing: write)
  }

  /// Whether the packets themselves go to standard output, so that text must go to standard error.
  var writesToStandardOutput: Bool { write == "-" }
}
