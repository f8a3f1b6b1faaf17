import CLinux
import Glibc

/// The names of numbers that filters ask for.
enum FilterVocabulary {
  /// A protocol of the network layer by its EtherType.
  static func etherType(_ number: UInt32) -> String? {
    switch Int32(truncatingIfNeeded: number) {
    case ETH_P_IP: "IPv4"
    case ETH_P_IPV6: "IPv6"
    case ETH_P_ARP: "ARP"
    case ETH_P_RARP: "RARP"
    case ETH_P_8021Q: "VLAN"
    case ETH_P_8021AD: "service VLAN (802.1ad)"
    case ETH_P_QINQ1: "QinQ"
    case ETH_P_LLDP: "LLDP"
    case ETH_P_PAE: "EAPOL"
    case ETH_P_PPP_DISC: "PPPoE discovery"
    case ETH_P_PPP_SES: "PPPoE session"
    case ETH_P_MPLS_UC: "MPLS"
    case ETH_P_1588: "PTP"
    case ETH_P_LOOP: "loopback test"
    case ETH_P_TSN: "AVTP"
    case ETH_P_MACSEC: "MACsec"
    case 0x2000: "CDP"
    case 0x88b8: "GOOSE"
    case 0x8892: "PROFINET"
    case 0x88a4: "EtherCAT"
    default: nil
    }
  }

  /// A transport protocol by its IPPROTO_ number.
  static func transport(_ number: UInt32) -> String? {
    switch UInt8(exactly: number) {
    case Transport.icmp: "ICMP"
    case Transport.igmp: "IGMP"
    case Transport.ipip: "IPv4 in IP"
    case Transport.tcp: "TCP"
    case Transport.udp: "UDP"
    case Transport.dccp: "DCCP"
    case Transport.ipv6: "IPv6 in IP"
    case Transport.fragment: "IPv6 fragment"
    case Transport.gre: "GRE"
    case Transport.esp: "ESP"
    case Transport.ah: "AH"
    case Transport.icmpv6: "ICMPv6"
    case 89: "OSPF"
    case Transport.pim: "PIM"
    case 112: "VRRP"
    case Transport.sctp: "SCTP"
    case Transport.udplite: "UDP-Lite"
    default: nil
    }
  }

  /// Whom a packet is for, by the number that the kernel gives it: PACKET_* in packet(7).
  static func packetType(_ number: UInt32) -> String? {
    switch Int32(truncatingIfNeeded: number) {
    case PACKET_HOST: "to this host"
    case PACKET_BROADCAST: "broadcast"
    case PACKET_MULTICAST: "multicast"
    case PACKET_OTHERHOST: "to another host"
    case PACKET_OUTGOING: "outgoing"
    case PACKET_LOOPBACK: "looped back"
    default: nil
    }
  }

  /// TCP's flags by their bits. RFC 9293 section 3.1.
  static func tcpFlags(_ bits: UInt32) -> String {
    let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"]
    let set = names.indices.filter { bits & 1 << UInt32($0) != 0 }.map { names[$0] }
    return set.isEmpty ? "none" : set.joined(separator: ", ")
  }

  /// ICMP's types that people ask for. RFC 792.
  static func icmpType(_ number: UInt32) -> String? {
    switch number {
    case 0: "echo reply"
    case 3: "destination unreachable"
    case 5: "redirect"
    case 8: "echo request"
    case 11: "time exceeded"
    default: nil
    }
  }

  /// ICMPv6's types that people ask for. RFC 4443, RFC 4861.
  static func icmpv6Type(_ number: UInt32) -> String? {
    switch number {
    case 1: "destination unreachable"
    case 2: "packet too big"
    case 3: "time exceeded"
    case 128: "echo request"
    case 129: "echo reply"
    case 133: "router solicitation"
    case 134: "router advertisement"
    case 135: "neighbor solicitation"
    case 136: "neighbor advertisement"
    case 137: "redirect"
    default: nil
    }
  }

  static func ipv4(_ value: UInt32) -> String {
    "\(value >> 24).\(value >> 16 & 0xff).\(value >> 8 & 0xff).\(value & 0xff)"
  }

  static func hexadecimal(_ value: UInt32) -> String { "0x" + String(value, radix: 16) }

  /// Octets of a hardware address.
  static func hardware(_ value: UInt32, octets: Int) -> String {
    (0..<octets).map { place in
      let octet = value >> UInt32((octets &- 1 &- place) &* 8) & 0xff
      return (octet < 16 ? "0" : "") + String(octet, radix: 16)
    }.joined(separator: ":")
  }
}

/// The numbers of transport protocols, in an octet as packets have them. IPPROTO_*.
enum Transport {
  static let icmp = UInt8(IPPROTO_ICMP)
  static let igmp = UInt8(IPPROTO_IGMP)
  static let ipip = UInt8(IPPROTO_IPIP)
  static let tcp = UInt8(IPPROTO_TCP)
  static let udp = UInt8(IPPROTO_UDP)
  static let dccp = UInt8(IPPROTO_DCCP)
  static let ipv6 = UInt8(IPPROTO_IPV6)
  static let fragment = UInt8(IPPROTO_FRAGMENT)
  static let gre = UInt8(IPPROTO_GRE)
  static let esp = UInt8(IPPROTO_ESP)
  static let ah = UInt8(IPPROTO_AH)
  static let icmpv6 = UInt8(IPPROTO_ICMPV6)
  static let pim = UInt8(IPPROTO_PIM)
  static let sctp = UInt8(IPPROTO_SCTP)
  static let udplite = UInt8(IPPROTO_UDPLITE)
}
