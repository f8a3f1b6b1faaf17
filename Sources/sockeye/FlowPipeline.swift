import Flows
import Output
import Wire

/// The way of one packet into its flow: decoded once, counted, and flows that are over are written at once where nothing
/// sorts them. Live capture and reading a file are the same pipeline behind another source.
struct FlowPipeline: ~Copyable {
  /// The flows.
  private(set) var table: FlowTable
  /// The processes that sources told of.
  private(set) var owners = FlowOwners()
  /// Why it stopped by itself; nil where nothing went wrong.
  private(set) var failure: OutputError?
  /// How many packets came through.
  private(set) var count: UInt64 = 0
  /// Flows that were over before the end and are neither written nor kept.
  private(set) var forgotten: UInt64 = 0

  /// Flows that are known and were left out of the table at the end, since its terminal has so few lines.
  var omitted: UInt64 = 0

  let options: Options
  /// How many flows or groups are written at the end.
  var top: Int
  var output: OutputStream
  var filter: FileOwnerFilter
  /// What came to flows since the last look, where somebody watches.
  var rates = FlowRates()
  /// Flows that are over and wait for the end, those of the first ranks.
  var ended: [Flow] = []
  /// Flows that are over, added up.
  var groups: FlowGroups?
  /// Sums over the flows that are over, of the owners that are asked for.
  var endedTotals = FlowTotals()
  private let json: FlowJSONWriter
  private let csv: FlowCSVWriter

  /// A form of output.
  enum Form { case table, json, csv, totals }

  /// What happens to the flows.
  struct Options {
    var form: Form
    var order: FlowOrder
    /// What the table is sorted by while somebody watches.
    var watchOrder = FlowOrder.rate
    /// What groups are sorted by, where that was said.
    var groupOrder: FlowOrder?
    /// Whether flows are sorted or put together, so that none can be written before the end.
    var collects: Bool
    var top: Int
    var grouping: FlowGrouping?
    var isVerbose: Bool
    var seed: UInt16
    /// Stop after that many packets.
    var limit: UInt64
    /// Whether objects tell what they are about, since flows are written more than once.
    var isLive = false
  }

  /// The most flows that are kept for the end after they are over.
  private static let mostEnded = 100_000

  /// A pipeline to a stream of text.
  init(
    _ options: Options, _ tableOptions: FlowTable.Options, _ filter: FileOwnerFilter, output: consuming OutputStream
  ) {
    self.options = options
    top = options.top
    self.filter = filter
    self.output = output
    var tableOptions = tableOptions
    tableOptions.keepsEnded = options.form != .totals || !filter.isEmpty
    table = FlowTable(tableOptions)
    groups = options.grouping.map { FlowGroups(by: $0) }
    json = FlowJSONWriter(communityIDSeed: options.seed)
    csv = FlowCSVWriter(communityIDSeed: options.seed)
    if options.form == .csv, options.grouping == nil { csv.writeNames(into: &self.output.text) }
  }

  /// Begins another source, whose table of processes is its own.
  mutating func beginSource() {
    table.firstProcess = UInt32(truncatingIfNeeded: owners.processes.count)
    filter.beginSource()
  }

  /// Takes the next process of the source's table.
  mutating func add(_ process: CapturedProcess) { add([process][...]) }

  /// Takes further processes of the source's table.
  mutating func add(_ processes: ArraySlice<CapturedProcess>) {
    filter.add(processes)
    for process in processes { owners.add(process) }
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

  /// Takes one frame of a live capture, with how its owner was found.
  mutating func consume(
    _ frame: borrowing Frame, _ layers: borrowing LayerStorage, _ attribution: FrameAttribution
  ) -> Bool {
    table.attribution = attribution
    return consume(frame, layers)
  }

  /// Ends the flows whose timeouts have passed, when no packet may have come.
  mutating func advance(to time: Timestamp) {
    table.advance(to: time)
    if table.hasEnded { takeEnded() }
  }

  /// Whether a flow is of an owner that is asked for.
  func wants(_ flow: Flow) -> Bool { filter.isEmpty || filter.keeps(flow.owner) }

  private mutating func takeEnded() {
    for flow in table.takeEnded() where wants(flow) {
      endedTotals.add(flow)
      if options.form == .totals { continue }
      if groups != nil {
        groups?.add(flow, owners)
      } else if !options.collects {
        write(flow, event: options.isLive ? .end : nil)
      } else {
        ended.append(flow)
        if ended.count >= Self.mostEnded &* 2 { cutEnded(to: Swift.min(Self.mostEnded, options.top)) }
      }
    }
  }

  /// Sorts the flows that are over, and keeps the first of them.
  mutating func cutEnded(to limit: Int) {
    let order = options.order
    ended.sort { left, right in
      let (leftRank, rightRank) = (left.rank(order), right.rank(order))
      if leftRank == rightRank { return left.number < right.number }
      return order == .start ? leftRank < rightRank : leftRank > rightRank
    }
    guard limit < ended.count else { return }
    if limit < options.top { forgotten &+= UInt64(ended.count - limit) }
    ended.removeLast(ended.count - limit)
  }

  /// Writes a flow's object or its line of values.
  mutating func write(_ flow: Flow, event: FlowJSONWriter.Event? = nil) {
    if options.form == .csv {
      csv.write(flow, owners, into: &output.text)
    } else {
      json.write(flow, owners, event: event, into: &output.text)
    }
    endRecord()
  }

  /// Says that what was written is whole.
  mutating func endRecord() {
    guard failure == nil else { return output.text.removeAll() }
    do throws(OutputError) {
      try output.endRecord()
    } catch {
      failure = error
    }
  }

  /// Writes out what was collected; false where that failed.
  @discardableResult
  mutating func flush() -> Bool {
    guard failure == nil else { return false }
    do throws(OutputError) {
      try output.flush()
    } catch {
      failure = error
    }
    return failure == nil
  }
}
