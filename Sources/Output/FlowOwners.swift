internal import Flows
public import Wire

/// The processes that flows belong to, and how flows tell of them. The process is that which began where both ends are
/// on this machine; the peer is then the other.
public struct FlowOwners: ~Copyable {
  private var texts = ProcessTexts()

  /// None yet.
  public init() {}

  /// The processes, in the order in which sources told of them; `FlowOwner` has places in it.
  public var processes: [CapturedProcess] { texts.processes }

  /// Takes the next process of the source's table.
  public mutating func add(_ process: CapturedProcess) { texts.add(process) }

  /// The places of the process and of the peer; of only one that is known, the process.
  private func places(_ flow: Flow) -> (process: UInt32?, peer: UInt32?, isAtDestination: Bool) {
    func known(_ place: UInt32) -> UInt32? {
      place < texts.processes.count || place == FlowOwner.kernel ? place : nil
    }
    let (source, destination) = (known(flow.owner.source), known(flow.owner.destination))
    return source == nil ? (destination, nil, destination != nil) : (source, destination, false)
  }

  /// Writes `curl[4242]` where that began the flow, `> nginx[812]` where that was called, and both where both are known.
  func writePhrase(_ flow: Flow, into text: inout TextBuffer) {
    let (process, peer, isAtDestination) = places(flow)
    guard let process else { return }
    if flow.knowsOwnerEnd, isAtDestination { text.append("> ") }
    texts.writePhrase(process, into: &text)
    guard let peer else { return }
    text.append(" > ")
    texts.writePhrase(peer, into: &text)
  }

  /// How the process's and the peer's end were found; where neither process is known, the end of which anything is.
  func attributions(_ flow: Flow) -> (process: FrameAttribution.End, peer: FrameAttribution.End) {
    guard let told = flow.attribution else { return (FrameAttribution.End(), FrameAttribution.End()) }
    let process = places(flow).process
    let isAtDestination =
      process == nil ? told.source.method == .none : places(flow).isAtDestination
    return isAtDestination ? (told.destination, told.source) : (told.source, told.destination)
  }

  /// At which end of a flow the process is; nil where that is not known, or no process.
  func processEnd(of flow: Flow) -> StaticString? {
    let (process, _, isAtDestination) = places(flow)
    guard process != nil, flow.knowsOwnerEnd else { return nil }
    return isAtDestination ? "dst" : "src"
  }

  /// Writes whose a flow is as members of its JSON object, each behind a comma.
  func writeJSON(_ flow: Flow, into text: inout TextBuffer) {
    let (process, peer, _) = places(flow)
    let (how, peerHow) = attributions(flow)
    if let process {
      texts.writeMember(process, how, isPeer: false, into: &text)
      if let end = processEnd(of: flow) {
        text.append(",\"process_end\":\"")
        text.append(end)
        text.append("\"")
      }
    } else if how.method != .none {
      AttributionText.writeJSON(how, isPeer: false, into: &text)
    }
    if let peer {
      texts.writeMember(peer, peerHow, isPeer: true, into: &text)
    } else if peerHow.method != .none {
      AttributionText.writeJSON(peerHow, isPeer: true, into: &text)
    }
  }

  /// Writes a line for each process of a flow.
  func writeLines(_ flow: Flow, into text: inout TextBuffer) {
    let (process, peer, _) = places(flow)
    let (how, peerHow) = attributions(flow)
    for (place, how, title) in [(process, how, "process"), (peer, peerHow, "peer")]
      as [(UInt32?, FrameAttribution.End, StaticString)]
    {
      guard place != nil || how.method != .none else { continue }
      text.append("  ")
      text.append(title)
      text.append(": ")
      if let place {
        texts.writePhrase(place, into: &text)
        if let process = self.process(at: place) { writeRest(process, into: &text) }
        AttributionText.writePhrase(how, into: &text)
      } else {
        text.append("not known")
        AttributionText.writePhrase(how, into: &text)
      }
      text.append("\n")
    }
  }

  private func writeRest(_ process: CapturedProcess, into text: inout TextBuffer) {
    let command = process.arguments.isEmpty ? process.executable : Array(process.arguments.joined(separator: [0x20]))
    let user = process.user.isEmpty ? process.userID.map { Array(String($0).utf8) } ?? [] : process.user
    let container = process.containerName.isEmpty ? process.container : process.containerName
    let facts: [(StaticString, [UInt8])] = [
      (" ", command), (", user ", user), (", container ", container), (", unit ", process.unit),
    ]
    for (name, value) in facts where !value.isEmpty {
      text.append(name)
      withBytes(value) { text.appendEscaped($0, for: .terminal) }
    }
  }

  /// The process and the peer themselves.
  func processes(of flow: Flow) -> (process: CapturedProcess?, peer: CapturedProcess?) {
    let (process, peer, _) = places(flow)
    return (process.flatMap { self.process(at: $0) }, peer.flatMap { self.process(at: $0) })
  }

  /// The process at an end of a flow; where nobody told of the end, it is taken for that which began.
  func process(at place: UInt32) -> CapturedProcess? {
    place < texts.processes.count ? texts.processes[Int(place)] : nil
  }
}
