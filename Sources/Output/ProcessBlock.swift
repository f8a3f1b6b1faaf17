import Wire

/// A process as the body of a pcapng block.
enum ProcessBlock {
  /// Writes the body of Apple's Process Information Block: the number, name and path as Apple has them, and all else
  /// in options of local use.
  static func appendDarwin(_ process: CapturedProcess, to body: inout TextBuffer) {
    body.append(little: process.pid)
    body.append(option: PcapngOption.DarwinProcess.name, text(process.name))
    body.append(option: PcapngOption.DarwinProcess.path, process.executable)
    if let uuid = process.uuid { body.append(option: PcapngOption.DarwinProcess.uuid, octets(uuid)) }
    let local = PcapngOption.Process.local
    appendRest(process, arguments: local | PcapngOption.Process.arguments, local, to: &body)
    body.appendEndOfOptions()
  }

  /// Writes the body of a custom block with Wireshark's process information. What is in it is in this byte order in
  /// every file.
  static func appendWireshark(_ process: CapturedProcess, to body: inout TextBuffer) {
    var entry = TextBuffer(capacity: 1024)
    entry.append(little: process.pid)
    entry.append(option: PcapngOption.Process.name, text(process.name))
    entry.append(option: PcapngOption.Process.path, process.executable)
    appendRest(process, arguments: PcapngOption.Process.arguments, 0, uuid: process.uuid, to: &entry)
    entry.appendEndOfOptions()
    body.append(little: PcapngOption.Process.enterprise)
    body.append(little: PcapngOption.Process.entry)
    body.append(little: UInt32(clamping: entry.count))
    body.append(entry.bytes)
  }

  /// Writes what both have under the same codes, but for what is added to those of Wireshark's.
  private static func appendRest(
    _ process: CapturedProcess, arguments: UInt16, _ local: UInt16, uuid: UInt128? = nil, to body: inout TextBuffer
  ) {
    body.append(option: arguments, Array(process.arguments.joined(separator: [0])))
    if let parent = process.parent { body.append(option: local | PcapngOption.Process.parent, number: parent) }
    if let user = process.userID { body.append(option: local | PcapngOption.Process.userID, number: user) }
    body.append(option: local | PcapngOption.Process.user, text(process.user))
    if let uuid { body.append(option: PcapngOption.Process.uuid, octets(uuid)) }
    if let time = process.startTime { body.append(option: local | PcapngOption.Process.startTime, number: time) }
    body.append(option: PcapngOption.Process.container, text(process.container))
    body.append(option: PcapngOption.Process.containerName, text(process.containerName))
    body.append(option: PcapngOption.Process.unit, text(process.unit))
  }

  /// Octets that are to be UTF-8, as pcapng has all text.
  private static func text(_ octets: [UInt8]) -> [UInt8] {
    Array(String(decoding: octets, as: UTF8.self).utf8)
  }

  /// The octets of a number, the highest first.
  private static func octets(_ number: UInt128) -> [UInt8] {
    (0..<16).map { UInt8(truncatingIfNeeded: number >> UInt128(120 - 8 * $0)) }
  }
}
