import Flows
import Output
import Wire

/// What is written at the end.
extension FlowPipeline {
  /// Writes the flows that there are, and the totals; answers what went wrong.
  ///
  /// A table has at most `lines` lines; `omitted` counts the flows that these leave out.
  mutating func finish(lines: Int = .max) -> OutputError? {
    top = Swift.min(options.top, lines)
    // Every flow has its end in a stream of objects: whoever adds them up needs all.
    if options.isLive, !options.collects { top = .max }
    if options.grouping != nil {
      writeGroups()
    } else if options.form != .totals {
      writeFlows()
    }
    if options.form == .table || options.form == .totals {
      let totals = totals
      if top < options.top, options.grouping == nil { omitted = totals.flows &- Swift.min(UInt64(top), totals.flows) }
      if options.form == .table { output.text.append("\n") }
      FlowText.write(totals, into: &output.text)
    }
    flush()
    return failure
  }

  /// The sums over all flows, or over those of the owners that are asked for.
  private var totals: FlowTotals {
    guard !filter.isEmpty else { return table.totals }
    var totals = endedTotals
    for handle in table.sorted(by: .start) {
      let flow = table.flow(handle)
      if wants(flow) { totals.add(flow) }
    }
    return totals
  }

  private mutating func writeGroups() {
    guard var groups else { return }
    for handle in table.sorted(by: .start) {
      let flow = table.flow(handle)
      if wants(flow) { groups.add(flow, owners) }
    }
    groups.write(
      limit: top, asJSON: options.form == .json, order: options.groupOrder, event: options.isLive ? .end : nil,
      into: &output.text)
  }

  /// Writes the flows that were over before and those that the table holds, as one sorted list.
  private mutating func writeFlows() {
    cutEnded(to: top)
    var lists = FlowLists(table.sorted(by: options.order, limit: filter.isEmpty ? top : .max))
    guard options.form == .table else {
      while let flow = next(of: &lists), failure == nil { write(flow, event: options.isLive ? .end : nil) }
      return
    }
    var writer = FlowTableWriter(isVerbose: options.isVerbose, communityIDSeed: options.seed)
    var scratch = TextBuffer(capacity: 256)
    let start = lists
    while let flow = next(of: &lists) { writer.measure(flow, owners, &scratch) }
    writer.writeTitles(into: &output.text)
    lists = start
    while let flow = next(of: &lists), failure == nil {
      writer.write(flow, owners, into: &output.text)
      endRecord()
    }
  }

  /// How far two sorted lists were read: of the flows that were over before, and of those that the table holds.
  private struct FlowLists {
    let handles: [FlowHandle]
    var ended = 0
    var held = 0
    var shown = 0
    init(_ handles: [FlowHandle]) { self.handles = handles }
  }

  /// The next flow of both sorted lists; nil where there are no more, or enough.
  private func next(of lists: inout FlowLists) -> Flow? {
    guard lists.shown < top else { return nil }
    while lists.held < lists.handles.count {
      let flow = table.flow(lists.handles[lists.held])
      guard wants(flow) else {
        lists.held += 1
        continue
      }
      if lists.ended < ended.count, !comesFirst(flow, ended[lists.ended]) { break }
      lists.held += 1
      lists.shown += 1
      return flow
    }
    guard lists.ended < ended.count else { return nil }
    lists.ended += 1
    lists.shown += 1
    return ended[lists.ended - 1]
  }

  private func comesFirst(_ flow: Flow, _ other: Flow) -> Bool {
    let (own, others) = (flow.rank(options.order), other.rank(options.order))
    if own == others { return flow.number < other.number }
    return options.order == .start ? own < others : own > others
  }
}
