internal import Wire

/// Later fragments of a conversation's datagrams, which have neither ports nor numbers: what the first says tells where
/// they stand.
struct StreamFragments {
  /// A datagram that comes in fragments.
  struct Datagram {
    var isForward: Bool
    var identifier: UInt32
    /// The first fragment; nil until that has come.
    var first: FlowPacket?
    /// Where the octets stand that come next, of a protocol that has no numbers itself.
    var next: UInt32 = 0
    var waiting: [Piece] = []
  }

  /// A later fragment.
  struct Piece {
    var offset: UInt32
    /// How many octets it has, captured or not.
    var length: UInt32
    var octets: [UInt8]
  }

  /// Datagrams and pieces of one that are remembered.
  private static let mostDatagrams = 64
  private static let mostPieces = 64

  private var datagrams: [Datagram] = []

  /// Takes a first fragment, whose payload is taken as any packet's.
  mutating func begin(_ flow: FlowPacket, isForward: Bool) {
    let place = place(flow.fragmentIdentifier, isForward)
    datagrams[place].first = flow
    datagrams[place].next = flow.fragmentOffset &+ flow.payloadLength
  }

  /// Takes a later fragment.
  mutating func add(_ octets: RawSpan, _ flow: FlowPacket, isForward: Bool) {
    let place = place(flow.fragmentIdentifier, isForward)
    guard datagrams[place].waiting.count < Self.mostPieces else { return }
    let piece = Piece(
      offset: flow.fragmentOffset, length: flow.payloadLength,
      octets: (0..<octets.byteCount).map { octets.uint8(at: $0) })
    datagrams[place].waiting.append(piece)
    datagrams[place].waiting.sort { $0.offset < $1.offset }
  }

  /// The next piece whose place is known, and what it would say if it were a packet of its own; nil where there is none.
  ///
  /// Of TCP each has one by the first fragment; of UDP it is the one behind what came last, or with `isLast` any.
  mutating func next(isLast: Bool = false) -> (flow: FlowPacket, piece: Piece, gap: UInt32, isForward: Bool)? {
    for place in datagrams.indices {
      guard var flow = datagrams[place].first, let piece = datagrams[place].waiting.first else { continue }
      let expected = datagrams[place].next
      let isInOrder = piece.offset <= expected
      guard flow.transport == .tcp || isInOrder || isLast else { continue }
      datagrams[place].waiting.removeFirst()
      let gap = flow.transport == .tcp || isInOrder ? 0 : piece.offset &- expected
      datagrams[place].next = max(expected, piece.offset &+ piece.length)
      // What was there before is no news, and a datagram has no numbers to tell.
      if flow.transport != .tcp, piece.offset < expected { continue }
      flow.tcp.sequenceNumber &+= (flow.tcp.flags.contains(.synchronize) ? 1 : 0) &+ piece.offset &- flow.fragmentOffset
      flow.tcp.flags.subtract([.synchronize, .acknowledgment])
      flow.payloadLength = piece.length
      return (flow, piece, gap, datagrams[place].isForward)
    }
    return nil
  }

  /// The place of a datagram, made where there is none; the oldest makes room.
  private mutating func place(_ identifier: UInt32, _ isForward: Bool) -> Int {
    if let known = datagrams.lastIndex(where: { $0.identifier == identifier && $0.isForward == isForward }) {
      return known
    }
    if datagrams.count >= Self.mostDatagrams { datagrams.removeFirst() }
    datagrams.append(Datagram(isForward: isForward, identifier: identifier))
    return datagrams.count &- 1
  }
}
