import Wire

/// A process as comments of a packet, in ptcpdump's layout: lines of a key, a colon and a value, in groups of which each
/// is a comment of its own.
///
/// Keys that ptcpdump has not got are in groups of their own, which its reader passes over.
enum ProcessComment {
  /// The comments of a packet of the process: whole pcapng options.
  static func options(of process: CapturedProcess) -> [UInt8] {
    var options: [UInt8] = []
    var group: [UInt8] = []
    append("PID", String(process.pid), to: &group)
    let command = process.executable.isEmpty ? process.name : process.executable
    append("Cmd", command, to: &group)
    if !process.arguments.isEmpty {
      append("Args", Array(process.arguments.joined(separator: [UInt8(ascii: " ")])), to: &group)
    }
    end(&group, in: &options)
    if process.threadID != 0 { append("ThreadId", String(process.threadID), to: &group) }
    end(&group, in: &options)
    if let user = process.userID { append("UserId", String(user), to: &group) }
    end(&group, in: &options)
    if let parent = process.parent { append("ParentPID", String(parent), to: &group) }
    end(&group, in: &options)
    if !process.containerName.isEmpty { append("ContainerName", process.containerName, to: &group) }
    if !process.container.isEmpty { append("ContainerId", process.container, to: &group) }
    end(&group, in: &options)
    if !process.name.isEmpty { append("ProcessName", process.name, to: &group) }
    if !process.user.isEmpty { append("User", process.user, to: &group) }
    if let time = process.startTime { append("StartTime", String(time), to: &group) }
    if !process.unit.isEmpty { append("Unit", process.unit, to: &group) }
    end(&group, in: &options)
    return options
  }

  /// The comment of a packet whose other end is the process: a whole pcapng option.
  static func options(ofPeer process: CapturedProcess) -> [UInt8] {
    var options: [UInt8] = []
    var group: [UInt8] = []
    append("PeerPID", String(process.pid), to: &group)
    append("PeerCmd", process.executable.isEmpty ? process.name : process.executable, to: &group)
    if !process.name.isEmpty { append("PeerName", process.name, to: &group) }
    end(&group, in: &options)
    return options
  }

  private static func append(_ key: StaticString, _ value: String, to group: inout [UInt8]) {
    append(key, Array(value.utf8), to: &group)
  }

  /// Adds a line; an octet that would end it, or act on a terminal, becomes a low line.
  private static func append(_ key: StaticString, _ value: [UInt8], to group: inout [UInt8]) {
    if !group.isEmpty { group.append(UInt8(ascii: "\n")) }
    group += Array("\(key): ".utf8)
    for octet in value { group.append(octet < 0x20 || octet == 0x7f ? UInt8(ascii: "_") : octet) }
  }

  /// Makes the group an option.
  private static func end(_ group: inout [UInt8], in options: inout [UInt8]) {
    guard !group.isEmpty else { return }
    let length = Swift.min(group.count, Int(UInt16.max))
    let code = PcapngOption.comment
    options += [UInt8(truncatingIfNeeded: code), UInt8(truncatingIfNeeded: code >> 8)]
    options += [UInt8(truncatingIfNeeded: length), UInt8(truncatingIfNeeded: length >> 8)]
    options += group.prefix(length)
    options += [UInt8](repeating: 0, count: PcapngBlocks.padded(length) &- length)
    group.removeAll()
  }
}
