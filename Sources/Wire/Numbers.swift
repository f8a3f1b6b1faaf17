/// What the first octets of a frame are: a LINKTYPE_ value as capture files have it. See pcap-linktype(7).
@frozen
public struct LinkType: RawRepresentable, Hashable, Sendable {
  /// The LINKTYPE_ number.
  public var rawValue: UInt16
  /// A link type by number.
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// BSD loopback: a protocol family in the byte order of the machine that captured.
  @inlinable public static var null: LinkType { LinkType(rawValue: 0) }
  /// Ethernet.
  @inlinable public static var ethernet: LinkType { LinkType(rawValue: 1) }
  /// PPP, with the address and control of its framing or without them.
  @inlinable public static var ppp: LinkType { LinkType(rawValue: 9) }
  /// PPP in its HDLC-like framing, or Cisco HDLC.
  @inlinable public static var pppHDLC: LinkType { LinkType(rawValue: 50) }
  /// PPP over Ethernet, from its own header on.
  @inlinable public static var pppoe: LinkType { LinkType(rawValue: 51) }
  /// Raw IP, version by its first four bits.
  @inlinable public static var raw: LinkType { LinkType(rawValue: 101) }
  /// Raw IP as BSD systems number it.
  @inlinable public static var rawBSD: LinkType { LinkType(rawValue: 12) }
  /// Raw IP as OpenBSD numbers it.
  @inlinable public static var rawOpenBSD: LinkType { LinkType(rawValue: 14) }
  /// Cisco HDLC.
  @inlinable public static var ciscoHDLC: LinkType { LinkType(rawValue: 104) }
  /// OpenBSD loopback: a protocol family in network byte order.
  @inlinable public static var loop: LinkType { LinkType(rawValue: 108) }
  /// Linux cooked capture, version 1.
  @inlinable public static var linuxSLL: LinkType { LinkType(rawValue: 113) }
  /// Raw IPv4.
  @inlinable public static var ipv4: LinkType { LinkType(rawValue: 228) }
  /// Raw IPv6.
  @inlinable public static var ipv6: LinkType { LinkType(rawValue: 229) }
  /// Apple's packet tap: a header that names the process, and a frame of another link type.
  @inlinable public static var pktap: LinkType { LinkType(rawValue: 258) }
  /// Linux cooked capture, version 2.
  @inlinable public static var linuxSLL2: LinkType { LinkType(rawValue: 276) }

  /// Whether frames are IP packets of either version, with nothing before them.
  public var isRaw: Bool { self == .raw || self == .rawBSD || self == .rawOpenBSD }
}

extension LinkType: CustomStringConvertible {
  /// Its name without the prefix, as pcap_datalink_val_to_name(3PCAP) has it; the number where it has none here.
  public var description: String {
    switch self {
    case .null: "NULL"
    case .ethernet: "EN10MB"
    case .ppp: "PPP"
    case .pppHDLC: "PPP_SERIAL"
    case .pppoe: "PPP_ETHER"
    case .raw: "RAW"
    case .ciscoHDLC: "C_HDLC"
    case .loop: "LOOP"
    case .linuxSLL: "LINUX_SLL"
    case .ipv4: "IPV4"
    case .ipv6: "IPV6"
    case .linuxSLL2: "LINUX_SLL2"
    case .pktap: "PKTAP"
    default: "link type \(rawValue)"
    }
  }
}

/// What an Ethernet payload is. See the IEEE 802 numbers at IANA.
@frozen
public struct EtherType: RawRepresentable, Hashable, Sendable {
  /// The sixteen-bit number.
  public var rawValue: UInt16
  /// An EtherType by number.
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Internet Protocol version 4, RFC 894.
  @inlinable public static var ipv4: EtherType { EtherType(rawValue: 0x0800) }
  /// Address Resolution Protocol, RFC 826.
  @inlinable public static var arp: EtherType { EtherType(rawValue: 0x0806) }
  /// Reverse Address Resolution Protocol, RFC 903.
  @inlinable public static var reverseARP: EtherType { EtherType(rawValue: 0x8035) }
  /// A customer VLAN tag, IEEE 802.1Q.
  @inlinable public static var vlan: EtherType { EtherType(rawValue: 0x8100) }
  /// Internet Protocol version 6, RFC 2464.
  @inlinable public static var ipv6: EtherType { EtherType(rawValue: 0x86dd) }
  /// A second VLAN tag as it was before IEEE 802.1ad.
  @inlinable public static var oldVLAN: EtherType { EtherType(rawValue: 0x9100) }
  /// A service VLAN tag, IEEE 802.1ad.
  @inlinable public static var serviceVLAN: EtherType { EtherType(rawValue: 0x88a8) }
  /// PPP, as GRE numbers it: RFC 2637.
  @inlinable public static var ppp: EtherType { EtherType(rawValue: 0x880b) }
  /// Multiprotocol Label Switching, RFC 3032: to one receiver, or with a label from upstream (RFC 5332).
  @inlinable public static var mpls: EtherType { EtherType(rawValue: 0x8847) }
  /// The same with a label that came from upstream.
  @inlinable public static var mplsUpstream: EtherType { EtherType(rawValue: 0x8848) }
  /// PPP over Ethernet, discovery, RFC 2516.
  @inlinable public static var pppoeDiscovery: EtherType { EtherType(rawValue: 0x8863) }
  /// PPP over Ethernet, a session's packet.
  @inlinable public static var pppoeSession: EtherType { EtherType(rawValue: 0x8864) }
  /// An Ethernet frame within a tunnel: transparent Ethernet bridging, RFC 1701.
  @inlinable public static var transparentEthernet: EtherType { EtherType(rawValue: 0x6558) }
  /// A mirrored Ethernet frame within GRE: ERSPAN type I or II.
  @inlinable public static var erspan: EtherType { EtherType(rawValue: 0x88be) }

  /// Its name in words, where it has one here.
  public var name: StaticString? {
    switch self {
    case .ipv4: "IPv4"
    case .arp: "ARP"
    case .reverseARP: "RARP"
    case .vlan: "802.1Q"
    case .ipv6: "IPv6"
    case .oldVLAN: "802.1Q, old"
    case .serviceVLAN: "802.1ad"
    case .ppp: "PPP"
    case .mpls: "MPLS"
    case .mplsUpstream: "MPLS, label from upstream"
    case .pppoeDiscovery: "PPPoE discovery"
    case .pppoeSession: "PPPoE session"
    case .transparentEthernet: "transparent Ethernet"
    case .erspan: "ERSPAN"
    default: nil
    }
  }
}

/// What an IP payload is. See the protocol numbers at IANA.
@frozen
public struct IPProtocol: RawRepresentable, Hashable, Sendable {
  /// The eight-bit number.
  public var rawValue: UInt8
  /// A protocol by number.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// IPv6 hop-by-hop options, RFC 8200.
  @inlinable public static var hopByHop: IPProtocol { IPProtocol(rawValue: 0) }
  /// ICMP, RFC 792.
  @inlinable public static var icmp: IPProtocol { IPProtocol(rawValue: 1) }
  /// IGMP, RFC 3376.
  @inlinable public static var igmp: IPProtocol { IPProtocol(rawValue: 2) }
  /// IPv4 in IP, RFC 2003.
  @inlinable public static var ipv4: IPProtocol { IPProtocol(rawValue: 4) }
  /// TCP, RFC 9293.
  @inlinable public static var tcp: IPProtocol { IPProtocol(rawValue: 6) }
  /// UDP, RFC 768.
  @inlinable public static var udp: IPProtocol { IPProtocol(rawValue: 17) }
  /// IPv6 in IP, RFC 2473.
  @inlinable public static var ipv6: IPProtocol { IPProtocol(rawValue: 41) }
  /// IPv6 routing header, RFC 8200.
  @inlinable public static var routing: IPProtocol { IPProtocol(rawValue: 43) }
  /// IPv6 fragment header, RFC 8200.
  @inlinable public static var fragment: IPProtocol { IPProtocol(rawValue: 44) }
  /// Generic routing encapsulation, RFC 2784.
  @inlinable public static var gre: IPProtocol { IPProtocol(rawValue: 47) }
  /// Encapsulating security payload, RFC 4303.
  @inlinable public static var esp: IPProtocol { IPProtocol(rawValue: 50) }
  /// Authentication header, RFC 4302.
  @inlinable public static var authentication: IPProtocol { IPProtocol(rawValue: 51) }
  /// ICMPv6, RFC 4443.
  @inlinable public static var icmpv6: IPProtocol { IPProtocol(rawValue: 58) }
  /// No next header, RFC 8200.
  @inlinable public static var noNextHeader: IPProtocol { IPProtocol(rawValue: 59) }
  /// IPv6 destination options, RFC 8200.
  @inlinable public static var destinationOptions: IPProtocol { IPProtocol(rawValue: 60) }
  /// OSPF, RFC 2328.
  @inlinable public static var ospf: IPProtocol { IPProtocol(rawValue: 89) }
  /// SCTP, RFC 9260.
  @inlinable public static var sctp: IPProtocol { IPProtocol(rawValue: 132) }
  /// UDP-Lite, RFC 3828.
  @inlinable public static var udpLite: IPProtocol { IPProtocol(rawValue: 136) }

  /// Its name in words, where it has one here.
  public var name: StaticString? {
    switch self {
    case .hopByHop: "hop-by-hop options"
    case .icmp: "ICMP"
    case .igmp: "IGMP"
    case .ipv4: "IPv4"
    case .tcp: "TCP"
    case .udp: "UDP"
    case .ipv6: "IPv6"
    case .routing: "routing header"
    case .fragment: "fragment header"
    case .gre: "GRE"
    case .esp: "ESP"
    case .authentication: "AH"
    case .icmpv6: "ICMPv6"
    case .noNextHeader: "no next header"
    case .destinationOptions: "destination options"
    case .ospf: "OSPF"
    case .sctp: "SCTP"
    case .udpLite: "UDP-Lite"
    default: nil
    }
  }
}
