import ArgumentParser

/// `sockeye read`: the packets of a capture file.
struct ReadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Read a capture file and show its packets.",
    discussion: """
      The file is pcap or pcapng; '-' is standard input. A filter is an expression of pcap-filter(7).

      Examples:
        sockeye read trace.pcapng
        sockeye read -v -c 1 trace.pcapng tcp port 443
        sockeye read --json trace.pcap | jq -r .dns.qry[].name
        sockeye read -q -w dns.pcap trace.pcapng port 53
      """)

  @Argument(help: ArgumentHelp("The file to read, or '-'.", valueName: "file"))
  var file: String

  @OptionGroup var output: OutputOptions

  @Argument(help: ArgumentHelp("What to keep, as in pcap-filter(7).", valueName: "filter"))
  var filter: [String] = []

  /// The filter as one expression; empty where there is none.
  var expression: String { filter.joined(separator: " ") }

  func run() throws {
  }
}
