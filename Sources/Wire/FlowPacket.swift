/// What a packet says of the flow that it belongs to: values, taken out of its headers at once.
@frozen
public struct FlowPacket: Sendable {
  /// The address it comes from; an IPv4 address in the low 32 bits.
  public var source: UInt128 = 0
  /// The address it goes to; an IPv4 address in the low 32 bits.
  public var destination: UInt128 = 0
  /// The port it comes from; for ICMP the type. 0 where the protocol has none, and in later fragments.
  public var sourcePort: UInt16 = 0
  /// The port it goes to; for ICMP the type that answers, or the code where none does.
  public var destinationPort: UInt16 = 0
  /// What IP carries.
  public var protocolNumber = IPProtocol(rawValue: 0)
  /// Whether the addresses are IPv6's.
  public var isIPv6 = false
  /// Whether it is an ICMP message that no answer belongs to.
  public var isOneWay = false
  /// The VLAN that it came in, within a tunnel that of the inner frame: the tag next to the payload in the low twelve bits, a tag before it in the twelve above,
  /// and how many there were from bit 24 on.
  public var vlan: UInt32 = 0
  /// The tunnel that it was in.
  public var tunnel = FlowTunnel()
  /// Whether its ports are there, or what ICMP has instead: not in a later fragment, nor where the capture cut them off.
  public var hasPorts = false
  /// Which fragment of its datagram it is.
  public var fragment = Fragment.none
  /// The number that the fragments of one datagram share.
  public var fragmentIdentifier: UInt32 = 0
  /// Where the payload of a fragment stands in its datagram, in octets: of the first, behind the transport's header.
  public var fragmentOffset: UInt32 = 0
  /// Octets of payload on the wire: after the TCP or UDP header, else after IP.
  public var payloadLength: UInt32 = 0
  /// The layer that carries the payload: `.tcp`, `.udp`, or `.none` for others.
  public var transport = LayerKind.none
  /// What the payload is, as far as it is known.
  public var application = LayerKind.none
  /// The place of the application's layer; 0 where there is none.
  public var applicationIndex: UInt8 = 0
  /// The place of the layer that carries the payload.
  public var transportIndex: UInt8 = 0
  /// The TCP header's values; of no meaning for others.
  public var tcp = TCPValues()

  /// How a packet stands to the datagram that it is of.
  @frozen
  public enum Fragment: UInt8, Sendable {
    /// The whole of it.
    case none
    /// The first part, which has the ports.
    case first
    /// A later part, which has none.
    case later
  }

  /// A packet of nothing.
  @inlinable public init() {}
}

/// What the analysis of a TCP connection needs of one segment.
@frozen
public struct TCPValues: Sendable {
  /// The number of the first octet of the payload.
  public var sequenceNumber: UInt32 = 0
  /// The number of the octet that is expected next.
  public var acknowledgmentNumber: UInt32 = 0
  /// The timestamp option's value, RFC 7323.
  public var timestamp: UInt32 = 0
  /// The timestamp that is echoed.
  public var timestampEcho: UInt32 = 0
  /// The flags.
  public var flags: TCPFlags = []
  /// How many octets the sender would take, before scaling.
  public var window: UInt16 = 0
  /// The window scale option's shift; -1 where it is not there.
  public var windowScale: Int8 = -1
  /// Whether there is a timestamp option.
  public var hasTimestamp = false
  /// Whether the payload's length is known: not in a fragment, nor where IP says less than the header.
  public var hasLength = false
  /// Which Multipath TCP subtypes its options have, a bit each. RFC 8684.
  public var multipath: UInt16 = 0

  /// Values of nothing.
  @inlinable public init() {}
}
