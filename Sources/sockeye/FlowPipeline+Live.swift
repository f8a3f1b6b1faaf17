import Flows
import Output
import Wire

/// What is shown while packets come.
extension FlowPipeline {
  /// Looks at what came to each flow since the last look.
  mutating func look() { rates.look(at: table) }

  /// Writes an object for each flow or group with traffic in the last interval, which was that many nanoseconds.
  mutating func writeUpdates(_ interval: UInt64) {
    if options.grouping != nil {
      recentGroups(interval)?.write(
        limit: options.top, asJSON: true, view: .recent, order: options.groupOrder, event: .update, into: &output.text)
    } else {
      let handles = rates.best(
        of: table, by: options.order, limit: filter.isEmpty ? options.top : .max, onlyActive: true)
      var shown = 0
      for handle in handles where shown < options.top && failure == nil {
        let flow = table.flow(handle)
        guard wants(flow) else { continue }
        write(flow, event: .update(change(of: handle, interval)))
        shown += 1
      }
    }
    flush()
  }

  /// Writes the table as it is now, for a terminal of that size: the header, and as many lines as there is room for.
  mutating func paint(_ header: FlowHeader, _ interval: UInt64, rows: Int, columns: Int) {
    var text = TextBuffer(capacity: 1 << 14, color: output.text.color)
    header.write(columns: columns, into: &text)
    // A line of titles stands between.
    let limit = Swift.min(Swift.max(rows - FlowHeader.lines - 1, 0), options.top)
    if options.grouping != nil {
      recentGroups(interval)?.write(limit: limit, asJSON: false, view: .recent, order: options.groupOrder, into: &text)
    } else {
      writeRecent(limit, interval, columns, into: &text)
    }
    TerminalText.repaint(text.bytes, rows: rows, columns: columns, into: &output.text)
    flush()
  }

  private func writeRecent(_ limit: Int, _ interval: UInt64, _ columns: Int, into text: inout TextBuffer) {
    let order = options.watchOrder
    var shown: [(flow: Flow, change: FlowChange)] = []
    for handle in rates.best(of: table, by: order, limit: filter.isEmpty ? limit : .max, onlyActive: false) {
      guard shown.count < limit else { break }
      let flow = table.flow(handle)
      if wants(flow) { shown.append((flow, change(of: handle, interval))) }
    }
    var writer = FlowTableWriter(
      isVerbose: options.isVerbose, communityIDSeed: options.seed, columns: FlowColumn.watched)
    var scratch = TextBuffer(capacity: 256)
    for (flow, _) in shown { writer.measure(flow, owners, &scratch) }
    writer.fit(into: columns)
    writer.writeTitles(into: &text)
    for (flow, change) in shown { writer.write(flow, owners, change, into: &text) }
  }

  /// The groups of the flows that are over and of those that the table holds.
  private func recentGroups(_ interval: UInt64) -> FlowGroups? {
    guard var groups else { return nil }
    for handle in table.sorted(by: .start) {
      let flow = table.flow(handle)
      if wants(flow) { groups.add(flow, owners, change(of: handle, interval)) }
    }
    return groups
  }

  private func change(of handle: FlowHandle, _ interval: UInt64) -> FlowChange {
    var change = rates.change(of: handle)
    change.nanoseconds = interval
    return change
  }
}
