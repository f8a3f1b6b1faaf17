/// What is noteworthy about a TCP segment, by Wireshark's definitions (`tcp.analysis.*`).
public struct TCPFindings: OptionSet, Sendable, BitwiseCopyable {
  /// A bit for each.
  public let rawValue: UInt32
  /// Findings from bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Data, a SYN or a FIN again, and none of the three kinds below.
  public static let retransmission = TCPFindings(rawValue: 1 << 0)
  /// Sent again within 20 ms of at least two duplicate acknowledgments that ask for it.
  public static let fastRetransmission = TCPFindings(rawValue: 1 << 1)
  /// Sent again though it was acknowledged.
  public static let spuriousRetransmission = TCPFindings(rawValue: 1 << 2)
  /// Earlier data so soon after later data that it was only overtaken: within the handshake's round-trip time, or 3 ms.
  public static let outOfOrder = TCPFindings(rawValue: 1 << 3)
  /// Data after a gap: a segment before it was not captured.
  public static let lostSegment = TCPFindings(rawValue: 1 << 4)
  /// An acknowledgment of data that was not captured.
  public static let ackLostSegment = TCPFindings(rawValue: 1 << 5)
  /// An acknowledgment without data that says nothing new.
  public static let duplicateAck = TCPFindings(rawValue: 1 << 6)
  /// The receiver takes nothing more.
  public static let zeroWindow = TCPFindings(rawValue: 1 << 7)
  /// One octet to see whether the window is open again.
  public static let zeroWindowProbe = TCPFindings(rawValue: 1 << 8)
  /// The answer that it is not.
  public static let zeroWindowProbeAck = TCPFindings(rawValue: 1 << 9)
  /// Nothing new but the window.
  public static let windowUpdate = TCPFindings(rawValue: 1 << 10)
  /// Data up to the very end of the window.
  public static let windowFull = TCPFindings(rawValue: 1 << 11)
  /// At most one octet just before what would be next: is anybody there?
  public static let keepAlive = TCPFindings(rawValue: 1 << 12)
  /// The answer to it.
  public static let keepAliveAck = TCPFindings(rawValue: 1 << 13)
  /// A new connection between the ends of an old one.
  public static let reusedPorts = TCPFindings(rawValue: 1 << 14)
  /// RST: refused or broken off.
  public static let reset = TCPFindings(rawValue: 1 << 15)

  /// How many kinds there are.
  static let kinds = 16

  /// The three kinds of data sent again that Wireshark's `tcp.analysis.retransmission` stands for too.
  static let anyRetransmission: TCPFindings = [.retransmission, .fastRetransmission, .spuriousRetransmission]

  /// The names that Wireshark has, behind `tcp.analysis.`, by the number of the bit; `flags.reset` stands behind `tcp.`.
  public static let names: [StaticString] = [
    "retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order", "lost_segment",
    "ack_lost_segment", "duplicate_ack", "zero_window", "zero_window_probe", "zero_window_probe_ack",
    "window_update", "window_full", "keep_alive", "keep_alive_ack", "reused_ports", "reset",
  ]

  /// The words that Wireshark writes before a packet, by the number of the bit.
  public static let titles: [StaticString] = [
    "TCP Retransmission", "TCP Fast Retransmission", "TCP Spurious Retransmission", "TCP Out-Of-Order",
    "TCP Previous segment not captured", "TCP ACKed unseen segment", "TCP Dup ACK", "TCP ZeroWindow",
    "TCP ZeroWindowProbe", "TCP ZeroWindowProbeAck", "TCP Window Update", "TCP Window Full", "TCP Keep-Alive",
    "TCP Keep-Alive ACK", "TCP Port numbers reused", "",
  ]
}

/// How often each finding was made in one connection, by direction.
public struct TCPCounts: Sendable, BitwiseCopyable {
  var forward = InlineArray<16, UInt32>(repeating: 0)
  var reverse = InlineArray<16, UInt32>(repeating: 0)

  /// All zero.
  public init() {}

  /// How often the finding of a bit was made, both directions together.
  public func total(_ bit: Int) -> UInt64 { UInt64(forward(bit)) &+ UInt64(reverse(bit)) }
  /// How often in the direction of who began.
  public func forward(_ bit: Int) -> UInt32 { bit >= 0 && bit < TCPFindings.kinds ? forward[bit] : 0 }
  /// How often in the other direction.
  public func reverse(_ bit: Int) -> UInt32 { bit >= 0 && bit < TCPFindings.kinds ? reverse[bit] : 0 }

  /// Counts a segment's findings. What Wireshark counts as a retransmission too is one here too.
  mutating func count(_ findings: TCPFindings, isForward: Bool) {
    var rest = findings.rawValue
    if findings.rawValue & TCPFindings.anyRetransmission.rawValue != 0 { rest |= TCPFindings.retransmission.rawValue }
    while rest != 0 {
      let bit = rest.trailingZeroBitCount
      rest &= rest &- 1
      guard bit < TCPFindings.kinds else { return }
      if isForward { forward[bit] &+= 1 } else { reverse[bit] &+= 1 }
    }
  }

  /// Adds the counts of another connection.
  mutating func add(_ other: TCPCounts) {
    for bit in 0..<TCPFindings.kinds {
      forward[bit] &+= other.forward[bit]
      reverse[bit] &+= other.reverse[bit]
    }
  }

  /// Changes the directions, where it turns out that the other end began.
  mutating func swapDirections() { swap(&forward, &reverse) }
}
