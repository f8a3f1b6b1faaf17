public import Flows
public import Wire

/// Writes packets as text in one form, with all that a form needs to remember from one packet to the next.
///
/// It allocates nothing per packet: all text goes into the caller's buffer.
public struct PacketFormatter: ~Copyable {
  /// A form of output.
  public enum Style: Sendable {
    /// One line a packet.
    case line
    /// The line, then every layer and field as an indented tree.
    case tree
    /// One JSON object a line.
    case json
  }

  private let style: Style
  private let hexadecimal: Bool
  private var names = InterfaceNames()
  private var processes = ProcessTexts()
  private var line = LineWriter()
  private var tree = TreeWriter()
  private var json = JSONWriter()
  private var sequences = RelativeSequences()
  /// What is noteworthy about TCP segments, which the line does not show.
  private var findings: FindingsTable?

  /// A formatter; with `hexadecimal`, the octets are written too.
  public init(style: Style, hexadecimal: Bool = false) {
    self.style = style
    self.hexadecimal = hexadecimal
  }

  /// Takes the names of the source's interfaces by their index (`FrameInfo.interface`); an empty one is not known.
  ///
  /// Call it again when the source has met another interface.
  public mutating func setInterfaceNames(_ interfaceNames: [String]) { names.set(interfaceNames) }

  /// Takes the next process of the source's table (`FrameInfo.owner`).
  public mutating func add(_ process: CapturedProcess) { processes.add(process) }

  /// Writes a packet with its line end, and what is told of its owners.
  public mutating func write(
    _ packet: borrowing Packet, _ attribution: FrameAttribution = FrameAttribution(), into text: inout TextBuffer
  ) {
    // It is made at the first packet: a formatter that is one of several, and is told of findings, needs none.
    if findings == nil, style != .line { findings = FindingsTable() }
    let findings = findings?.update(packet) ?? FlowTable.Update()
    if style == .json {
      return json.write(packet, names, processes, attribution, findings, withOctets: hexadecimal, into: &text)
    }
    // The connection comes from memory while the time is written.
    let connection = sequences.reference(to: packet.segment())
    line.writeStart(packet.info, names, into: &text)
    writeRest(packet, sequences.bases(for: connection), attribution, findings, into: &text)
  }

  /// The same for a frame's octets, which are decoded into the storage only where that is needed. It is a frame only then:
  /// views that are made and dropped for every packet cost something.
  public mutating func write(
    _ octets: RawSpan, _ info: FrameInfo, in layers: borrowing LayerStorage, sequences: SequenceBases,
    findings: FlowTable.Update, into text: inout TextBuffer
  ) {
    guard style == .line, !hexadecimal, !info.owner.isKnown, info.frameCheckSequenceLength == 0 else {
      return write(
        Packet(Frame(octets, info), in: layers), sequences: sequences, findings: findings, into: &text)
    }
    line.writeStart(info, names, into: &text)
    switch text.append(lineOf: octets, info.linkType, info.checksumOffload, sequences: sequences) {
    case .whole: return
    case .segment: Packet(Frame(octets, info), in: layers).summarizePayload(into: &text, sequences: sequences)
    case .none: Packet(Frame(octets, info), in: layers).summarize(into: &text, sequences: sequences)
    }
    text.append("\n")
  }

  /// The same for a packet of which is known what its sequence numbers count from, and what is noteworthy about it: of
  /// use where packets are written by several formatters, of which none has seen all.
  public mutating func write(
    _ packet: borrowing Packet, sequences: SequenceBases, findings: FlowTable.Update = FlowTable.Update(),
    into text: inout TextBuffer
  ) {
    if style == .json {
      return json.write(
        packet, names, processes, FrameAttribution(), findings, withOctets: hexadecimal, into: &text)
    }
    line.writeStart(packet.info, names, into: &text)
    writeRest(packet, sequences, FrameAttribution(), findings, into: &text)
  }

  /// Writes what follows the time and the interface.
  @inline(__always)
  private mutating func writeRest(
    _ packet: borrowing Packet, _ sequences: SequenceBases, _ attribution: FrameAttribution,
    _ findings: FlowTable.Update, into text: inout TextBuffer
  ) {
    packet.summarize(into: &text, sequences: sequences)
    processes.writePhrase(packet.info.owner, into: &text)
    text.append("\n")
    if style == .tree { tree.write(packet, &line.clock, names, processes, attribution, findings, into: &text) }
    if hexadecimal { HexWriter.write(packet.bytes, into: &text) }
  }
}
