/// The one place that knows every protocol: a line in each of three switches.
enum Registry {
  /// The protocol that a frame of a link type begins with.
  static func first(_ linkType: LinkType, _ bytes: RawSpan) -> LayerKind {
    switch linkType {
    case .ethernet: .ethernet
    case .raw, .rawBSD, .rawOpenBSD: bytes.byteCount > 0 && bytes.uint8(at: 0) >> 4 == 6 ? .ipv6 : .ipv4
    case .linuxSLL: .linuxCooked
    case .linuxSLL2: .linuxCooked2
    case .null, .loop: .loopback
    case .pktap: .pktap
    case .ppp, .pppHDLC: .framedPPP
    case .pppoe: .pppoeSession
    case .ciscoHDLC: .ciscoHDLC
    case .ipv4: .ipv4
    case .ipv6: .ipv6
    default: .data
    }
  }

  /// Checks a header and says what follows it.
  static func decode(_ kind: LayerKind, _ bytes: RawSpan) throws(DecodeError) -> Step {
    switch kind {
    case .ethernet: try EthernetHeader(bytes).step
    case .vlan, .serviceVLAN: try VLANTag(bytes).step
    case .llc: try LLCHeader(bytes).step
    case .ppp, .framedPPP: try PPPHeader(bytes, kind).step
    case .pppoeSession, .pppoeDiscovery: try PPPoEHeader(bytes, kind).step
    case .mpls: try MPLSHeader(bytes).step
    case .pseudowire: try PseudowireHeader(bytes).step
    case .ciscoHDLC: try CiscoHDLCHeader(bytes).step
    case .slarp: try SLARPMessage(bytes).step
    case .linuxCooked: try LinuxCookedHeader(bytes).step
    case .linuxCooked2: try LinuxCooked2Header(bytes).step
    case .loopback: try LoopbackHeader(bytes).step
    case .pktap: try PKTAPHeader(bytes).step
    case .arp: try ARPHeader(bytes).step
    case .ipv4: try IPv4Header(bytes).step
    case .ipv6: try IPv6Header(bytes).step
    case .hopByHop, .destinationOptions: try IPv6OptionsHeader(bytes, kind).step
    case .routing: try IPv6RoutingHeader(bytes).step
    case .fragment: try IPv6FragmentHeader(bytes).step
    case .authentication: try AuthenticationHeader(bytes).step
    case .icmp: try ICMPHeader(bytes).step
    case .icmpv6: try ICMPv6Header(bytes).step
    case .tcp: try TCPHeader(bytes).step
    case .tcpQuoted: try QuotedTCPHeader(bytes).step
    case .udp: try UDPHeader(bytes).step
    case .gre: try GREHeader(bytes).step
    case .erspan: try ERSPANHeader(bytes).step
    case .vxlan: try VXLANHeader(bytes).step
    case .geneve: try GeneveHeader(bytes).step
    case .gtp: try GTPHeader(bytes).step
    case .teredo: try TeredoHeader(bytes).step
    case .l2tp: try L2TPHeader(bytes).step
    case .esp: try ESPHeader(bytes).step
    case .dns: try DNSMessage(bytes, .unicast).step
    case .dnsOverTCP: try DNSMessage(bytes, .overTCP).step
    case .mdns: try DNSMessage(bytes, .multicast).step
    case .llmnr: try DNSMessage(bytes, .linkLocal).step
    case .ntp: try NTPHeader(bytes).step
    case .ntpControl: try NTPControlMessage(bytes).step
    case .dhcp: try DHCPMessage(bytes).step
    case .http: try HTTPMessage(bytes).step
    case .tls: try TLSRecords(bytes).step
    case .data, .none: DataPayload(bytes).step
    }
  }

  /// Visits the fields of a layer's header.
  static func visitFields<Visitor: FieldVisitor & ~Copyable>(
    _ kind: LayerKind, _ bytes: RawSpan, _ visitor: inout Visitor, _ context: LayerContext
  ) {
    // A layer that was decoded once decodes again: the octets are the same. There is nothing to report here.
    do throws(DecodeError) {
      switch kind {
      case .ethernet: try EthernetHeader(bytes).visitFields(&visitor, context)
      case .vlan: try VLANTag(bytes).visitFields(&visitor, context)
      case .serviceVLAN: try VLANTag(bytes).visitServiceFields(&visitor)
      case .llc: try LLCHeader(bytes).visitFields(&visitor, context)
      case .ppp, .framedPPP: try PPPHeader(bytes, kind).visitFields(&visitor, context)
      case .pppoeSession, .pppoeDiscovery: try PPPoEHeader(bytes, kind).visitFields(&visitor, context)
      case .mpls: try MPLSHeader(bytes).visitFields(&visitor, context)
      case .pseudowire: try PseudowireHeader(bytes).visitFields(&visitor, context)
      case .ciscoHDLC: try CiscoHDLCHeader(bytes).visitFields(&visitor, context)
      case .slarp: try SLARPMessage(bytes).visitFields(&visitor, context)
      case .linuxCooked: try LinuxCookedHeader(bytes).visitFields(&visitor, context)
      case .linuxCooked2: try LinuxCooked2Header(bytes).visitFields(&visitor, context)
      case .loopback: try LoopbackHeader(bytes).visitFields(&visitor, context)
      case .pktap: try PKTAPHeader(bytes).visitFields(&visitor, context)
      case .arp: try ARPHeader(bytes).visitFields(&visitor, context)
      case .ipv4: try IPv4Header(bytes).visitFields(&visitor, context)
      case .ipv6: try IPv6Header(bytes).visitFields(&visitor, context)
      case .hopByHop, .destinationOptions: try IPv6OptionsHeader(bytes, kind).visitFields(&visitor, context)
      case .routing: try IPv6RoutingHeader(bytes).visitFields(&visitor, context)
      case .fragment: try IPv6FragmentHeader(bytes).visitFields(&visitor, context)
      case .authentication: try AuthenticationHeader(bytes).visitFields(&visitor, context)
      case .icmp: try ICMPHeader(bytes).visitFields(&visitor, context)
      case .icmpv6: try ICMPv6Header(bytes).visitFields(&visitor, context)
      case .tcp: try TCPHeader(bytes).visitFields(&visitor, context)
      case .tcpQuoted: try QuotedTCPHeader(bytes).visitFields(&visitor, context)
      case .udp: try UDPHeader(bytes).visitFields(&visitor, context)
      case .gre: try GREHeader(bytes).visitFields(&visitor, context)
      case .erspan: try ERSPANHeader(bytes).visitFields(&visitor, context)
      case .vxlan: try VXLANHeader(bytes).visitFields(&visitor, context)
      case .geneve: try GeneveHeader(bytes).visitFields(&visitor, context)
      case .gtp: try GTPHeader(bytes).visitFields(&visitor, context)
      case .teredo: try TeredoHeader(bytes).visitFields(&visitor, context)
      case .l2tp: try L2TPHeader(bytes).visitFields(&visitor, context)
      case .esp: try ESPHeader(bytes).visitFields(&visitor, context)
      case .dns: try DNSMessage(bytes, .unicast).visitFields(&visitor, context)
      case .dnsOverTCP: try DNSMessage(bytes, .overTCP).visitFields(&visitor, context)
      case .mdns: try DNSMessage(bytes, .multicast).visitFields(&visitor, context)
      case .llmnr: try DNSMessage(bytes, .linkLocal).visitFields(&visitor, context)
      case .ntp: try NTPHeader(bytes).visitFields(&visitor, context)
      case .ntpControl: try NTPControlMessage(bytes).visitFields(&visitor, context)
      case .dhcp: try DHCPMessage(bytes).visitFields(&visitor, context)
      case .http: try HTTPMessage(bytes).visitFields(&visitor, context)
      case .tls: try TLSRecords(bytes).visitFields(&visitor, context)
      case .data: DataPayload(bytes).visitFields(&visitor, context)
      case .none: break
      }
    } catch {}
  }

  /// Writes the phrase of a layer's header.
  static func summarize(_ kind: LayerKind, _ bytes: RawSpan, into text: inout TextBuffer, _ context: LayerContext) {
    do throws(DecodeError) {
      switch kind {
      case .ethernet: try EthernetHeader(bytes).summarize(into: &text, context)
      case .vlan, .serviceVLAN: try VLANTag(bytes).summarize(into: &text, context)
      case .llc: try LLCHeader(bytes).summarize(into: &text, context)
      case .ppp, .framedPPP: try PPPHeader(bytes, kind).summarize(into: &text, context)
      case .pppoeSession, .pppoeDiscovery: try PPPoEHeader(bytes, kind).summarize(into: &text, context)
      case .mpls: try MPLSHeader(bytes).summarize(into: &text, context)
      case .pseudowire: try PseudowireHeader(bytes).summarize(into: &text, context)
      case .ciscoHDLC: try CiscoHDLCHeader(bytes).summarize(into: &text, context)
      case .slarp: try SLARPMessage(bytes).summarize(into: &text, context)
      case .linuxCooked: try LinuxCookedHeader(bytes).summarize(into: &text, context)
      case .linuxCooked2: try LinuxCooked2Header(bytes).summarize(into: &text, context)
      case .loopback: try LoopbackHeader(bytes).summarize(into: &text, context)
      case .pktap: try PKTAPHeader(bytes).summarize(into: &text, context)
      case .arp: try ARPHeader(bytes).summarize(into: &text, context)
      case .ipv4: try IPv4Header(bytes).summarize(into: &text, context)
      case .ipv6: try IPv6Header(bytes).summarize(into: &text, context)
      case .hopByHop, .destinationOptions: try IPv6OptionsHeader(bytes, kind).summarize(into: &text, context)
      case .routing: try IPv6RoutingHeader(bytes).summarize(into: &text, context)
      case .fragment: try IPv6FragmentHeader(bytes).summarize(into: &text, context)
      case .authentication: try AuthenticationHeader(bytes).summarize(into: &text, context)
      case .icmp: try ICMPHeader(bytes).summarize(into: &text, context)
      case .icmpv6: try ICMPv6Header(bytes).summarize(into: &text, context)
      case .tcp: try TCPHeader(bytes).summarize(into: &text, context)
      case .tcpQuoted: try QuotedTCPHeader(bytes).summarize(into: &text, context)
      case .udp: try UDPHeader(bytes).summarize(into: &text, context)
      case .gre: try GREHeader(bytes).summarize(into: &text, context)
      case .erspan: try ERSPANHeader(bytes).summarize(into: &text, context)
      case .vxlan: try VXLANHeader(bytes).summarize(into: &text, context)
      case .geneve: try GeneveHeader(bytes).summarize(into: &text, context)
      case .gtp: try GTPHeader(bytes).summarize(into: &text, context)
      case .teredo: try TeredoHeader(bytes).summarize(into: &text, context)
      case .l2tp: try L2TPHeader(bytes).summarize(into: &text, context)
      case .esp: try ESPHeader(bytes).summarize(into: &text, context)
      case .dns: try DNSMessage(bytes, .unicast).summarize(into: &text, context)
      case .dnsOverTCP: try DNSMessage(bytes, .overTCP).summarize(into: &text, context)
      case .mdns: try DNSMessage(bytes, .multicast).summarize(into: &text, context)
      case .llmnr: try DNSMessage(bytes, .linkLocal).summarize(into: &text, context)
      case .ntp: try NTPHeader(bytes).summarize(into: &text, context)
      case .ntpControl: try NTPControlMessage(bytes).summarize(into: &text, context)
      case .dhcp: try DHCPMessage(bytes).summarize(into: &text, context)
      case .http: try HTTPMessage(bytes).summarize(into: &text, context)
      case .tls: try TLSRecords(bytes).summarize(into: &text, context)
      case .data: DataPayload(bytes).summarize(into: &text, context)
      case .none: break
      }
    } catch {}
  }
}

extension LinkType {
  /// Whether frames of this link type are decoded here; others are shown as data.
  public var isDecoded: Bool { Registry.first(self, RawSpan()) != .data }
}
