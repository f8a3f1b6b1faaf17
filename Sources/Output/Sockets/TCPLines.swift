import Sockets
import Wire

/// What the kernel tells of a TCP connection, in lines. See tcp(7).
enum TCPLines {
  static func write(_ socket: SocketRecord, _ details: SocketDetails, into text: inout TextBuffer) {
    let tcp = TCPInformation(details.tcpInformation)
    // A listener has no connection: the kernel fills the structure with other things.
    if socket.state == .listen {
      text.line("tcp") { text in
        guard !details.congestionControl.isEmpty else { return }
        text.append("congestion control ")
        text.append(escaping: details.congestionControl)
      }
      return
    }
    text.line("tcp") { writeConnection(tcp, details, into: &$0) }
    text.line("window") { writeWindow(tcp, into: &$0) }
    text.line("sent") { writeSent(tcp, into: &$0) }
    text.line("received") { writeReceived(tcp, into: &$0) }
    text.line("limited") { writeLimits(tcp, into: &$0) }
  }

  /// Round trips and what the two ends agreed on.
  private static func writeConnection(
    _ tcp: TCPInformation, _ details: SocketDetails, into text: inout TextBuffer
  ) {
    let start = text.count
    if let roundTrip = tcp.value(.roundTripTime), roundTrip > 0 {
      text.append("round trip ")
      text.append(microseconds: roundTrip)
      if let variance = tcp.value(.roundTripVariance) {
        text.append(" \u{00b1} ")
        text.append(microseconds: variance)
      }
      // The kernel begins with the largest number there is.
      if let least = tcp.value(.leastRoundTripTime), least < UInt64(UInt32.max) {
        text.append(" (least ")
        text.append(microseconds: least)
        text.append(")")
      }
    }
    if let timeout = tcp.value(.retransmissionTimeout), timeout > 0 {
      text.separate(from: start)
      text.append("retransmits after ")
      text.append(microseconds: timeout)
    }
    if let size = tcp.value(.sendMSS), size > 0 {
      text.separate(from: start)
      text.fact("segments of ", size)
    }
    if let size = tcp.value(.pathMTU), size > 0 {
      text.separate(from: start)
      text.fact("path MTU ", size)
    }
    if !details.congestionControl.isEmpty {
      text.separate(from: start)
      text.append("congestion control ")
      text.append(escaping: details.congestionControl)
    }
    for name in tcp.negotiated {
      text.separate(from: start)
      text.append(name)
      if let scales = tcp.windowScales, "\(name)" == "window scale" {
        text.fact(" ", UInt64(scales.send), "/")
        text.append(decimal: scales.receive)
      }
    }
  }

  private static func writeWindow(_ tcp: TCPInformation, into text: inout TextBuffer) {
    let start = text.count
    if let window = tcp.value(.congestionWindow) { text.fact("congestion window ", window, " segments") }
    // The kernel's largest number stands for no threshold yet.
    if let threshold = tcp.value(.slowStartThreshold), threshold < 0x7fff_ffff {
      text.separate(from: start)
      text.fact("slow start up to ", threshold)
    }
    if let window = tcp.value(.sendWindow), window > 0 {
      text.separate(from: start)
      text.fact("peer takes ", window)
    }
    if let space = tcp.value(.receiveSpace), space > 0 {
      text.separate(from: start)
      text.fact("receive space ", space)
    }
    if let state = tcp.congestionState {
      text.separate(from: start)
      text.append(state, style: .warning)
    }
  }

  private static func writeSent(_ tcp: TCPInformation, into text: inout TextBuffer) {
    let start = text.count
    if let octets = tcp.value(.octetsSent) { text.fact("", octets, " octets") }
    if let octets = tcp.value(.octetsAcknowledged) {
      text.separate(from: start)
      text.fact("", octets, " acknowledged")
    }
    if let segments = tcp.value(.segmentsSent) {
      text.separate(from: start)
      text.fact("", segments, " segments")
    }
    let counts: [(StaticString, TCPMember)] = [
      (" segments in flight", .unacknowledged), (" octets not sent yet", .octetsNotSent), (" lost", .lost),
      (" retransmissions", .totalRetransmissions), (" octets sent again", .octetsRetransmitted),
      (" without answer since the last timeout", .retransmits), (" reported twice", .duplicatesReported),
      (" with congestion marks", .deliveredWithCongestion), (" window probes", .probes),
    ]
    for (name, member) in counts {
      guard let value = tcp.value(member), value > 0 else { continue }
      text.separate(from: start)
      text.fact("", value, name)
    }
    if let last = tcp.value(.lastDataSent), tcp.value(.dataSegmentsSent) ?? 0 > 0 {
      text.separate(from: start)
      text.append("last ")
      text.append(microseconds: last.multipliedReportingOverflow(by: 1000).partialValue)
      text.append(" ago")
    }
    if let rate = tcp.value(.deliveryRate), rate > 0 {
      text.separate(from: start)
      text.append("delivery rate ")
      text.append(rate: rate)
      if tcp.isApplicationLimited { text.append(" (the program sends no faster)") }
    }
    if let rate = tcp.value(.pacingRate), rate > 0, rate != .max {
      text.separate(from: start)
      text.append("paced at ")
      text.append(rate: rate)
    }
  }

  private static func writeReceived(_ tcp: TCPInformation, into text: inout TextBuffer) {
    let start = text.count
    if let octets = tcp.value(.octetsReceived) { text.fact("", octets, " octets") }
    if let segments = tcp.value(.segmentsReceived) {
      text.separate(from: start)
      text.fact("", segments, " segments")
    }
    if let count = tcp.value(.outOfOrder), count > 0 {
      text.separate(from: start)
      text.fact("", count, " out of order")
    }
    if let last = tcp.value(.lastDataReceived), tcp.value(.dataSegmentsReceived) ?? 0 > 0 {
      text.separate(from: start)
      text.append("last ")
      text.append(microseconds: last.multipliedReportingOverflow(by: 1000).partialValue)
      text.append(" ago")
    }
    if let roundTrip = tcp.value(.receiveRoundTripTime), roundTrip > 0 {
      text.separate(from: start)
      text.append("round trip as seen by the receiver ")
      text.append(microseconds: roundTrip)
    }
  }

  /// What kept it from sending faster, as shares of the time in which there was something to send.
  private static func writeLimits(_ tcp: TCPInformation, into text: inout TextBuffer) {
    guard let busy = tcp.value(.busyTime), busy > 0 else { return }
    text.append("busy for ")
    text.append(microseconds: busy)
    for (name, member) in [
      (", by the peer's window " as StaticString, TCPMember.receiveWindowLimited),
      (", by the send buffer ", .sendBufferLimited),
    ] {
      guard let time = tcp.value(member), time > 0 else { continue }
      text.append(name)
      text.append(decimal: min(time, busy) / max(busy / 100, 1))
      text.append("%")
    }
  }
}
