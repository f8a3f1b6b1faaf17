import Flows
import Output
import Wire

/// The way of one packet into its flow: decoded once, counted, and flows that are over are written at once where nothing
/// sorts them. Live capture and reading a file are the same pipeline behind another source.
struct FlowPipeline: ~Copyable {
  /// The flows.
  private(set) var table: FlowTable
  /// Why it stopped by itself; nil where nothing went wrong.
  private(set) var failure: OutputError?
  /// How many packets came through.
  private(set) var count: UInt64 = 0
  /// Flows that were over before the end and are neither written nor kept.
  private(set) var forgotten: UInt64 = 0

  private let options: Options
  private var output: OutputStream
  private var ended: [Flow] = []
  private let json: FlowJSONWriter
  private let csv: FlowCSVWriter

  /// A form of output.
  enum Form { case table, json, csv, totals }

  /// What happens to the flows.
  struct Options {
    var form: Form
    var order: FlowOrder
    /// Whether flows are sorted or put together, so that none can be written before the end.
    var collects: Bool
    var top: Int
    var grouping: FlowGrouping?
    var isVerbose: Bool
    var seed: UInt16
    /// Stop after that many packets.
    var limit: UInt64
  }

  /// The most flows that are kept for the end after they are over.
  private static let mostEnded = 100_000

  /// A pipeline to a stream of text.
  init(_ options: Options, _ tableOptions: FlowTable.Options, output: consuming OutputStream) {
    self.options = options
    self.output = output
    var tableOptions = tableOptions
    tableOptions.keepsEnded = options.form != .totals
    table = FlowTable(tableOptions)
    json = FlowJSONWriter(communityIDSeed: options.seed)
    csv = FlowCSVWriter(communityIDSeed: options.seed)
    if options.form == .csv, options.grouping == nil { csv.writeNames(into: &self.output.text) }
  }

  /// Takes one frame, whose layers go into the storage; false where it wants no more.
  mutating func consume(_ frame: borrowing Frame, _ layers: borrowing LayerStorage) -> Bool {
    guard failure == nil else { return false }
    count &+= 1
    let packet = Packet(frame, in: layers)
    table.update(packet)
    if table.hasEnded { takeEnded() }
    return failure == nil && count < options.limit
  }

  private mutating func takeEnded() {
    for flow in table.takeEnded() {
      if !options.collects {
        write(flow)
      } else if ended.count < Self.mostEnded {
        ended.append(flow)
      } else {
        forgotten &+= 1
      }
    }
  }

  private mutating func write(_ flow: Flow) {
    if options.form == .csv { csv.write(flow, into: &output.text) } else { json.write(flow, into: &output.text) }
    endRecord()
  }

  private mutating func endRecord() {
    guard failure == nil else { return output.text.removeAll() }
    do throws(OutputError) {
      try output.endRecord()
    } catch {
      failure = error
    }
  }

  /// Writes out what was collected; false where that failed.
  mutating func flush() -> Bool {
    guard failure == nil else { return false }
    do throws(OutputError) {
      try output.flush()
    } catch {
      failure = error
    }
    return failure == nil
  }

  /// Writes the flows that there are, and the totals; answers what went wrong.
  mutating func finish() -> OutputError? {
    if options.grouping != nil {
      writeGroups()
    } else if options.form != .totals {
      writeFlows()
    }
    if options.form == .table || options.form == .totals {
      if options.form == .table { output.text.append("\n") }
      FlowText.write(table.totals, into: &output.text)
    }
    _ = flush()
    return failure
  }

  private mutating func writeGroups() {
    guard let grouping = options.grouping else { return }
    var groups = FlowGroups(by: grouping)
    for flow in ended { groups.add(flow) }
    for handle in table.sorted(by: .start) { groups.add(table.flow(handle)) }
    groups.write(limit: options.top, asJSON: options.form == .json, into: &output.text)
  }

  /// Writes the flows that were over before and those that the table holds, as one sorted list.
  private mutating func writeFlows() {
    let handles = table.sorted(by: options.order, limit: options.top)
    let order = options.order
    ended.sort { left, right in
      let (leftRank, rightRank) = (left.rank(order), right.rank(order))
      if leftRank == rightRank { return left.number < right.number }
      return order == .start ? leftRank < rightRank : leftRank > rightRank
    }
    var writer = FlowTableWriter(isVerbose: options.isVerbose, communityIDSeed: options.seed)
    if options.form == .table {
      var scratch = TextBuffer(capacity: 256)
      forEach(handles) { flow, _ in writer.measure(flow, &scratch) }
      writer.writeTitles(into: &output.text)
      forEachMutating(handles) { flow, text in writer.write(flow, into: &text) }
    } else {
      let (json, csv, isCSV) = (json, csv, options.form == .csv)
      forEachMutating(handles) { flow, text in
        if isCSV { csv.write(flow, into: &text) } else { json.write(flow, into: &text) }
      }
    }
  }

  private func forEach(_ handles: [FlowHandle], _ body: (Flow, Int) -> Void) {
    var (kept, held) = (0, 0)
    for place in 0..<Swift.min(ended.count + handles.count, options.top) {
      body(next(handles, &kept, &held), place)
    }
  }

  private mutating func forEachMutating(_ handles: [FlowHandle], _ body: (Flow, inout TextBuffer) -> Void) {
    var (kept, held) = (0, 0)
    for _ in 0..<Swift.min(ended.count + handles.count, options.top) where failure == nil {
      let flow = next(handles, &kept, &held)
      body(flow, &output.text)
      endRecord()
    }
  }

  /// The next flow of both sorted lists.
  private func next(_ handles: [FlowHandle], _ kept: inout Int, _ held: inout Int) -> Flow {
    guard kept < ended.count else {
      held += 1
      return table.flow(handles[held - 1])
    }
    if held < handles.count {
      let flow = table.flow(handles[held])
      let (own, other) = (flow.rank(options.order), ended[kept].rank(options.order))
      let isFirst = options.order == .start ? own < other : own > other
      if isFirst {
        held += 1
        return flow
      }
    }
    kept += 1
    return ended[kept - 1]
  }
}
