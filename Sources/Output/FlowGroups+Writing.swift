public import Flows
public import Wire

/// Groups as text.
extension FlowGroups {
  /// What groups are sorted by, and whether what came since the last look is shown.
  public enum View: Sendable {
    /// Those with the most octets come first.
    case total
    /// Those that most octets came of since the last look come first.
    case recent
  }

  /// What an object of a live capture tells of.
  public enum Event: Sendable {
    /// What the groups with traffic in the last interval have come to.
    case update
    /// What all groups have come to at the end.
    case end
  }

  private typealias Row = (name: [UInt8], key: Key, sums: Sums)

  /// The orders that groups can be in; `rate` is that of the last look.
  public static var orders: [FlowOrder] { [.bytes, .packets, .trouble, .rate] }

  /// What a group is sorted by.
  private func rank(_ sums: Sums, _ order: FlowOrder) -> UInt64 {
    switch order {
    case .packets: sums.packets.total
    case .trouble: sums.trouble
    case .rate: sums.change.bytes.total
    default: sums.bytes.total
    }
  }

  /// Writes the groups as a table or a JSON object each; at most `limit` of them.
  public func write(
    limit: Int, asJSON: Bool, view: View = .total, order: FlowOrder? = nil, event: Event? = nil,
    into text: inout TextBuffer
  ) {
    var rows: [Row] = []
    for (key, sums) in groups where event != .update || sums.change.packets.total > 0 {
      var cell = TextBuffer(capacity: 256)
      write(key, asJSON: asJSON, into: &cell)
      rows.append((copy(cell.bytes), key, sums))
    }
    rows.sort { left, right in
      if let order = order ?? (view == .recent ? .rate : nil) {
        let (leftRank, rightRank) = (rank(left.sums, order), rank(right.sums, order))
        if leftRank != rightRank { return leftRank > rightRank }
      }
      let (leftBytes, rightBytes) = (left.sums.bytes.total, right.sums.bytes.total)
      return leftBytes != rightBytes ? leftBytes > rightBytes : left.name.lexicographicallyPrecedes(right.name)
    }
    if limit < rows.count { rows.removeLast(rows.count - limit) }
    if asJSON {
      for row in rows { writeObject(row, event, into: &text) }
    } else {
      let width = Swift.max(rows.map(\.name.count).max() ?? 0, grouping.rawValue.utf8.count)
      writeTitles(width, view, into: &text)
      for row in rows { writeLine(row, width, view, into: &text) }
    }
  }

  private func copy(_ bytes: RawSpan) -> [UInt8] {
    var octets: [UInt8] = []
    for index in 0..<bytes.byteCount { octets.append(bytes.uint8(at: index)) }
    return octets
  }

  private func write(_ key: Key, asJSON: Bool, into text: inout TextBuffer) {
    if asJSON, case .process = key, let process = processes[key] { return ProcessJSON.write(process, into: &text) }
    if asJSON, key == .unknown, grouping.isByOwner { return text.append("null") }
    if asJSON { text.append("\"") }
    switch key {
    case .address(let address, let isIPv6): text.append(address: address, isIPv6: isIPv6)
    case .port(let number, let port):
      if port > 0 {
        text.append(decimal: port)
        text.append("/")
      }
      FlowText.writeProtocol(IPProtocol(rawValue: number), quoted: false, into: &text)
    case .protocolNumber(let number): FlowText.writeProtocol(IPProtocol(rawValue: number), quoted: false, into: &text)
    case .name(let octets): withBytes(octets) { text.appendEscaped($0, for: asJSON ? .json : .terminal) }
    case .process(let pid, _, let name):
      withBytes(name.isEmpty ? [UInt8(ascii: "?")] : name) { text.appendEscaped($0, for: asJSON ? .json : .terminal) }
      text.append("[")
      text.append(decimal: pid)
      text.append("]")
    case .unknown: text.append("-")
    case .others: text.append("(others)")
    }
    if asJSON { text.append("\"") }
  }

  private func writeTitles(_ width: Int, _ view: View, into text: inout TextBuffer) {
    text.begin(.faint)
    let start = text.count
    text.append(escaping: grouping.rawValue.uppercased())
    text.pad(to: width &+ 2, from: start)
    if view == .recent {
      // As in the table of flows that somebody watches, so that a narrow terminal has all of them.
      text.append("BYTES/S      FLOWS     PACKETS      BYTES        TROUBLE")
    } else {
      text.append(
        grouping.isByEnd
          ? "FLOWS     SENT PACKETS/RECEIVED  SENT BYTES/RECEIVED  TROUBLE"
          : "FLOWS     PACKETS FROM/TO SOURCE BYTES FROM/TO SOURCE TROUBLE")
    }
    text.end()
    text.append("\n")
  }

  private func writeLine(_ row: Row, _ width: Int, _ view: View, into text: inout TextBuffer) {
    text.begin(grouping.isByOwner ? .highlight : .endpoint)
    withBytes(row.name) { text.append($0) }
    text.end()
    text.append(repeating: 0x20, count: width &- row.name.count &+ 2)
    var start = text.count
    if view == .recent {
      if row.sums.change.packets.total > 0 {
        FlowText.write(stroke: row.sums.change.byteRate, into: &text)
      } else {
        text.append("-")
      }
      text.pad(to: 13, from: start)
      start = text.count
    }
    text.append(digitsOf: row.sums.flows)
    text.pad(to: 10, from: start)
    let widths = view == .recent ? (13, 13) : (23, 21)
    for (value, columns) in [(row.sums.packets, widths.0), (row.sums.bytes, widths.1)] {
      start = text.count
      FlowText.write(stroke: value, into: &text)
      text.pad(to: columns, from: start)
    }
    text.append(digitsOf: row.sums.trouble)
    text.append("\n")
  }

  private func writeObject(_ row: Row, _ event: Event?, into text: inout TextBuffer) {
    text.append("{\"")
    if let event {
      text.append(event == .update ? "event\":\"update\",\"" : "event\":\"end\",\"")
    }
    text.append(escaping: grouping.rawValue, for: .json)
    text.append("\":")
    withBytes(row.name) { text.append($0) }
    text.append(",\"flows\":")
    text.append(digitsOf: row.sums.flows)
    writeDirections("packets", row.sums.packets, into: &text)
    writeDirections("bytes", row.sums.bytes, into: &text)
    if event == .update {
      text.append(",\"interval\":{\"seconds\":")
      text.append(seconds: row.sums.change.nanoseconds)
      writeDirections("packets", row.sums.change.packets, into: &text)
      writeDirections("bytes", row.sums.change.bytes, into: &text)
      text.append("}")
    }
    text.append(",\"trouble\":")
    text.append(digitsOf: row.sums.trouble)
    text.append("}\n")
  }

  private func writeDirections(_ name: StaticString, _ value: Flow.Directions, into text: inout TextBuffer) {
    text.append(member: name, afterComma: true)
    text.append(grouping.isByEnd ? "{\"sent\":" : "{\"forward\":")
    text.append(digitsOf: value.forward)
    text.append(grouping.isByEnd ? ",\"received\":" : ",\"reverse\":")
    text.append(digitsOf: value.reverse)
    text.append("}")
  }
}
