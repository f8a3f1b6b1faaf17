import Wire

/// Writes a process as a JSON object, as sockeye-json(5) documents.
enum ProcessJSON {
  static func write(_ process: CapturedProcess, into text: inout TextBuffer) {
    text.append("{\"pid\":")
    text.append(digitsOf: UInt64(process.pid))
    if process.threadID != 0 { member("tid", UInt64(process.threadID), into: &text) }
    member("name", process.name, into: &text)
    member("exe", process.executable, into: &text)
    if !process.arguments.isEmpty {
      text.append(",\"cmdline\":[")
      for (index, argument) in process.arguments.enumerated() {
        if index > 0 { text.append(",") }
        text.append(jsonString: argument)
      }
      text.append("]")
    }
    if let parent = process.parent { member("ppid", UInt64(parent), into: &text) }
    if let user = process.userID { member("uid", UInt64(user), into: &text) }
    member("user", process.user, into: &text)
    if let time = process.startTime {
      text.append(",\"start_time\":\"")
      text.append(digitsOf: time / 1_000_000_000)
      text.append(".")
      text.append(digitsOf: time % 1_000_000_000, minimumDigits: 9)
      text.append("\"")
    }
    member("cgroup", process.controlGroup, into: &text)
    member("container", process.container, into: &text)
    member("container_name", process.containerName, into: &text)
    member("unit", process.unit, into: &text)
    if let namespace = process.networkNamespace { member("netns", namespace, into: &text) }
    text.append("}")
  }

  /// Writes the numbers and names of all processes that are meant.
  static func write(allOf process: CapturedProcess, into text: inout TextBuffer) {
    text.append("[")
    for (index, one) in ([process] + process.others).enumerated() {
      text.append(index > 0 ? ",{\"pid\":" : "{\"pid\":")
      text.append(digitsOf: UInt64(one.pid))
      member("name", one.name, into: &text)
      text.append("}")
    }
    text.append("]")
  }

  private static func member(_ name: StaticString, _ value: UInt64, into text: inout TextBuffer) {
    text.append(member: name, afterComma: true)
    text.append(digitsOf: value)
  }

  private static func member(_ name: StaticString, _ value: [UInt8], into text: inout TextBuffer) {
    guard !value.isEmpty else { return }
    text.append(member: name, afterComma: true)
    text.append(jsonString: value)
  }
}
