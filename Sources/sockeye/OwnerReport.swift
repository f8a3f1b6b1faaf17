import Flows
import Wire

/// What a capture says at its end of how owners were found.
enum OwnerReport {
  private static let rows: [(AttributionMethod, String)] = [
    (.exact, "exact: the socket with both ends"), (.listener, "listener: who accepts there"),
    (.port, "port: a socket without a peer"), (.cached, "cached: closed since"),
    (.kernel, "kernel: sent or taken by the kernel"), (.unattributed, "not attributed"),
  ]

  /// Writes a table of the methods: how many packets and flows each had.
  static func write(_ counts: OwnerCounts, others: UInt64) {
    if others > 0 { Console.report("\(packets(others)) of other owners left out") }
    let sum = counts.packets.sum
    guard sum > 0 else { return }
    let width = rows.map(\.1.count).max() ?? 0
    Console.report("\(padded("owners found by", width))  \(right("packets"))  \(right("flows"))")
    for (method, name) in rows where counts.packets[method] > 0 || counts.flows[method] > 0 {
      Console.report(
        "  \(padded(name, width - 2))  \(right(String(counts.packets[method])))  \(right(String(counts.flows[method])))"
      )
      guard method == .unattributed else { continue }
      for reason in UnattributedReason.allCases where counts.packets(reason) > 0 {
        Console.report("    \(packets(counts.packets(reason))): \(reason.text)")
      }
    }
  }

  private static func packets(_ count: UInt64) -> String { count == 1 ? "1 packet" : "\(count) packets" }

  static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 0))
  }

  static func right(_ text: String, _ width: Int = 10) -> String {
    String(repeating: " ", count: max(width - text.count, 0)) + text
  }
}
