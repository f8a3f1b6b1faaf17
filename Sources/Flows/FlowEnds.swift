public import Wire

/// One end of a flow: an address and a port.
public struct FlowEnd: Equatable, Hashable, Sendable {
  /// The address; an IPv4 address in the low 32 bits.
  public var address: UInt128
  /// The port; for ICMP its type or code, 0 where the protocol has none.
  public var port: UInt16

  /// An end.
  public init(address: UInt128, port: UInt16) {
    self.address = address
    self.port = port
  }
}

/// Which conversation: both ends, and the protocol between them.
public struct FlowEnds: Equatable, Hashable, Sendable {
  /// Who began it.
  public var source: FlowEnd
  /// The other end.
  public var destination: FlowEnd
  /// The protocol over IP.
  public var protocolNumber: IPProtocol
  /// Whether the addresses are IPv6's.
  public var isIPv6: Bool
  /// Whether it is an ICMP message that no answer belongs to.
  public var isOneWay: Bool
  /// Whether its ports, or what ICMP has instead, are known: fragments and cut packets may have none.
  public var knowsPorts: Bool

  /// Ends with their parts.
  public init(
    source: FlowEnd, destination: FlowEnd, protocolNumber: IPProtocol, isIPv6: Bool, isOneWay: Bool = false,
    knowsPorts: Bool = true
  ) {
    self.source = source
    self.destination = destination
    self.protocolNumber = protocolNumber
    self.isIPv6 = isIPv6
    self.isOneWay = isOneWay
    self.knowsPorts = knowsPorts
  }

  /// Whether its ends have ports.
  public var hasPorts: Bool {
    guard knowsPorts else { return false }
    switch protocolNumber {
    case .tcp, .udp, .sctp, .udpLite: return true
    default: return false
    }
  }
}
