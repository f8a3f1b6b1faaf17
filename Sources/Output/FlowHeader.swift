public import Flows
public import Wire

/// The lines above a table of flows that somebody watches.
public struct FlowHeader: Sendable {
  /// How many lines it has.
  public static let lines = 3

  /// What is captured on.
  public var interfaces: [String] = []
  /// What is captured; empty where that is all.
  public var filter = ""
  /// How long the capture has lasted, in nanoseconds.
  public var elapsed: UInt64 = 0
  /// How many flows there are now.
  public var flows = 0
  /// How many of them had traffic since the last look.
  public var active = 0
  /// Sums since the beginning.
  public var totals = FlowTotals()
  /// The same at the last look.
  public var before = FlowTotals()
  /// How long ago that was, in nanoseconds.
  public var interval: UInt64 = 0
  /// What the kernel dropped.
  public var dropped: UInt64 = 0
  /// What happened last to an interface.
  public var note = ""

  /// Nothing yet.
  public init() {}

  /// Writes the lines, for a terminal of that many columns.
  public func write(columns: Int, into text: inout TextBuffer) {
    writeSource(columns, into: &text)
    write(UInt64(flows), " flow", " flows", into: &text)
    text.append(", ")
    text.append(decimal: active)
    text.append(" active")
    writeSum(totals.packets, before.packets, " packet", " packets", into: &text)
    writeSum(totals.bytes, before.bytes, " octet", " octets", into: &text)
    text.append("   ")
    if dropped > 0 { text.begin(.warning) }
    text.append(digitsOf: dropped)
    text.append(" dropped")
    if dropped > 0 { text.end() }
    text.append("\n")
    if !note.isEmpty {
      text.begin(.warning)
      text.append(escaping: note)
      text.end()
    }
    text.append("\n")
  }

  private func writeSource(_ columns: Int, into text: inout TextBuffer) {
    var right = TextBuffer(capacity: 256)
    FlowText.write(clock: elapsed, into: &right)
    right.append("  q quits")
    var left = TextBuffer(capacity: 256)
    left.append("sockeye flows on ")
    left.append(escaping: interfaces.joined(separator: ", "))
    if !filter.isEmpty {
      left.append(": ")
      left.append(escaping: filter)
    }
    // Of a long list of interfaces or a long filter the end is left out.
    let room = Swift.max(columns &- right.count &- 2, 0)
    text.begin(.protocolName)
    text.append(left.bytes.slice(from: 0, length: room))
    text.end()
    text.append(repeating: 0x20, count: columns &- Swift.min(left.count, room) &- right.count)
    text.begin(.faint)
    text.append(right.bytes)
    text.end()
    text.append("\n")
  }

  private func writeSum(
    _ sum: UInt64, _ before: UInt64, _ one: StaticString, _ several: StaticString, into text: inout TextBuffer
  ) {
    text.append("   ")
    write(sum, one, several, into: &text)
    var change = FlowChange()
    change.bytes.forward = sum &- before
    change.nanoseconds = interval
    text.append(", ")
    FlowText.write(short: change.byteRate.forward, into: &text)
    text.append("/s")
  }

  private func write(_ value: UInt64, _ one: StaticString, _ several: StaticString, into text: inout TextBuffer) {
    FlowText.write(short: value, into: &text)
    text.append(value == 1 ? one : several)
  }
}

extension FlowText {
  /// Writes how long something has lasted as hours, minutes and seconds.
  static func write(clock nanoseconds: UInt64, into text: inout TextBuffer) {
    let seconds = nanoseconds / 1_000_000_000
    text.append(digitsOf: seconds / 3600, minimumDigits: 2)
    text.append(":")
    text.append(digitsOf: seconds / 60 % 60, minimumDigits: 2)
    text.append(":")
    text.append(digitsOf: seconds % 60, minimumDigits: 2)
  }
}
