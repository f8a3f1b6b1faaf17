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
  private func places(_ flow: Flow) -> (process: UInt32?, peer: UInt32?) {
    func known(_ place: UInt32) -> UInt32? {
      place < texts.processes.count || place == FlowOwner.kernel ? place : nil
    }
    let (source, destination) = (known(flow.owner.source), known(flow.owner.destination))
    return source == nil ? (destination, nil) : (source, destination)
  }

  /// Writes `curl[4242]` where that began the flow, `> nginx[812]` where that was called, and both where both are known.
  func writePhrase(_ flow: Flow, into text: inout TextBuffer) {
    let (process, peer) = places(flow)
    guard let process else { return }
    if flow.knowsOwnerEnd, process == flow.owner.destination, process != flow.owner.source { text.append("> ") }
    texts.writePhrase(process, into: &text)
    guard let peer else { return }
    text.append(" > ")
    texts.writePhrase(peer, into: &text)
  }

  /// Writes whose a flow is as members of its JSON object, each behind a comma.
  func writeJSON(_ flow: Flow, into text: inout TextBuffer) {
    let (process, peer) = places(flow)
    guard let process else { return }
    texts.writeMember(process, isPeer: false, into: &text)
    if flow.knowsOwnerEnd {
      text.append(process == flow.owner.source ? ",\"process_end\":\"src\"" : ",\"process_end\":\"dst\"")
    }
    guard let peer else { return }
    texts.writeMember(peer, isPeer: true, into: &text)
  }

  /// Writes a line for each process of a flow.
  func writeLines(_ flow: Flow, into text: inout TextBuffer) {
    let (process, peer) = places(flow)
    for (place, title) in [(process, "process"), (peer, "peer")] as [(UInt32?, StaticString)] {
      guard let place else { continue }
      text.append("  ")
      text.append(title)
      text.append(": ")
      texts.writePhrase(place, into: &text)
      if let process = self.process(at: place) { writeRest(process, into: &text) }
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
    let (process, peer) = places(flow)
    return (process.flatMap { self.process(at: $0) }, peer.flatMap { self.process(at: $0) })
  }

  /// The process at an end of a flow; where nobody told of the end, it is taken for that which began.
  func process(at place: UInt32) -> CapturedProcess? {
    place < texts.processes.count ? texts.processes[Int(place)] : nil
  }
}
