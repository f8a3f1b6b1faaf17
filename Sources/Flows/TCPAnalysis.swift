internal import Wire

/// The findings about a segment, by the definitions that Wireshark documents under "TCP Analysis" in its user's guide.
///
/// `own` is the side that sent it, `peer` the other one; both are as the segments before it left them.
struct TCPAnalysis {
  /// A segment overtaken no longer ago than this, where the handshake's time is not known, is out of order.
  private static let assumedRoundTrip: Int64 = 3_000_000
  /// A retransmission no later than this behind its duplicate acknowledgments is a fast one.
  private static let fastLimit: Int64 = 20_000_000

  private let segment: TCPValues
  private let length: UInt32
  private let time: Int64
  private let connects: Bool
  private let carriesOn: Bool
  private let isPlain: Bool
  /// What is found.
  private(set) var findings: TCPFindings

  /// An analysis of a segment with that many octets of data, at a time in nanoseconds; some findings may be known.
  @inline(__always)
  init(_ segment: TCPValues, length: UInt32, time: Int64, _ known: TCPFindings) {
    self.segment = segment
    self.length = length
    self.time = time
    let bits = segment.flags.rawValue
    connects = bits & (TCPFlags.synchronize.rawValue | TCPFlags.finish.rawValue) != 0
    carriesOn = length > 0 || connects
    isPlain = bits & (TCPFlags.synchronize.rawValue | TCPFlags.finish.rawValue | TCPFlags.reset.rawValue) == 0
    findings = known
  }

  /// Finds out about the segment, and makes both sides what they are after it.
  @inline(__always)
  mutating func run(_ own: inout TCPSide, _ peer: inout TCPSide, frame: UInt32, handshake: Int64, isMultipath: Bool) {
    checkWindowAndAcknowledgment(&own, peer, isMultipath)
    if segment.acknowledgmentNumber != own.lastAck {
      own.originalFrame = frame
      own.duplicates = 0
    }
    checkAcknowledgedUnseen(&peer)
    if carriesOn { checkRepetition(own, peer, handshake: handshake) }
    moveOn(&own)
  }

  @inline(__always)
  private mutating func checkWindowAndAcknowledgment(_ own: inout TCPSide, _ peer: TCPSide, _ isMultipath: Bool) {
    let sequence = segment.sequenceNumber
    let window = UInt32(segment.window)
    if length == 1, sequence == own.next, peer.window == 0 {
      findings.insert(.zeroWindowProbe)
      return
    }
    if window == 0, isPlain { findings.insert(.zeroWindow) }
    if own.next != 0, sequence.isAfter(own.next), !segment.flags.contains(.reset) { findings.insert(.lostSegment) }
    guard isPlain else { return }
    if length <= 1, sequence == own.next &- 1 { findings.insert(.keepAlive) }
    if length > 0 {
      if peer.windowScale != -1, sequence &+ length == Self.windowEnd(of: peer) { findings.insert(.windowFull) }
      return
    }
    // What is left carries no data, and nothing but perhaps a window.
    guard sequence == own.next, segment.acknowledgmentNumber == own.lastAck else { return }
    if window != own.window {
      if window != 0 { findings.insert(.windowUpdate) }
    } else if window != 0 {
      if peer.lastFindings.contains(.keepAlive) {
        findings.insert(.keepAliveAck)
      } else if !isMultipath || segment.multipath == own.multipath {
        // Another Multipath TCP option makes an acknowledgment one that says something: RFC 8684 section 4.
        own.duplicates = own.duplicates == -1 ? 1 : own.duplicates &+ 1
        findings.insert(.duplicateAck)
      }
    } else if peer.lastFindings.contains(.zeroWindowProbe) {
      findings.insert(.zeroWindowProbeAck)
    }
  }

  @inline(__always)
  private static func windowEnd(of peer: TCPSide) -> UInt32 {
    let shift = peer.known.contains(.unscaled) || peer.windowScale < 0 ? 0 : UInt32(peer.windowScale)
    return peer.lastAck &+ peer.window &<< shift
  }

  @inline(__always)
  private mutating func checkAcknowledgedUnseen(_ peer: inout TCPSide) {
    guard segment.flags.contains(.acknowledgment), peer.continuous != 0,
      segment.acknowledgmentNumber.isAfter(peer.continuous)
    else { return }
    if peer.continuous.isBefore(peer.next) {
      peer.continuous = peer.next
      findings.insert(.ackLostSegment)
    } else {
      // Told once for all acknowledgments while the other side sends nothing.
      if peer.duplicates == 0 { findings.insert(.ackLostSegment) }
      peer.duplicates = -1
    }
  }

  @inline(__always)
  private mutating func checkRepetition(_ own: TCPSide, _ peer: TCPSide, handshake: Int64) {
    if findings.contains(.keepAlive) { return }
    let sequence = segment.sequenceNumber
    // One octet before the next with more behind it: that octet was a probe of a closed window.
    let isBehind = own.next != 0 && sequence.isBefore(own.next) && !(length > 1 && own.next &- 1 == sequence)
    if length > 0, peer.lastAck != 0, !(sequence &+ length).isAfter(peer.lastAck) {
      findings.insert(.spuriousRetransmission)
      return
    }
    guard isBehind else { return }
    // The -1 of an acknowledgment of unseen data counts as very many, as it does in Wireshark.
    if UInt32(bitPattern: peer.duplicates) >= 2, peer.lastAck == sequence,
      Self.isWithin(time &- peer.lastTime, Self.fastLimit)
    {
      findings.insert(.fastRetransmission)
      return
    }
    let roundTrip = handshake == 0 ? Self.assumedRoundTrip : handshake
    if Self.isWithin(time &- own.nextTime, roundTrip), own.next != sequence &+ length &+ (connects ? 1 : 0) {
      findings.insert(.outOfOrder)
      return
    }
    findings.insert(.retransmission)
  }

  /// Whether a time has not passed; one that runs backwards has.
  @inline(__always)
  private static func isWithin(_ difference: Int64, _ limit: Int64) -> Bool {
    UInt64(bitPattern: difference) < UInt64(bitPattern: limit)
  }

  @inline(__always)
  private func moveOn(_ own: inout TCPSide) {
    let isProbe = findings.contains(.zeroWindowProbe)
    let end = segment.sequenceNumber &+ length &+ (connects ? 1 : 0)
    if own.next == 0 || end.isAfter(own.next), !isProbe {
      own.next = end
      own.nextTime = time
    }
    if own.continuous == 0 || segment.sequenceNumber == own.continuous, !isProbe { own.continuous = own.next }
    own.window = UInt32(segment.window)
    own.lastAck = segment.acknowledgmentNumber
    own.lastTime = time
    own.lastFindings = findings
    if segment.multipath != 0 || own.multipath != 0 { own.multipath = segment.multipath }
  }
}
