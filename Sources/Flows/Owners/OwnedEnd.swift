internal import Linux
internal import Sockets
internal import Wire

/// What one end of a packet is.
struct OwnedEnd {
  var ends: FrameEnds
  /// Whether it is the source.
  var isSource: Bool

  var address: InternetAddress { Self.address(isSource ? ends.source : ends.destination, ends.isIPv6) }
  var other: InternetAddress { Self.address(isSource ? ends.destination : ends.source, ends.isIPv6) }
  var port: UInt16 { isSource ? ends.sourcePort : ends.destinationPort }
  var otherPort: UInt16 { isSource ? ends.destinationPort : ends.sourcePort }

  /// The ends of its socket in a network namespace, as the kernel notes them.
  func connection(in namespace: UInt32) -> ConnectionEnds {
    ConnectionEnds(address, port: port, other, port: otherPort, namespace: namespace)
  }

  private static func address(_ value: UInt128, _ isIPv6: Bool) -> InternetAddress {
    isIPv6 ? .v6(value) : .v4(UInt32(truncatingIfNeeded: value))
  }
}

/// An address and port that a socket without a peer may have.
struct LocalEnd: Hashable {
  var address: UInt128
  var port: UInt16
  var protocolNumber: UInt8
  var isIPv6: Bool

  init(_ end: OwnedEnd) {
    address = end.isSource ? end.ends.source : end.ends.destination
    port = end.port
    protocolNumber = end.ends.protocolNumber.rawValue
    isIPv6 = end.ends.isIPv6
  }
}

/// What is seen of an end before anybody looks for a process: that has to be quick, since sockets may live for a fraction
/// of a millisecond.
enum EndSight {
  /// There is nobody to be looked for.
  case answer(EndAnswer)
  /// These sockets: of one of them the end is, or will be.
  case sockets([SocketRecord], AttributionMethod)
  /// A listener, and no trace of the connection itself: it is about to begin, or is over already.
  case listener([SocketRecord])

  /// Whether there is a socket.
  var hasSocket: Bool {
    if case .answer = self { return false }
    return true
  }

  /// Whether there is a socket of the connection itself, or was a moment ago, as far as that is TCP's.
  var isTrace: Bool {
    switch self {
    case .answer(let answer): answer.isLocal && answer.end.reason == .gone
    case .sockets: true
    case .listener: false
    }
  }

  /// What is seen of an end whose address is of several network namespaces: the sockets that are the likeliest, and where they
  /// are as likely all of them.
  func joined(with other: EndSight) -> EndSight {
    switch (self, other) {
    case (.sockets(let some, let method), .sockets(let more, let otherMethod)) where method == otherMethod:
      return .sockets(some + more, method)
    case (.listener(let some), .listener(let more)): return .listener(some + more)
    default: return other.rank > rank ? other : self
    }
  }

  private var rank: Int {
    switch self {
    case .answer(let answer): !answer.isLocal ? 0 : answer.hasProcess ? 2 : 1
    case .sockets(_, .port): 3
    case .listener: 4
    case .sockets(_, .listener): 5
    case .sockets: 6
    }
  }
}
