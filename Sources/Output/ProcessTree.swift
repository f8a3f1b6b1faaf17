import Wire

/// Writes a process as indented lines, under the names that JSON has.
enum ProcessTree {
  static func write(_ process: CapturedProcess, _ visitor: inout TreeVisitor) {
    visitor.number("pid", UInt64(process.pid), nil)
    if process.threadID != 0 { visitor.number("tid", UInt64(process.threadID), nil) }
    line("name", process.name, &visitor)
    line("exe", process.executable, &visitor)
    line("cmdline", Array(process.arguments.joined(separator: [0x20])), &visitor)
    if let parent = process.parent { visitor.number("ppid", UInt64(parent), nil) }
    if let user = process.userID { visitor.number("uid", UInt64(user), nil) }
    line("user", process.user, &visitor)
    if let time = process.startTime {
      visitor.time(
        "start_time",
        Timestamp(
          seconds: Int64(clamping: time / 1_000_000_000), nanoseconds: UInt32(truncatingIfNeeded: time % 1_000_000_000))
      )
    }
    line("cgroup", process.controlGroup, &visitor)
    line("container", process.container, &visitor)
    line("container_name", process.containerName, &visitor)
    line("unit", process.unit, &visitor)
    if let namespace = process.networkNamespace { visitor.number("netns", namespace, nil) }
    guard !process.others.isEmpty else { return }
    visitor.begin(process.isOneOfSeveral ? "or" : "also held by")
    for (index, other) in process.others.enumerated() {
      if index > 0 { visitor.text.append(", ") }
      withBytes(other.name) { visitor.text.appendEscaped($0, for: .terminal) }
      visitor.text.append("[")
      visitor.text.append(digitsOf: UInt64(other.pid))
      visitor.text.append("]")
    }
    visitor.text.append("\n")
  }

  private static func line(_ name: StaticString, _ value: [UInt8], _ visitor: inout TreeVisitor) {
    guard !value.isEmpty else { return }
    visitor.begin(name)
    withBytes(value) { visitor.text.appendEscaped($0, for: .terminal) }
    visitor.text.append("\n")
  }
}
