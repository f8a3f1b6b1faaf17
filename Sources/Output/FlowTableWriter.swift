public import Flows
public import Wire

/// Writes flows as a table for people: a line each, with `verbose` all that is known below it.
public struct FlowTableWriter {
  private let isVerbose: Bool
  private let seed: UInt16
  private var clock = LocalClock()
  private var columns: [FlowColumn]
  private var widths: [Int]

  /// A writer; `seed` goes into Community ID.
  public init(isVerbose: Bool, communityIDSeed seed: UInt16 = 0, columns: [FlowColumn] = FlowColumn.listed) {
    self.isVerbose = isVerbose
    self.seed = seed
    self.columns = columns
    widths = columns.map(\.leastWidth)
  }

  /// Makes the columns wide enough for a flow.
  public mutating func measure(_ flow: Flow, _ owners: borrowing FlowOwners, _ scratch: inout TextBuffer) {
    for (place, column) in columns.enumerated() {
      scratch.removeAll()
      switch column {
      case .number: scratch.append(digitsOf: flow.number)
      case .source: FlowText.write(flow.ends.source, of: flow.ends, into: &scratch)
      case .destination: FlowText.write(flow.ends.destination, of: flow.ends, into: &scratch)
      case .owner:
        owners.writePhrase(flow, into: &scratch)
        if scratch.count > 0 { widths[place] = Swift.max(widths[place], column.title.utf8CodeUnitCount) }
      default: continue
      }
      widths[place] = Swift.max(widths[place], scratch.count)
    }
  }

  /// Leaves out the columns that do not fit into a line, but the ends, and the notes, which may be cut.
  public mutating func fit(into width: Int) {
    var (kept, used): ([Int], Int) = ([], 0)
    for (place, column) in columns.enumerated() {
      let needed = widths[place] &+ 2
      let stays = column == .source || column == .destination || column == .rate
      guard widths[place] == 0 || stays || used &+ widths[place] <= width else { continue }
      kept.append(place)
      if widths[place] > 0 { used &+= needed }
    }
    columns = kept.map { columns[$0] }
    widths = kept.map { widths[$0] }
  }

  /// Writes the line above the flows. Numbers with a stroke are those of the source, then those of the destination.
  public func writeTitles(into text: inout TextBuffer) {
    text.begin(.faint)
    for (column, width) in zip(columns, widths) where width > 0 {
      let start = text.count
      text.append(column.title)
      if column != columns.last { text.pad(to: width &+ 2, from: start) }
    }
    text.end()
    text.append("\n")
  }

  /// Writes a flow; `change` is what came since the last look, where somebody watches.
  public mutating func write(
    _ flow: Flow, _ owners: borrowing FlowOwners, _ change: FlowChange = FlowChange(), into text: inout TextBuffer
  ) {
    for (column, width) in zip(columns, widths) where width > 0 {
      let style = Self.style(of: column, flow)
      if let style { text.begin(style) }
      let start = text.count
      write(column, flow, owners, change, into: &text)
      let written = text.count &- start
      if style != nil { text.end() }
      text.append(repeating: 0x20, count: width &+ 2 &- written)
    }
    while text.count > 0, text.bytes.uint8(at: text.count &- 1) == 0x20 { text.removeTrailingSpace() }
    text.append("\n")
    if isVerbose { FlowDetails.write(flow, owners, communityIDSeed: seed, into: &text) }
  }

  private static func style(of column: FlowColumn, _ flow: Flow) -> TextStyle? {
    switch column {
    case .start: .time
    case .source, .destination: .endpoint
    case .owner: flow.owner.isKnown ? .highlight : nil
    case .state: flow.state == .reset || flow.state == .synSent ? .warning : nil
    default: nil
    }
  }

  private mutating func write(
    _ column: FlowColumn, _ flow: Flow, _ owners: borrowing FlowOwners, _ change: FlowChange,
    into text: inout TextBuffer
  ) {
    switch column {
    case .number: text.append(digitsOf: flow.number)
    case .start:
      clock.write(flow.start, into: &text)
      // Milliseconds are enough for people.
      text.removeLast(6)
    case .duration: FlowText.write(time: flow.duration, into: &text)
    case .protocol: FlowText.writeProtocol(flow.ends.protocolNumber, quoted: false, into: &text)
    case .source: FlowText.write(flow.ends.source, of: flow.ends, into: &text)
    case .destination: FlowText.write(flow.ends.destination, of: flow.ends, into: &text)
    case .owner: owners.writePhrase(flow, into: &text)
    case .state: text.append(flow.ending == .timeout ? "timed out" : flow.state.word)
    case .packets: FlowText.write(stroke: flow.packets, into: &text)
    case .bytes: FlowText.write(stroke: flow.bytes, into: &text)
    case .rate:
      if change.packets.total > 0 { FlowText.write(stroke: change.byteRate, into: &text) } else { text.append("-") }
    case .roundTrip:
      if let time = flow.tcp?.forward ?? flow.tcp?.reverse ?? flow.exchange?.time {
        FlowText.write(time: time.median, into: &text)
      } else {
        text.append("-")
      }
    case .notes: FlowNotes.write(flow, into: &text)
    }
  }
}
