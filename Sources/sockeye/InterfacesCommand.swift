import ArgumentParser
import Glibc
import Linux
import Wire

/// `sockeye interfaces`: what there is to capture on.
struct InterfacesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "interfaces",
    abstract: "List the network interfaces.",
    discussion: """
      Shows name, index, state, link type, MTU and addresses of each interface of this network namespace, and whether \
      this user may capture on it.

      Examples:
        sockeye interfaces
        sockeye interfaces --json | jq -r 'select(.state == "up").name'
      """)

  @Flag(name: .customLong("json"), help: "Write one JSON object a line.")
  var json = false

  @Option(
    name: .customLong("color"),
    help: ArgumentHelp("Color the text: auto (on a terminal, unless NO_COLOR is set), always or never."))
  var color: ColorChoice = .auto

  func run() throws {
    let mayCapture = try CapturePermission.current().has(.netRaw)
    let interfaces = try InterfaceChoice.all()
    var text = TextBuffer(color: !json && Console.wantsColor(color, on: STDOUT_FILENO))
    if json {
      for interface in interfaces { InterfaceListing.writeObject(interface, mayCapture, into: &text) }
    } else {
      InterfaceListing.writeTable(interfaces, mayCapture, into: &text)
    }
    try Console.write(text)
    if !json, !mayCapture {
      Console.report("sockeye: this user may not capture: it needs CAP_NET_RAW: \(CapturePermission.remedy)")
    }
  }
}
