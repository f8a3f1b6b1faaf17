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
/// octets are a gap as soon as their receiver acknowledges them, since then it has them. Memory is bounded: beyond
/// `limit` waiting octets a direction, the oldest gap is given up.
public struct StreamAssembler: ~Copyable {
  private var forward: StreamDirection
  private var reverse: StreamDirection

  /// Nothing taken yet; `limit` octets may wait in each direction.
  public init(limit: Int = 16 << 20) {
    forward = StreamDirection(limit: limit)
    reverse = StreamDirection(limit: limit)
  }

  /// Takes a packet of the conversation; what can be read after it goes into the sink.
  public mutating func take<Sink: StreamSink & ~Copyable>(
    _ packet: borrowing Packet, _ flow: FlowPacket, isForward: Bool, into sink: inout Sink
  ) {
    let payload = packet.payload(of: flow)
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
    if flow.tcp.flags.contains(.acknowledgment), !flow.tcp.flags.contains(.reset) {
      peer.acknowledge(flow.tcp.acknowledgmentNumber, isForward: !isForward, into: &sink)
    }
    own.take(payload, flow, isForward: isForward, into: &sink)
  }

  /// Hands out what still waits, with its gaps, when no more packets come.
  public mutating func finish<Sink: StreamSink & ~Copyable>(into sink: inout Sink) {
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
    if next == nil { next = start }
    guard let expected = next, flow.payloadLength > 0, !flow.tcp.flags.contains(.reset) else { return }
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

  /// Learns that the receiver has everything before a number.
  mutating func acknowledge<Sink: StreamSink & ~Copyable>(
    _ number: UInt32, isForward: Bool, into sink: inout Sink
  ) {
    guard let expected = next else {
      next = number
      return
    }
    while let first = waiting.first, let now = next, now.isBefore(number), !first.start.isAfter(number) {
      skip(isForward: isForward, into: &sink)
      if next == now { break }
    }
    // One more may be the number of a FIN, which has no octet.
    if waiting.isEmpty, let now = next, number.isAfter(now &+ 1), now == expected {
      sink.gap(UInt64(number &- now), isForward: isForward)
      next = number
    }
  }

  /// Hands out what still waits.
  mutating func finish<Sink: StreamSink & ~Copyable>(isForward: Bool, into sink: inout Sink) {
    while !waiting.isEmpty { skip(isForward: isForward, into: &sink) }
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
