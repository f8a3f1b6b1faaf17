/// What the first octets of a frame are: a LINKTYPE_ value as capture files have it. See pcap-linktype(7).
@frozen
public struct LinkType: RawRepresentable, Hashable, Sendable {
  /// The LINKTYPE_ number.
  public var rawValue: UInt16
  /// A link type by number.
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// BSD loopback: a protocol family in the byte order of the machine that captured.
  public static let null = LinkType(rawValue: 0)
  /// Ethernet.
  public static let ethernet = LinkType(rawValue: 1)
  /// Raw IP, version by its first four bits.
  public static let raw = LinkType(rawValue: 101)
  /// Raw IP as BSD systems number it.
  public static let rawBSD = LinkType(rawValue: 12)
  /// Raw IP as OpenBSD numbers it.
  public static let rawOpenBSD = LinkType(rawValue: 14)
  /// OpenBSD loopback: a protocol family in network byte order.
  public static let loop = LinkType(rawValue: 108)
  /// Linux cooked capture, version 1.
  public static let linuxSLL = LinkType(rawValue: 113)
  /// Raw IPv4.
  public static let ipv4 = LinkType(rawValue: 228)
  /// Raw IPv6.
  public static let ipv6 = LinkType(rawValue: 229)
  /// Apple's packet tap: a header that names the process, and a frame of another link type.
  public static let pktap = LinkType(rawValue: 258)
  /// Linux cooked capture, version 2.
  public static let linuxSLL2 = LinkType(rawValue: 276)

  /// Whether frames are IP packets of either version, with nothing before them.
  public var isRaw: Bool { self == .raw || self == .rawBSD || self == .rawOpenBSD }
}

extension LinkType: CustomStringConvertible {
  /// Its name without the prefix, as pcap_datalink_val_to_name(3PCAP) has it; the number where it has none here.
  public var description: String {
    switch self {
    case .null: "NULL"
    case .ethernet: "EN10MB"
    case .raw: "RAW"
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
  public static let ipv4 = EtherType(rawValue: 0x0800)
  /// Address Resolution Protocol, RFC 826.
  public static let arp = EtherType(rawValue: 0x0806)
  /// Reverse Address Resolution Protocol, RFC 903.
  public static let reverseARP = EtherType(rawValue: 0x8035)
  /// A customer VLAN tag, IEEE 802.1Q.
  public static let vlan = EtherType(rawValue: 0x8100)
  /// Internet Protocol version 6, RFC 2464.
  public static let ipv6 = EtherType(rawValue: 0x86dd)
  /// A second VLAN tag as it was before IEEE 802.1ad.
  public static let oldVLAN = EtherType(rawValue: 0x9100)
  /// A service VLAN tag, IEEE 802.1ad.
  public static let serviceVLAN = EtherType(rawValue: 0x88a8)
  /// An Ethernet frame within a tunnel: transparent Ethernet bridging, RFC 1701.
  public static let transparentEthernet = EtherType(rawValue: 0x6558)
  /// A mirrored Ethernet frame within GRE: ERSPAN type I or II.
  public static let erspan = EtherType(rawValue: 0x88be)

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
  public static let hopByHop = IPProtocol(rawValue: 0)
  /// ICMP, RFC 792.
  public static let icmp = IPProtocol(rawValue: 1)
  /// IGMP, RFC 3376.
  public static let igmp = IPProtocol(rawValue: 2)
  /// IPv4 in IP, RFC 2003.
  public static let ipv4 = IPProtocol(rawValue: 4)
  /// TCP, RFC 9293.
  public static let tcp = IPProtocol(rawValue: 6)
  /// UDP, RFC 768.
  public static let udp = IPProtocol(rawValue: 17)
  /// IPv6 in IP, RFC 2473.
  public static let ipv6 = IPProtocol(rawValue: 41)
  /// IPv6 routing header, RFC 8200.
  public static let routing = IPProtocol(rawValue: 43)
  /// IPv6 fragment header, RFC 8200.
  public static let fragment = IPProtocol(rawValue: 44)
  /// Generic routing encapsulation, RFC 2784.
  public static let gre = IPProtocol(rawValue: 47)
  /// Encapsulating security payload, RFC 4303.
  public static let esp = IPProtocol(rawValue: 50)
  /// Authentication header, RFC 4302.
  public static let authentication = IPProtocol(rawValue: 51)
  /// ICMPv6, RFC 4443.
  public static let icmpv6 = IPProtocol(rawValue: 58)
  /// No next header, RFC 8200.
  public static let noNextHeader = IPProtocol(rawValue: 59)
  /// IPv6 destination options, RFC 8200.
  public static let destinationOptions = IPProtocol(rawValue: 60)
  /// OSPF, RFC 2328.
  public static let ospf = IPProtocol(rawValue: 89)
  /// SCTP, RFC 9260.
  public static let sctp = IPProtocol(rawValue: 132)
  /// UDP-Lite, RFC 3828.
  public static let udpLite = IPProtocol(rawValue: 136)

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
