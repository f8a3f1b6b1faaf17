public import Wire

/// Takes the octets of a conversation in the order in which their receivers' programs read them.
public protocol StreamSink: ~Copyable {
  /// Octets that came next in a direction.
  mutating func data(_ octets: RawSpan, isForward: Bool)
  /// Octets that are missing there: sent, but not captured.
  mutating func gap(_ octets: UInt64, isForward: Bool)
}

/// Puts the octets of one TCP connection, or of one UDP conversation, into order.
///
/// Overlaps are decided as Linux's receiver does (`tcp_data_queue`): what was delivered stays; of two segments that wait,
/// the one that begins earlier has the octets that both have, unless the later one to arrive covers it whole. Missing
/// octets are a gap once their receiver has acknowledged them, since then it has them; not at once, since packets may stand
/// in another order in a file than they went in. Memory is bounded: beyond `limit` waiting octets a direction, the oldest
/// gap is given up.
public struct StreamAssembler: ~Copyable {
  private var forward: StreamDirection
  private var reverse: StreamDirection
  private var fragments = StreamFragments()
  /// How many packets were taken.
  private var count = 0

  /// Nothing taken yet; `limit` octets may wait in each direction.
  public init(limit: Int = 16 << 20) {
    forward = StreamDirection(limit: limit)
    reverse = StreamDirection(limit: limit)
  }

  /// Takes a packet of the conversation; what can be read after it goes into the sink.
  public mutating func take<Sink: StreamSink & ~Copyable>(
    _ packet: borrowing Packet, _ flow: FlowPacket, isForward: Bool, into sink: inout Sink
  ) {
    count &+= 1
    if flow.fragment == .later {
      fragments.add(packet.fragment(of: flow), flow, isForward: isForward)
    } else {
      if flow.fragment == .first { fragments.begin(flow, isForward: isForward) }
      take(packet.payload(of: flow), flow, isForward: isForward, into: &sink)
    }
    while let (flow, piece, _, isForward) = fragments.next() {
      withBytes(piece.octets) { take($0, flow, isForward: isForward, into: &sink) }
    }
    let time = packet.info.timestamp
    let now = time.seconds &* 1_000_000_000 &+ Int64(time.nanoseconds)
    forward.giveUp(at: now, count, isForward: true, into: &sink)
    reverse.giveUp(at: now, count, isForward: false, into: &sink)
  }

  private mutating func take<Sink: StreamSink & ~Copyable>(
    _ payload: RawSpan, _ flow: FlowPacket, isForward: Bool, into sink: inout Sink
  ) {
    guard flow.transport == .tcp else {
      if payload.byteCount > 0 { sink.data(payload, isForward: isForward) }
      let missing = Int(flow.payloadLength) &- payload.byteCount
      if missing > 0 { sink.gap(UInt64(missing), isForward: isForward) }
      return
    }
    if isForward {
      Self.take(payload, flow, &forward, &reverse, isForward: true, into: &sink)
    } else {
      Self.take(payload, flow, &reverse, &forward, isForward: false, into: &sink)
    }
  }

  private static func take<Sink: StreamSink & ~Copyable>(
    _ payload: RawSpan, _ flow: FlowPacket, _ own: inout StreamDirection, _ peer: inout StreamDirection,
    isForward: Bool, into sink: inout Sink
  ) {
    // A connection that has had no data begins again: what the other end acknowledged was of an earlier one.
    if flow.tcp.flags.contains(.synchronize), !flow.tcp.flags.contains(.acknowledgment) {
      own.forgetEmpty()
      peer.forgetEmpty()
    }
    if flow.tcp.flags.contains(.acknowledgment), !flow.tcp.flags.contains(.reset) {
      peer.acknowledge(flow.tcp.acknowledgmentNumber)
    }
    own.take(payload, flow, isForward: isForward, into: &sink)
  }

  /// Hands out what still waits, with its gaps, when no more packets come.
  public mutating func finish<Sink: StreamSink & ~Copyable>(into sink: inout Sink) {
    while let (flow, piece, gap, isForward) = fragments.next(isLast: true) {
      if gap > 0 { sink.gap(UInt64(gap), isForward: isForward) }
      withBytes(piece.octets) { take($0, flow, isForward: isForward, into: &sink) }
    }
    forward.finish(isForward: true, into: &sink)
    reverse.finish(isForward: false, into: &sink)
  }
}

/// One direction of a connection.
struct StreamDirection: ~Copyable {
  private struct Segment {
    /// The number of the first octet.
    var start: UInt32
    /// The number behind the last, captured or not.
    var end: UInt32
    /// What was captured of it, from the first octet on.
    var octets: [UInt8]
  }

  /// The number of the octet that is read next.
  private var next: UInt32?
  /// Segments that wait for those before them, in the order of their numbers.
  private var waiting: [Segment] = []
  private var waitingOctets = 0
  private let limit: Int
  /// The number up to which the receiver has everything, by what it said first and last.
  private var firstAcknowledged: UInt32?
  private var acknowledged: UInt32?
  /// Whether there was an octet.
  private var hasData = false
  /// Since when the next octets are acknowledged without being there: a time, and a count of packets.
  private var overdue: (time: Int64, count: Int)?
  /// So much later in the file than its acknowledgment may a packet stand: nanoseconds, or packets of the conversation.
  private static let grace: (time: Int64, count: Int) = (50_000_000, 16)
  /// Segments that wait at most: each has some memory besides its octets.
  private static let mostSegments = 4096

  init(limit: Int) { self.limit = limit }

  /// Takes a segment.
  mutating func take<Sink: StreamSink & ~Copyable>(
    _ payload: RawSpan, _ flow: FlowPacket, isForward: Bool, into sink: inout Sink
  ) {
    let connects = flow.tcp.flags.contains(.synchronize)
    // A SYN's own number stands before its data: RFC 9293 section 3.4.
    let start = flow.tcp.sequenceNumber &+ (connects ? 1 : 0)
    // What was acknowledged before the first packet is missing, unless that was acknowledged with it.
    if next == nil { next = firstAcknowledged.map { start.isAfter($0) ? $0 : start } ?? start }
    guard let expected = next, flow.payloadLength > 0, !flow.tcp.flags.contains(.reset) else { return }
    hasData = true
    let end = start &+ flow.payloadLength
    // All of it was read before.
    if !end.isAfter(expected) { return }
    if !start.isAfter(expected) {
      let known = Int(expected &- start)
      deliver(payload.slice(from: known), upTo: end, isForward: isForward, into: &sink)
      drain(isForward: isForward, into: &sink)
    } else {
      insert(payload, start, end)
      while waitingOctets > limit || waiting.count > Self.mostSegments { skip(isForward: isForward, into: &sink) }
    }
  }

  /// Forgets what was acknowledged, where there was no data yet.
  mutating func forgetEmpty() {
    guard !hasData else { return }
    (next, firstAcknowledged, acknowledged, overdue) = (nil, nil, nil, nil)
  }

  /// Learns that the receiver has everything before a number.
  mutating func acknowledge(_ number: UInt32) {
    if firstAcknowledged == nil { firstAcknowledged = number }
    acknowledged = number
  }

  /// Gives up octets that were acknowledged a while ago, or in a direction of which nothing was captured.
  mutating func giveUp<Sink: StreamSink & ~Copyable>(
    at time: Int64, _ count: Int, isForward: Bool, into sink: inout Sink
  ) {
    guard let acknowledged, isMissing(before: acknowledged) else {
      overdue = nil
      return
    }
    if next != nil {
      guard let since = overdue else {
        overdue = (time, count)
        return
      }
      guard time &- since.time >= Self.grace.time || count &- since.count >= Self.grace.count else { return }
    }
    overdue = nil
    if waiting.isEmpty { mark(missingBefore: acknowledged, isForward: isForward, into: &sink) }
    skip(isForward: isForward, into: &sink)
  }

  /// Whether the next octets were acknowledged.
  private func isMissing(before number: UInt32) -> Bool {
    if let first = waiting.first { return !first.start.isAfter(number) }
    // One more may be the number of a FIN, which has no octet.
    guard let expected = next ?? firstAcknowledged else { return false }
    return number.isAfter(expected &+ 1)
  }

  private mutating func mark<Sink: StreamSink & ~Copyable>(
    missingBefore number: UInt32, isForward: Bool, into sink: inout Sink
  ) {
    guard let expected = next ?? firstAcknowledged else { return }
    sink.gap(UInt64(number &- expected), isForward: isForward)
    next = number
  }

  /// Hands out what still waits, and what was acknowledged at the end and is missing.
  mutating func finish<Sink: StreamSink & ~Copyable>(isForward: Bool, into sink: inout Sink) {
    while !waiting.isEmpty { skip(isForward: isForward, into: &sink) }
    if let acknowledged, isMissing(before: acknowledged) {
      mark(missingBefore: acknowledged, isForward: isForward, into: &sink)
    }
  }

  /// Gives up the octets before the first segment that waits.
  private mutating func skip<Sink: StreamSink & ~Copyable>(isForward: Bool, into sink: inout Sink) {
    guard let first = waiting.first, let expected = next else { return }
    if first.start.isAfter(expected) {
      sink.gap(UInt64(first.start &- expected), isForward: isForward)
      next = first.start
    }
    drain(isForward: isForward, into: &sink)
  }

  /// Hands out octets from the next on, and a gap where the capture cut them.
  private mutating func deliver<Sink: StreamSink & ~Copyable>(
    _ octets: RawSpan, upTo end: UInt32, isForward: Bool, into sink: inout Sink
  ) {
    guard let expected = next else { return }
    let length = Int(end &- expected)
    let captured = octets.slice(from: 0, length: length)
    if captured.byteCount > 0 { sink.data(captured, isForward: isForward) }
    if captured.byteCount < length { sink.gap(UInt64(length &- captured.byteCount), isForward: isForward) }
    next = end
  }

  /// Hands out the segments that nothing is missing before any more.
  private mutating func drain<Sink: StreamSink & ~Copyable>(isForward: Bool, into sink: inout Sink) {
    var taken = 0
    while taken < waiting.count, let expected = next, !waiting[taken].start.isAfter(expected) {
      let segment = waiting[taken]
      taken &+= 1
      waitingOctets &-= segment.octets.count
      guard segment.end.isAfter(expected) else { continue }
      let known = Int(expected &- segment.start)
      withBytes(segment.octets) { deliver($0.slice(from: known), upTo: segment.end, isForward: isForward, into: &sink) }
    }
    if taken > 0 { waiting.removeFirst(taken) }
  }

  /// Puts a segment among those that wait, as Linux's out-of-order queue does.
  private mutating func insert(_ payload: RawSpan, _ start: UInt32, _ end: UInt32) {
    var place = waiting.count
    while place > 0, waiting[place &- 1].start.isAfter(start) { place &-= 1 }
    // What one that waits has whole is no news; with the same start, the longer one stays.
    if place > 0, !end.isAfter(waiting[place &- 1].end) { return }
    if place > 0, waiting[place &- 1].start == start {
      place &-= 1
      waitingOctets &-= waiting[place].octets.count
      waiting.remove(at: place)
    }
    while place < waiting.count, !waiting[place].end.isAfter(end) {
      waitingOctets &-= waiting[place].octets.count
      waiting.remove(at: place)
    }
    var octets: [UInt8] = []
    octets.reserveCapacity(payload.byteCount)
    for index in 0..<payload.byteCount { octets.append(payload.uint8(at: index)) }
    waitingOctets &+= octets.count
    waiting.insert(Segment(start: start, end: end, octets: octets), at: place)
  }
}
