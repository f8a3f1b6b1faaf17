import CLinux

/// A member of the kernel's struct tcp_info: its name without `tcpi_`, and where it stands. See tcp(7).
public struct TCPMember: Sendable {
  /// The kernel's name for it without `tcpi_`; JSON has it.
  public let name: StaticString
  /// Where the structure has it.
  public let offset: Int
  /// How many octets it has: 1, 4 or 8.
  public let size: Int

  fileprivate init<Value>(_ name: StaticString, _ member: KeyPath<clinux_tcp_info, Value>) {
    self.name = name
    // Every member that is not a bit field has an offset; one without would never be told.
    offset = MemoryLayout<clinux_tcp_info>.offset(of: member) ?? .max
    size = MemoryLayout<Value>.size
  }
}

/// What the kernel tells of a TCP connection: struct tcp_info, as much of it as this kernel has.
///
/// Times are microseconds where the member is `rto`, `ato`, `rtt`, `rttvar`, `rcv_rtt`, `min_rtt`, `busy_time`,
/// `rwnd_limited` or `sndbuf_limited`, and milliseconds where it begins with `last_`; rates are octets a second.
public struct TCPInformation: Sendable {
  private let octets: [UInt8]

  /// The octets as the kernel gave them, in this machine's order.
  public init(_ octets: [UInt8]) { self.octets = octets }

  /// The member's value; nil where the kernel's answer ends before it.
  public func value(_ member: TCPMember) -> UInt64? {
    guard member.offset <= octets.count, member.size <= octets.count &- member.offset else { return nil }
    var value: UInt64 = 0
    // The last octet is the highest: as every machine has it that Swift runs Linux on.
    for place in 0..<member.size {
      value |= UInt64(octets[member.offset &+ place]) &<< UInt64(place &* 8)
    }
    return value
  }

  /// The powers of two that windows are multiplied by: that of what is sent, and of what is received. RFC 7323.
  public var windowScales: (send: UInt8, receive: UInt8)? {
    octet(at: Self.windowScalesOffset).map(Self.windowScales)
  }

  /// Whether the delivery rate was limited by the program, which had no more to send.
  public var isApplicationLimited: Bool {
    octet(at: Self.windowScalesOffset &+ 1).map(Self.isApplicationLimited) ?? false
  }

  /// Where the octet of both scales stands: behind the options, since bit fields have no offset of their own.
  public static let windowScalesOffset = TCPMember.options.offset &+ 1

  /// The scales in their octet.
  public static func windowScales(_ octet: UInt8) -> (send: UInt8, receive: UInt8) { (octet & 0xf, octet >> 4) }

  /// The flag in the octet behind that of the scales.
  public static func isApplicationLimited(_ octet: UInt8) -> Bool { octet & 1 != 0 }

  /// The options that both ends agreed on, such as `timestamps`, `sack`.
  public var negotiated: [StaticString] {
    let bits = Int32(truncatingIfNeeded: value(.options) ?? 0)
    let names: [(Int32, StaticString)] = [
      (TCPI_OPT_TIMESTAMPS, "timestamps"), (TCPI_OPT_SACK, "sack"), (TCPI_OPT_WSCALE, "window scale"),
      (TCPI_OPT_ECN, "ecn"), (TCPI_OPT_ECN_SEEN, "ecn seen"), (TCPI_OPT_SYN_DATA, "data in syn"),
    ]
    return names.filter { bits & $0.0 != 0 }.map(\.1)
  }

  /// What congestion control is about to do, in a word; nil where it is in the ordinary state.
  public var congestionState: StaticString? {
    switch UInt32(truncatingIfNeeded: value(.congestionState) ?? 0) {
    case TCP_CA_Disorder.rawValue: "disorder"
    case TCP_CA_CWR.rawValue: "congestion window reduced"
    case TCP_CA_Recovery.rawValue: "fast recovery"
    case TCP_CA_Loss.rawValue: "loss recovery"
    default: nil
    }
  }

  private func octet(at place: Int) -> UInt8? { octets.indices.contains(place) ? octets[place] : nil }
}

extension TCPMember {
  public static let congestionState = TCPMember("ca_state", \.tcpi_ca_state)
  public static let retransmits = TCPMember("retransmits", \.tcpi_retransmits)
  public static let probes = TCPMember("probes", \.tcpi_probes)
  public static let backoff = TCPMember("backoff", \.tcpi_backoff)
  public static let options = TCPMember("options", \.tcpi_options)
  public static let retransmissionTimeout = TCPMember("rto", \.tcpi_rto)
  public static let acknowledgmentTimeout = TCPMember("ato", \.tcpi_ato)
  public static let sendMSS = TCPMember("snd_mss", \.tcpi_snd_mss)
  public static let receiveMSS = TCPMember("rcv_mss", \.tcpi_rcv_mss)
  public static let unacknowledged = TCPMember("unacked", \.tcpi_unacked)
  public static let selectivelyAcknowledged = TCPMember("sacked", \.tcpi_sacked)
  public static let lost = TCPMember("lost", \.tcpi_lost)
  public static let retransmitted = TCPMember("retrans", \.tcpi_retrans)
  public static let lastDataSent = TCPMember("last_data_sent", \.tcpi_last_data_sent)
  public static let lastDataReceived = TCPMember("last_data_recv", \.tcpi_last_data_recv)
  public static let lastAcknowledgmentReceived = TCPMember("last_ack_recv", \.tcpi_last_ack_recv)
  public static let pathMTU = TCPMember("pmtu", \.tcpi_pmtu)
  public static let receiveThreshold = TCPMember("rcv_ssthresh", \.tcpi_rcv_ssthresh)
  public static let roundTripTime = TCPMember("rtt", \.tcpi_rtt)
  public static let roundTripVariance = TCPMember("rttvar", \.tcpi_rttvar)
  public static let slowStartThreshold = TCPMember("snd_ssthresh", \.tcpi_snd_ssthresh)
  public static let congestionWindow = TCPMember("snd_cwnd", \.tcpi_snd_cwnd)
  public static let advertisedMSS = TCPMember("advmss", \.tcpi_advmss)
  public static let reordering = TCPMember("reordering", \.tcpi_reordering)
  public static let receiveRoundTripTime = TCPMember("rcv_rtt", \.tcpi_rcv_rtt)
  public static let receiveSpace = TCPMember("rcv_space", \.tcpi_rcv_space)
  public static let totalRetransmissions = TCPMember("total_retrans", \.tcpi_total_retrans)
  public static let pacingRate = TCPMember("pacing_rate", \.tcpi_pacing_rate)
  public static let maximumPacingRate = TCPMember("max_pacing_rate", \.tcpi_max_pacing_rate)
  public static let octetsAcknowledged = TCPMember("bytes_acked", \.tcpi_bytes_acked)
  public static let octetsReceived = TCPMember("bytes_received", \.tcpi_bytes_received)
  public static let segmentsSent = TCPMember("segs_out", \.tcpi_segs_out)
  public static let segmentsReceived = TCPMember("segs_in", \.tcpi_segs_in)
  public static let octetsNotSent = TCPMember("notsent_bytes", \.tcpi_notsent_bytes)
  public static let leastRoundTripTime = TCPMember("min_rtt", \.tcpi_min_rtt)
  public static let dataSegmentsReceived = TCPMember("data_segs_in", \.tcpi_data_segs_in)
  public static let dataSegmentsSent = TCPMember("data_segs_out", \.tcpi_data_segs_out)
  public static let deliveryRate = TCPMember("delivery_rate", \.tcpi_delivery_rate)
  public static let busyTime = TCPMember("busy_time", \.tcpi_busy_time)
  public static let receiveWindowLimited = TCPMember("rwnd_limited", \.tcpi_rwnd_limited)
  public static let sendBufferLimited = TCPMember("sndbuf_limited", \.tcpi_sndbuf_limited)
  public static let delivered = TCPMember("delivered", \.tcpi_delivered)
  public static let deliveredWithCongestion = TCPMember("delivered_ce", \.tcpi_delivered_ce)
  public static let octetsSent = TCPMember("bytes_sent", \.tcpi_bytes_sent)
  public static let octetsRetransmitted = TCPMember("bytes_retrans", \.tcpi_bytes_retrans)
  public static let duplicatesReported = TCPMember("dsack_dups", \.tcpi_dsack_dups)
  public static let reorderingSeen = TCPMember("reord_seen", \.tcpi_reord_seen)
  public static let outOfOrder = TCPMember("rcv_ooopack", \.tcpi_rcv_ooopack)
  public static let sendWindow = TCPMember("snd_wnd", \.tcpi_snd_wnd)

  /// All of them that are whole numbers, in the kernel's order.
  public static let all: [TCPMember] = [
    congestionState, retransmits, probes, backoff, options, retransmissionTimeout, acknowledgmentTimeout, sendMSS,
    receiveMSS, unacknowledged, selectivelyAcknowledged, lost, retransmitted, lastDataSent, lastDataReceived,
    lastAcknowledgmentReceived, pathMTU, receiveThreshold, roundTripTime, roundTripVariance, slowStartThreshold,
    congestionWindow, advertisedMSS, reordering, receiveRoundTripTime, receiveSpace, totalRetransmissions, pacingRate,
    maximumPacingRate, octetsAcknowledged, octetsReceived, segmentsSent, segmentsReceived, octetsNotSent,
    leastRoundTripTime, dataSegmentsReceived, dataSegmentsSent, deliveryRate, busyTime, receiveWindowLimited,
    sendBufferLimited, delivered, deliveredWithCongestion, octetsSent, octetsRetransmitted, duplicatesReported,
    reorderingSeen, outOfOrder, sendWindow,
  ]
}
