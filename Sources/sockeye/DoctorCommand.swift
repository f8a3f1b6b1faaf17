import ArgumentParser
import Glibc
import Linux
import Wire

/// `sockeye doctor`: what this user can and cannot do here, and the command that mends it.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what this user can capture on this machine, and how to mend what is missing.",
    discussion: """
      Looks at capabilities, the kernel's packet ring and socket lists, libpcap and the interfaces. Ends with 77 where \
      capture is impossible.

      Examples:
        sockeye doctor
        sockeye doctor --json | jq 'select(.state != "ok")'
      """)

  @Flag(name: .customLong("json"), help: "Write one JSON object a line.")
  var json = false

  @Option(
    name: .customLong("color"),
    help: ArgumentHelp("Color the text: auto (on a terminal, unless NO_COLOR is set), always or never."))
  var color: ColorChoice = .auto

  func run() throws {
    let diagnosis = try Diagnosis()
    var text = TextBuffer(color: !json && Console.wantsColor(color, on: STDOUT_FILENO))
    if json {
      for finding in diagnosis.findings { Self.writeObject(finding, into: &text) }
    } else {
      Self.write(diagnosis, into: &text)
    }
    try Console.write(text)
    if !diagnosis.isCapturePossible { throw ExitCode(ExitStatus.noPermission.code) }
  }

  private static func write(_ diagnosis: Diagnosis, into text: inout TextBuffer) {
    text.append(escaping: "sockeye \(Sockeye.version), user \(Machine.effectiveUser)")
    text.append("\n")
    var group = ""
    for finding in diagnosis.findings {
      if finding.group != group {
        group = finding.group
        text.append("\n")
        text.begin(.protocolName)
        text.append(escaping: group)
        text.end()
        text.append("\n")
      }
      write(finding, into: &text)
    }
    text.append("\n")
    if diagnosis.isCapturePossible {
      text.append("Capture is possible.\n")
    } else {
      text.append("Capture is not possible.", style: .warning)
      text.append(" Captures can still be read: sockeye read FILE\n")
    }
  }

  private static func write(_ finding: Finding, into text: inout TextBuffer) {
    let style: TextStyle? =
      switch finding.state {
      case .ok: nil
      case .warning: .highlight
      case .problem: .warning
      }
    text.append("  ")
    if let style { text.begin(style) }
    text.append(escaping: finding.state.rawValue)
    if style != nil { text.end() }
    text.append(repeating: 0x20, count: 9 - finding.state.rawValue.utf8.count)
    text.append(escaping: finding.name)
    text.append(repeating: 0x20, count: max(20 - finding.name.utf8.count, 2))
    text.append(escaping: finding.detail)
    text.append("\n")
    if let remedy = finding.remedy {
      text.append(repeating: 0x20, count: 31)
      text.append("mend: ", style: .faint)
      text.append(escaping: remedy)
      text.append("\n")
    }
  }

  private static func writeObject(_ finding: Finding, into text: inout TextBuffer) {
    text.append("{\"group\":")
    JSONText.write(finding.group, into: &text)
    text.append(",\"name\":")
    JSONText.write(finding.name, into: &text)
    text.append(",\"state\":")
    JSONText.write(finding.state.rawValue, into: &text)
    text.append(",\"detail\":")
    JSONText.write(finding.detail, into: &text)
    if let remedy = finding.remedy {
      text.append(",\"mend\":")
      JSONText.write(remedy, into: &text)
    }
    text.append("}\n")
  }
}
