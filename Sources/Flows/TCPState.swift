internal import Wire

/// What is kept of one direction of a TCP connection.
///
/// Sequence numbers are raw, and 0 stands for one that is not known yet, as in the definitions that the findings follow.
struct TCPSide: BitwiseCopyable {
  /// When the segment with the highest number came, in nanoseconds since the Epoch.
  var nextTime: Int64 = 0
  /// When the last segment came.
  var lastTime: Int64 = 0
  /// When the timestamp that an echo is waited for was sent.
  var timestampTime: Int64 = 0
  /// The number behind the highest octet sent.
  var next: UInt32 = 0
  /// The highest number up to which nothing is missing.
  var continuous: UInt32 = 0
  /// The last acknowledgment number.
  var lastAck: UInt32 = 0
  /// The last window, unscaled; all ones before the first.
  var window: UInt32 = .max
  /// The number of the SYN, or one less than the first.
  var base: UInt32 = 0
  /// How often the last acknowledgment was repeated; -1 once an unseen segment was acknowledged with none.
  var duplicates: Int32 = 0
  /// The frame of the acknowledgment that the others repeat.
  var originalFrame: UInt32 = 0
  /// Acknowledgments up to here tell no time, since it was sent more than once.
  var ambiguousEnd: UInt32 = 0
  /// The timestamp that an echo is waited for.
  var timestamp: UInt32 = 0
  /// The oldest segment that an acknowledgment is waited for, and the newest: numbers of `PendingSegment`s.
  var oldest: UInt32 = 0
  var newest: UInt32 = 0
  /// How long acknowledgments of this direction took: a number in the latency store.
  var latency: UInt32 = 0
  /// What was found of the last segment.
  var lastFindings = TCPFindings()
  var multipath: UInt16 = 0
  /// How many segments an acknowledgment is waited for.
  var pending: UInt8 = 0
  var known = Known()

  /// What is known of a direction.
  struct Known: OptionSet, BitwiseCopyable {
    let rawValue: UInt8
    static let base = Known(rawValue: 1)
    /// It has not acknowledged anything since its SYN, so its window is not scaled yet.
    static let unscaled = Known(rawValue: 4)
    static let finished = Known(rawValue: 8)
    static let waitsForEcho = Known(rawValue: 16)
    static let synchronized = Known(rawValue: 32)
    static let ambiguous = Known(rawValue: 64)
  }

  /// The shift of its window; -1: not known, -2: there is none.
  var windowScale: Int8 = -1
}

/// What is kept of a TCP connection.
struct TCPState: BitwiseCopyable {
  /// The side whose address and port are the lower ones.
  var lower = TCPSide()
  /// The other side.
  var upper = TCPSide()
  /// When the last SYN without ACK came; 0: none.
  var synchronizeTime: Int64 = 0
  /// From the SYN to the first acknowledgment after it, in nanoseconds; 0: not known.
  var handshake: Int64 = 0
  /// The number of its counts; 0 while all are zero.
  var counts: UInt32 = 0
  /// Whether options of Multipath TCP came.
  var isMultipath = false
}

/// A segment that is to be acknowledged.
struct PendingSegment: BitwiseCopyable {
  /// When it came, in nanoseconds since the Epoch.
  var time: Int64 = 0
  /// The number behind its last octet.
  var end: UInt32 = 0
  /// The one sent after it.
  var following: UInt32 = 0
}

/// Sequence numbers go round: one is after another when it is less than half a turn ahead. RFC 9293 section 3.4.
extension UInt32 {
  @inline(__always)
  func isAfter(_ other: UInt32) -> Bool { Int32(bitPattern: self &- other) > 0 }
  @inline(__always)
  func isBefore(_ other: UInt32) -> Bool { Int32(bitPattern: self &- other) < 0 }
}
