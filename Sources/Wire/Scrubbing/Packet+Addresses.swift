/// Where the addresses of a packet stand, layer by layer, and what stands between and behind what is decoded.
extension Packet {
  /// Hands out every place of an address, and of octets that may hold one, outermost layer first.
  ///
  /// Every captured octet that no place names is a field of a decoded header which is no address. A frame check
  /// sequence is not among them.
  public func forEachAddress(_ body: (AddressPlace) -> Void) {
    guard layerCount > 0 else {
      if bytes.byteCount > 0 { body(AddressPlace(.undecoded, at: 0, length: bytes.byteCount)) }
      return
    }
    var index = 0
    while index < layerCount {
      let layer = layer(at: index)
      let start = layer.offset
      visitAddresses(of: layer) { body($0.moved(by: start)) }
      visitRest(of: layer, at: index, body)
      index &+= 1
    }
    // What comes before a frame check sequence but behind the outermost layer is nothing's.
    let end = self.layer(at: 0).offset &+ self.layer(at: 0).capturedLength
    if end < bytes.byteCount { body(.unknown(from: end, to: bytes.byteCount)) }
  }

  /// Hands out the places in a layer's header, counted from its start.
  @inline(__always)
  private func visitAddresses(of layer: Layer, _ body: (AddressPlace) -> Void) {
    let octets = bytes(of: layer)
    // A layer that was decoded once decodes again: the octets are the same.
    do throws(DecodeError) {
      switch layer.kind {
      case .ethernet: try EthernetHeader(octets).forEachAddress(body)
      case .linuxCooked: try LinuxCookedHeader(octets).forEachAddress(body)
      case .linuxCooked2: try LinuxCooked2Header(octets).forEachAddress(body)
      case .pktap: try PKTAPHeader(octets).forEachAddress(body)
      case .arp: try ARPHeader(octets).forEachAddress(body)
      case .ipv4: try IPv4Header(octets).forEachAddress(body)
      case .ipv6: try IPv6Header(octets).forEachAddress(body)
      case .hopByHop, .destinationOptions: try IPv6OptionsHeader(octets, layer.kind).forEachAddress(body)
      case .routing: try IPv6RoutingHeader(octets).forEachAddress(body)
      case .slarp: try SLARPMessage(octets).forEachAddress(body)
      case .icmp: try ICMPHeader(octets).forEachAddress(body)
      case .icmpv6: try ICMPv6Header(octets).forEachAddress(body)
      case .tcp: TCPOptions.forEachAddress(of: octets.slice(from: 0, length: layer.headerLength), body)
      case .geneve: body(.unknown(from: GeneveHeader.Field.length, to: layer.headerLength))
      // Names and secrets of who dials in.
      case .pppoeDiscovery: body(.unknown(from: PPPoEHeader.Field.length, to: layer.headerLength))
      case .gtp: try GTPHeader(octets).forEachAddress(body)
      case .teredo: try TeredoHeader(octets).forEachAddress(body)
      case .l2tp: try L2TPHeader(octets).forEachAddress(body)
      case .dns: try DNSMessage(octets, .unicast).forEachAddress(body)
      case .dnsOverTCP: try DNSMessage(octets, .overTCP).forEachAddress(body)
      case .mdns: try DNSMessage(octets, .multicast).forEachAddress(body)
      case .llmnr: try DNSMessage(octets, .linkLocal).forEachAddress(body)
      case .dhcp: try DHCPMessage(octets).forEachAddress(body)
      case .ntp: try NTPHeader(octets).forEachAddress(body)
      case .none, .data, .vlan, .serviceVLAN, .llc, .ppp, .framedPPP, .pppoeSession, .mpls, .pseudowire, .ciscoHDLC,
        .loopback, .fragment, .authentication, .tcpQuoted, .udp,
        .gre, .erspan, .vxlan, .esp, .ntpControl, .http, .tls:
        break
      }
    } catch {}
    if layer.kind.isApplication { body(AddressPlace(.payload, at: 0, length: layer.capturedLength)) }
  }

  /// Hands out what a layer has besides its header and the layer within it.
  private func visitRest(of layer: Layer, at index: Int, _ body: (AddressPlace) -> Void) {
    let end = layer.offset &+ layer.capturedLength
    guard index &+ 1 < layerCount else {
      visitEnd(of: layer, at: index, end: end, body)
      return
    }
    let inner = self.layer(at: index &+ 1)
    let innerEnd = inner.offset &+ inner.capturedLength
    if inner.nesting == .quoted, let extensions = extensions(of: layer) {
      // What fills the quoted packet up to where the extensions begin is nothing.
      let start = layer.offset &+ extensions.start
      if innerEnd < start { body(.unknown(from: innerEnd, to: start)) }
      if let unknown = extensions.unknown {
        let first = layer.offset &+ unknown
        body(AddressPlace(.undecoded, at: first, length: end &- first))
      }
      return
    }
    guard innerEnd < end else { return }
    body(.unknown(from: innerEnd, to: end))
  }

  /// Where the extensions of an ICMP error begin, and the first of them that is not known, counted from the message.
  private func extensions(of layer: Layer) -> (start: Int, unknown: Int?)? {
    let octets = bytes(of: layer)
    do throws(DecodeError) {
      switch layer.kind {
      case .icmp: return try ICMPHeader(octets).extensionPlaces
      case .icmpv6: return try ICMPv6Header(octets).extensionPlaces
      default: return nil
      }
    } catch {
      return nil
    }
  }

  /// Hands out what follows the header of the last layer.
  private func visitEnd(of layer: Layer, at index: Int, end: Int, _ body: (AddressPlace) -> Void) {
    let headerEnd = layer.offset &+ layer.headerLength
    switch layer.kind {
    case .data:
      let start = layer.offset
      switch carried(at: index) {
      case .payload: body(AddressPlace(.payload, at: start, length: layer.capturedLength))
      case .membership: GroupMembership(bytes(of: layer)).forEachAddress { body($0.moved(by: start)) }
      case .header(let length) where length < layer.capturedLength:
        body(AddressPlace(.undecoded, at: start &+ length, length: layer.capturedLength &- length))
      case .header: break
      }
    case .tcpQuoted:
      let known = Swift.min(layer.offset &+ TCPHeader.Field.length, end)
      if known < end { body(AddressPlace(.undecoded, at: known, length: end &- known)) }
    // The frame may be longer than the message: it was filled up.
    case .arp: if headerEnd < end { body(.unknown(from: headerEnd, to: end)) }
    default: if headerEnd < end { body(AddressPlace(.undecoded, at: headerEnd, length: end &- headerEnd)) }
    }
  }

  /// What octets are that nothing here decodes.
  enum Carried: Equatable {
    /// What an application sent, or a later part of it.
    case payload
    /// A message of IGMP.
    case membership
    /// A protocol's header, of which so many octets are known to hold no address.
    case header(Int)
  }

  /// What the data at a place are, by the layer that carries them.
  func carried(at index: Int) -> Carried {
    guard index > 0 else { return .header(0) }
    let carrier = layer(at: index &- 1)
    let octets = bytes(of: carrier)
    switch carrier.kind {
    case .udp: return Self.carriesAddresses(octets) ? .header(0) : .payload
    case .tcp, .icmp, .icmpv6: return .payload
    case .ipv4:
      let fragment = octets.uint16(at: IPv4Header.Field.flagsAndFragmentOffset)
      if fragment & 0x1fff != 0 { return .payload }
      return Self.carried(IPProtocol(rawValue: octets.uint8(at: IPv4Header.Field.protocolNumber)), isIPv4: true)
    case .ipv6: return Self.carried(IPProtocol(rawValue: octets.uint8(at: IPv6Header.Field.nextHeader)), isIPv4: false)
    case .fragment where octets.uint16(at: IPv6FragmentHeader.Field.offsetAndMore) & 0xfff8 != 0: return .payload
    // Each of them begins with the number of what follows it.
    case .hopByHop, .destinationOptions, .routing, .fragment, .authentication:
      return Self.carried(IPProtocol(rawValue: octets.uint8(at: 0)), isIPv4: false)
    default: return .header(0)
    }
  }

  /// Whether a datagram is of a protocol that is known to tell addresses, by its ports, and was not decoded.
  private static func carriesAddresses(_ datagram: RawSpan) -> Bool {
    guard datagram.byteCount >= UDPHeader.Field.length else { return false }
    return carriesAddresses(datagram.uint16(at: UDPHeader.Field.sourcePort))
      || carriesAddresses(datagram.uint16(at: UDPHeader.Field.destinationPort))
  }

  private static func carriesAddresses(_ port: UInt16) -> Bool {
    switch port {
    // DHCP that is damaged, and DHCPv6.
    case 67, 68, 546, 547: true
    // Names and datagrams of NetBIOS, RIP and RIPng, HSRP.
    case 137, 138, 520, 521, 1985: true
    // Tunnels: L2TP, GTP (control and user), Teredo, LISP, VXLAN (Linux's own port too), Geneve, MPLS.
    case 1701, 2123, 2152, 3544, 4341, 4342, 4789, 6081, 6635, 8472: true
    // Reports about flows: NetFlow, IPFIX, sFlow.
    case 2055, 4739, 6343, 9995: true
    default: false
    }
  }

  private static func carried(_ number: IPProtocol, isIPv4: Bool) -> Carried {
    switch number {
    case .igmp where isIPv4: .membership
    // Ports.
    case .sctp, .udpLite: .header(4)
    default: .header(0)
    }
  }
}

extension LayerKind {
  /// Whether it is what applications send, not what carries it.
  var isApplication: Bool {
    switch self {
    case .dns, .dnsOverTCP, .mdns, .llmnr, .ntp, .ntpControl, .dhcp, .http, .tls: true
    default: false
    }
  }
}
