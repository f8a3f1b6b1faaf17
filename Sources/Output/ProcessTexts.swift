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
    /// Where the phrase of a line ends, what is added to a single one, the JSON object, and the JSON list of all that are
    /// meant.
    var phraseEnd: Int
    var serviceEnd: Int
    var objectEnd: Int
    var end: Int
    var isOneOfSeveral: Bool
  }

  /// What stands between a line and whose its packet is.
  private static let gap: StaticString = "  "

  /// How many of several processes a phrase names.
  private static let mostNamed = 3

  /// Takes the next process of the source's table.
  mutating func add(_ process: CapturedProcess) {
    text.append(Self.gap)
    let start = text.count
    writePhrase(process)
    let phraseEnd = text.count
    let service = String(decoding: process.unit, as: UTF8.self)
    if service.hasSuffix(".service"), process.others.isEmpty {
      text.append(" < systemd:")
      text.append(escaping: service)
    }
    let serviceEnd = text.count
    ProcessJSON.write(process, into: &text)
    let objectEnd = text.count
    if !process.others.isEmpty { ProcessJSON.write(allOf: process, into: &text) }
    places.append(
      Place(
        start: start, phraseEnd: phraseEnd, serviceEnd: serviceEnd, objectEnd: objectEnd, end: text.count,
        isOneOfSeveral: process.isOneOfSeveral))
    processes.append(process)
  }

  /// Writes `nginx[812]`; several that may be the owner with strokes between, several that share a socket with commas.
  private mutating func writePhrase(_ process: CapturedProcess) {
    writeName(process)
    for other in process.others.prefix(Self.mostNamed - 1) {
      text.append(process.isOneOfSeveral ? "|" : ",")
      writeName(other)
    }
    let more = process.others.count - (Self.mostNamed - 1)
    if more > 0 {
      text.append(" +")
      text.append(digitsOf: UInt64(more))
    }
  }

  private mutating func writeName(_ process: CapturedProcess) {
    withBytes(process.name.isEmpty ? [UInt8(ascii: "?")] : process.name) { text.appendEscaped($0, for: .terminal) }
    text.append("[")
    text.append(digitsOf: UInt64(process.pid))
    text.append("]")
  }

  /// Writes two spaces and whose a packet is, behind its line; nothing where nothing is told of that.
  @inline(__always)
  func writePhrase(_ owner: FrameOwner, into text: inout TextBuffer) {
    if owner.isKnown { writeKnown(owner, into: &text) }
  }

  private func writeKnown(_ owner: FrameOwner, into text: inout TextBuffer) {
    // Most packets are of one process, and what is written of it stands in one piece.
    if owner.peer == FrameOwner.unknown, !text.color, let place = place(owner.process) {
      return text.append(from: place.start &- Self.gap.utf8CodeUnitCount, to: place.serviceEnd, of: self.text)
    }
    guard hasPhrase(owner.process) || hasPhrase(owner.peer) else { return }
    text.append(Self.gap)
    text.begin(.highlight)
    writePhrase(owner.process, isAlone: !hasPhrase(owner.peer), into: &text)
    if hasPhrase(owner.peer) {
      text.append(" > ")
      writePhrase(owner.peer, isAlone: false, into: &text)
    }
    text.end()
  }

  private func writePhrase(_ index: UInt32, isAlone: Bool, into text: inout TextBuffer) {
    if index == FrameOwner.kernel {
      text.append("[kernel]")
    } else if let place = place(index) {
      append(place.start, isAlone ? place.serviceEnd : place.phraseEnd, to: &text)
    } else {
      text.append("?")
    }
  }

  private func hasPhrase(_ index: UInt32) -> Bool {
    index == FrameOwner.kernel || index == FrameOwner.notFound || place(index) != nil
  }

  /// Writes whose a packet is as members of its JSON object, each behind a comma.
  @inline(__always)
  func writeJSON(_ owner: FrameOwner, _ attribution: FrameAttribution, into text: inout TextBuffer) {
    guard owner.isKnown else { return }
    write(owner.process, attribution.own, isPeer: false, into: &text)
    write(owner.peer, attribution.peer, isPeer: true, into: &text)
  }

  private func write(_ index: UInt32, _ end: FrameAttribution.End, isPeer: Bool, into text: inout TextBuffer) {
    if let place = place(index) {
      if place.isOneOfSeveral {
        text.append(isPeer ? ",\"peer_process_candidates\":" : ",\"process_candidates\":")
        append(place.objectEnd, place.end, to: &text)
      } else {
        text.append(isPeer ? ",\"peer_process\":" : ",\"process\":")
        append(place.serviceEnd, place.objectEnd, to: &text)
        if place.end > place.objectEnd {
          text.append(isPeer ? ",\"peer_process_holders\":" : ",\"process_holders\":")
          append(place.objectEnd, place.end, to: &text)
        }
      }
    }
    if end.method != .none { AttributionText.writeJSON(end, isPeer: isPeer, into: &text) }
  }

  /// Writes whose a packet is as lines of its tree.
  func writeTree(_ owner: FrameOwner, _ attribution: FrameAttribution, _ visitor: inout TreeVisitor) {
    guard owner.isKnown else { return }
    for (index, end, isPeer) in [
      (owner.process, attribution.own, false), (owner.peer, attribution.peer, true),
    ] {
      guard index < processes.count || end.method != .none else { continue }
      visitor.indentation = 2
      visitor.heading(isPeer ? "peer_process" : "process", nil)
      if index < processes.count { ProcessTree.write(processes[Int(index)], &visitor) }
      AttributionText.writeTree(end, &visitor)
    }
  }

  /// Writes a process's name and number.
  func writePhrase(_ index: UInt32, into text: inout TextBuffer) { writePhrase(index, isAlone: false, into: &text) }

  /// Writes a process as a member of a JSON object, behind a comma, and how it was found; several that may be meant as a
  /// list.
  func writeMember(
    _ index: UInt32, _ end: FrameAttribution.End = FrameAttribution.End(), isPeer: Bool, into text: inout TextBuffer
  ) {
    write(index, end, isPeer: isPeer, into: &text)
  }

  private func place(_ index: UInt32) -> Place? { index < places.count ? places[Int(index)] : nil }

  private func append(_ start: Int, _ end: Int, to text: inout TextBuffer) {
    text.append(from: start, to: end, of: self.text)
  }
}
