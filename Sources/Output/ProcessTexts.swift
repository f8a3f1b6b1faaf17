import Wire

/// The processes of a source as text: written once for each of them, and copied for each packet.
struct ProcessTexts: ~Copyable {
  private var text = TextBuffer(capacity: 1024)
  private var places: [Place] = []
  /// The processes themselves, for the tree.
  private(set) var processes: [CapturedProcess] = []

  /// Where a process's texts stand.
  private struct Place {
    var start: Int
    /// Where the phrase of a line ends, what is added to a single one, and the JSON object.
    var phraseEnd: Int
    var serviceEnd: Int
    var end: Int
  }

  /// Takes the next process of the source's table.
  mutating func add(_ process: CapturedProcess) {
    let start = text.count
    writePhrase(process)
    let phraseEnd = text.count
    let service = String(decoding: process.unit, as: UTF8.self)
    if service.hasSuffix(".service") {
      text.append(" < systemd:")
      text.append(escaping: service)
    }
    let serviceEnd = text.count
    ProcessJSON.write(process, into: &text)
    places.append(Place(start: start, phraseEnd: phraseEnd, serviceEnd: serviceEnd, end: text.count))
    processes.append(process)
  }

  private mutating func writePhrase(_ process: CapturedProcess) {
    withBytes(process.name.isEmpty ? [UInt8(ascii: "?")] : process.name) { text.appendEscaped($0, for: .terminal) }
    text.append("[")
    text.append(digitsOf: UInt64(process.pid))
    text.append("]")
  }

  /// Writes two spaces and whose a packet is, behind its line; nothing where that is not known.
  @inline(__always)
  func writePhrase(_ owner: FrameOwner, into text: inout TextBuffer) {
    if owner.isKnown { writeKnown(owner, into: &text) }
  }

  private func writeKnown(_ owner: FrameOwner, into text: inout TextBuffer) {
    let own = place(owner.process)
    let peer = place(owner.peer)
    guard own != nil || peer != nil else { return }
    text.append("  ")
    text.begin(.highlight)
    if let own { append(own.start, peer == nil ? own.serviceEnd : own.phraseEnd, to: &text) }
    if let peer {
      text.append(own == nil ? "? > " : " > ")
      append(peer.start, peer.phraseEnd, to: &text)
    }
    text.end()
  }

  /// Writes whose a packet is as members of its JSON object, each behind a comma.
  @inline(__always)
  func writeJSON(_ owner: FrameOwner, into text: inout TextBuffer) {
    guard owner.isKnown else { return }
    if let own = place(owner.process) {
      text.append(",\"process\":")
      append(own.serviceEnd, own.end, to: &text)
    }
    if let peer = place(owner.peer) {
      text.append(",\"peer_process\":")
      append(peer.serviceEnd, peer.end, to: &text)
    }
  }

  /// Writes whose a packet is as lines of its tree.
  func writeTree(_ owner: FrameOwner, _ visitor: inout TreeVisitor) {
    guard owner.isKnown else { return }
    for (place, isPeer) in [(owner.process, false), (owner.peer, true)] where place < processes.count {
      visitor.indentation = 2
      visitor.heading(isPeer ? "peer_process" : "process", nil)
      ProcessTree.write(processes[Int(place)], &visitor)
    }
  }

  /// Writes a process's name and number.
  func writePhrase(_ index: UInt32, into text: inout TextBuffer) {
    if let place = place(index) { append(place.start, place.phraseEnd, to: &text) }
  }

  /// Writes a process as a JSON object.
  func writeObject(_ index: UInt32, into text: inout TextBuffer) {
    if let place = place(index) { append(place.serviceEnd, place.end, to: &text) }
  }

  private func place(_ index: UInt32) -> Place? { index < places.count ? places[Int(index)] : nil }

  private func append(_ start: Int, _ end: Int, to text: inout TextBuffer) {
    text.append(self.text.bytes.slice(from: start, length: end &- start))
  }
}

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
    member("container", process.container, into: &text)
    member("container_name", process.containerName, into: &text)
    member("unit", process.unit, into: &text)
    text.append("}")
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
    line("container", process.container, &visitor)
    line("container_name", process.containerName, &visitor)
    line("unit", process.unit, &visitor)
  }

  private static func line(_ name: StaticString, _ value: [UInt8], _ visitor: inout TreeVisitor) {
    guard !value.isEmpty else { return }
    visitor.begin(name)
    withBytes(value) { visitor.text.appendEscaped($0, for: .terminal) }
    visitor.text.append("\n")
  }
}
