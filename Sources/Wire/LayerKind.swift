/// The protocols that are decoded here, each with its name in Wireshark.
@frozen
public enum LayerKind: UInt8, Sendable {
  /// Nothing: decoding ends.
  case none
  /// Octets that nothing here decodes.
  case data
  case ethernet, vlan, serviceVLAN
  case arp, ipv4, ipv6
  case tcp, tcpQuoted, udp
  case dns, dnsOverTCP, mdns, llmnr, ntp

  /// The protocol's name as Wireshark's filters, `frame.protocols` and our JSON have it.
  public var name: StaticString {
    switch self {
    case .none: "none"
    case .data: "data"
    case .ethernet: "eth"
    case .vlan: "vlan"
    case .serviceVLAN: "ieee8021ad"
    case .arp: "arp"
    case .ipv4: "ip"
    case .ipv6: "ipv6"
    case .tcp, .tcpQuoted: "tcp"
    case .udp: "udp"
    case .dns, .dnsOverTCP: "dns"
    case .mdns: "mdns"
    case .llmnr: "llmnr"
    case .ntp: "ntp"
    }
  }

  /// The protocol's name in words, for the tree.
  public var title: StaticString {
    switch self {
    case .none: ""
    case .data: "Data"
    case .ethernet: "Ethernet"
    case .vlan: "802.1Q virtual LAN"
    case .serviceVLAN: "802.1ad service VLAN"
    case .arp: "Address Resolution Protocol"
    case .ipv4: "Internet Protocol version 4"
    case .ipv6: "Internet Protocol version 6"
    case .tcp: "Transmission Control Protocol"
    case .tcpQuoted: "Transmission Control Protocol, first octets"
    case .udp: "User Datagram Protocol"
    case .dns, .dnsOverTCP: "Domain Name System"
    case .mdns: "Multicast Domain Name System"
    case .llmnr: "Link-local Multicast Name Resolution"
    case .ntp: "Network Time Protocol"
    }
  }
}
