/// The protocols that are decoded here, each with its name in Wireshark.
@frozen
public enum LayerKind: UInt8, Sendable {
  /// Nothing: decoding ends.
  case none
  /// Octets that nothing here decodes.
  case data
  case ethernet, vlan, serviceVLAN, llc
  case ppp, framedPPP, pppoeSession, pppoeDiscovery, mpls, pseudowire, ciscoHDLC, slarp
  case linuxCooked, linuxCooked2, loopback, pktap
  case arp, ipv4, ipv6
  case hopByHop, routing, fragment, destinationOptions, authentication
  case icmp, icmpv6
  case tcp, tcpQuoted, udp
  case gre, erspan, vxlan, geneve, gtp, teredo, l2tp, esp
  case dns, dnsOverTCP, mdns, llmnr, ntp, ntpControl, dhcp, http, tls

  /// The protocol's name as Wireshark's filters, `frame.protocols` and our JSON have it.
  public var name: StaticString {
    switch self {
    case .none: "none"
    case .data: "data"
    case .ethernet: "eth"
    case .vlan: "vlan"
    case .serviceVLAN: "ieee8021ad"
    case .llc: "llc"
    case .ppp, .framedPPP: "ppp"
    case .pppoeSession: "pppoes"
    case .pppoeDiscovery: "pppoed"
    case .mpls: "mpls"
    case .pseudowire: "pwethcw"
    case .ciscoHDLC: "chdlc"
    case .slarp: "slarp"
    case .linuxCooked, .linuxCooked2: "sll"
    case .loopback: "null"
    case .pktap: "pktap"
    case .arp: "arp"
    case .ipv4: "ip"
    case .ipv6: "ipv6"
    case .hopByHop: "ipv6.hopopts"
    case .routing: "ipv6.routing"
    case .fragment: "ipv6.fraghdr"
    case .destinationOptions: "ipv6.dstopts"
    case .authentication: "ah"
    case .icmp: "icmp"
    case .icmpv6: "icmpv6"
    case .tcp, .tcpQuoted: "tcp"
    case .udp: "udp"
    case .gre: "gre"
    case .erspan: "erspan"
    case .vxlan: "vxlan"
    case .geneve: "geneve"
    case .gtp: "gtp"
    case .teredo: "teredo"
    case .l2tp: "l2tp"
    case .esp: "esp"
    case .dns, .dnsOverTCP: "dns"
    case .mdns: "mdns"
    case .llmnr: "llmnr"
    case .ntp, .ntpControl: "ntp"
    case .dhcp: "dhcp"
    case .http: "http"
    case .tls: "tls"
    }
  }

  /// Whether it carries packets of another network, in a header of its own, mostly behind IP or UDP.
  var isTunnel: Bool {
    switch self {
    case .gre, .erspan, .vxlan, .geneve, .gtp, .teredo, .l2tp, .mpls: true
    default: false
    }
  }

  /// What the names of its fields begin with in Wireshark: the protocol's own name, but for protocols that share
  /// another one's fields.
  public var fieldsName: StaticString {
    switch self {
    case .mdns, .llmnr: "dns"
    case .pppoeSession, .pppoeDiscovery: "pppoe"
    case .pseudowire: "pweth"
    default: name
    }
  }

  /// The beginning of the names of those fields that do not begin with `fieldsName`; nil where all do.
  public var otherFieldsName: StaticString? {
    switch self {
    case .hopByHop, .destinationOptions: "ipv6.opt"
    case .serviceVLAN: "ieee8021ah"
    case .pppoeDiscovery: "pppoed"
    default: nil
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
    case .llc: "802.2 logical link control"
    case .ppp, .framedPPP: "Point-to-Point Protocol"
    case .pppoeSession: "PPP over Ethernet"
    case .pppoeDiscovery: "PPP over Ethernet, discovery"
    case .mpls: "Multiprotocol Label Switching"
    case .pseudowire: "Ethernet pseudowire control word"
    case .ciscoHDLC: "Cisco HDLC"
    case .slarp: "Cisco Serial Link Address Resolution Protocol"
    case .linuxCooked: "Linux cooked capture"
    case .linuxCooked2: "Linux cooked capture, version 2"
    case .loopback: "BSD loopback"
    case .pktap: "macOS packet tap"
    case .arp: "Address Resolution Protocol"
    case .ipv4: "Internet Protocol version 4"
    case .ipv6: "Internet Protocol version 6"
    case .hopByHop: "IPv6 hop-by-hop options"
    case .routing: "IPv6 routing header"
    case .fragment: "IPv6 fragment header"
    case .destinationOptions: "IPv6 destination options"
    case .authentication: "Authentication Header"
    case .icmp: "Internet Control Message Protocol"
    case .icmpv6: "Internet Control Message Protocol version 6"
    case .tcp: "Transmission Control Protocol"
    case .tcpQuoted: "Transmission Control Protocol, first octets"
    case .udp: "User Datagram Protocol"
    case .gre: "Generic Routing Encapsulation"
    case .erspan: "Encapsulated Remote Switch Port Analyzer, type II"
    case .vxlan: "Virtual eXtensible Local Area Network"
    case .geneve: "Generic Network Virtualization Encapsulation"
    case .gtp: "GPRS Tunnelling Protocol, user plane"
    case .teredo: "Teredo: IPv6 over UDP"
    case .l2tp: "Layer Two Tunneling Protocol"
    case .esp: "Encapsulating Security Payload"
    case .dns, .dnsOverTCP: "Domain Name System"
    case .mdns: "Multicast Domain Name System"
    case .llmnr: "Link-local Multicast Name Resolution"
    case .ntp, .ntpControl: "Network Time Protocol"
    case .dhcp: "Dynamic Host Configuration Protocol"
    case .http: "Hypertext Transfer Protocol"
    case .tls: "Transport Layer Security"
    }
  }
}
