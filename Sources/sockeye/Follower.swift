import Capture
import Flows
import Glibc
import Output
import Wire

/// The way of one packet into the conversation that is followed.
struct Follower: ~Copyable {
  /// Whether the flow was met.
  var wasFound: Bool { number != nil }
  /// Whether the flow has no stream: it is neither TCP nor UDP.
  private(set) var isUnfollowable = false
  /// How many flows were met.
  var flowCount: UInt64 { table.totals.flows }
  /// How many octets are missing in what was shown.
  var missing: UInt64 { writer.missing.total }

  private let choice: FlowChoice
  private var table: FlowTable
  private var assembler = StreamAssembler()
  private var writer: StreamWriter
  private var output: OutputStream
  private var number: UInt64?
  private var failure: OutputError?
  private var owners = FlowOwners()
  /// The flow when it was met: it may be over, and forgotten, before anything is written.
  private var flow: Flow?
  private var hasHeader: Bool

  init(_ choice: FlowChoice, _ writer: consuming StreamWriter) {
    self.choice = choice
    // The two change their buffers, which therefore have colors both or not at all.
    hasHeader = !writer.isForPeople
    output = OutputStream(descriptor: STDOUT_FILENO, name: "standard output", color: writer.text.color)
    self.writer = writer
    if case .number(let wanted) = choice { self.wanted = wanted } else { wanted = nil }
    var options = FlowTable.Options()
    options.findsHints = false
    table = FlowTable(options)
  }

  private let wanted: UInt64?

  /// Takes the next process of the file's table.
  mutating func add(_ process: CapturedProcess) { owners.add(process) }

  /// Takes one frame; false where it wants no more.
  mutating func consume(_ frame: borrowing Frame, _ layers: borrowing LayerStorage) -> Bool {
    let packet = Packet(frame, in: layers)
    let update = table.update(packet)
    guard update.number != 0 else { return true }
    if number == nil {
      if let wanted {
        if update.number == wanted { number = wanted }
      } else if let flow = packet.flowPacket(), choice.matches(flow) {
        number = update.number
      }
    }
    if flow == nil, number != nil { flow = find() }
    guard update.number == number, let flow = packet.flowPacket() else { return true }
    guard flow.protocolNumber == .tcp || flow.protocolNumber == .udp else {
      isUnfollowable = true
      return false
    }
    writer.begin(packet.info)
    assembler.take(packet, flow, isForward: update.isForward, into: &writer)
    return pass()
  }

  private mutating func pass() -> Bool {
    guard writer.text.count >= 1 << 16 else { return true }
    return write()
  }

  /// The flow as the table has it now.
  private func find() -> Flow? {
    for handle in table.sorted(by: .start) {
      let flow = table.flow(handle)
      if flow.number == number { return flow }
    }
    return nil
  }

  /// Writes which flow it is and whose, as is known by now.
  private mutating func writeHeader() {
    hasHeader = true
    guard let flow = find() ?? flow else { return }
    FlowText.write(headerOf: flow, owners, into: &output.text)
    flush()
  }

  private mutating func write() -> Bool {
    if !hasHeader { writeHeader() }
    swap(&output.text, &writer.text)
    flush()
    return failure == nil
  }

  private mutating func flush() {
    do throws(OutputError) {
      try output.flush()
    } catch {
      failure = failure ?? error
    }
  }

  /// Shows what still waits; answers what went wrong.
  mutating func finish() -> OutputError? {
    if failure == nil {
      assembler.finish(into: &writer)
      writer.finish()
      _ = write()
    }
    return failure
  }
}
