import Capture
import Linux
import Output

/// When a live capture began and ended, and its counts, as a capture file tells of them.
enum CaptureFileClock {
  /// Nanoseconds since the Epoch; 0 where the clock cannot be read.
  static var now: UInt64 {
    UInt64(clamping: BootClock.nanosecondsSinceEpoch)
  }

  /// The counts of every interface of a capture that has ended, in their order.
  static func counts(of capture: borrowing LiveCapture, since start: UInt64) -> [PcapngStatistics] {
    var all: [PcapngStatistics] = []
    let end = now
    for index in capture.interfaces.indices {
      let one = capture.statistics(of: index)
      var counts = PcapngStatistics(time: end, received: one.received, dropped: one.dropped)
      counts.delivered = one.captured
      counts.start = start
      counts.end = end
      all.append(counts)
    }
    return all
  }
}
