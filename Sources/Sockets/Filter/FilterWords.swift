import CLinux

extension FilterField {
  /// What it is called.
  var name: String {
    switch header {
    case .ethernet: ethernetName
    case .network: networkName
    case .ipv4: ipv4Name
    case .ipv6: ipv6Name
    case .arp: arpName
    case .fragment: offset == 0 && size == 1 ? "protocol of the IPv6 fragment" : octets("the IPv6 fragment header")
    case .transport(let number): transportName(number)
    case .netlink: netlinkName
    case .start: octets("the packet")
    }
  }

  /// A name for octets that have none.
  private func octets(_ place: String) -> String {
    size == 1 ? "octet \(offset) of \(place)" : "octets \(offset)-\(UInt64(offset) + UInt64(size) - 1) of \(place)"
  }

  private var ethernetName: String {
    switch (offset, size) {
    case (0, 2): "destination hardware address, first 2 octets,"
    case (2, 4): "destination hardware address, last 4 octets,"
    case (0, 4): "destination hardware address, first 4 octets,"
    case (4, 2): "destination hardware address, last 2 octets,"
    case (0, 1): "destination hardware address, first octet,"
    case (6, 2): "source hardware address, first 2 octets,"
    case (8, 4): "source hardware address, last 4 octets,"
    case (6, 4): "source hardware address, first 4 octets,"
    case (10, 2): "source hardware address, last 2 octets,"
    case (6, 1): "source hardware address, first octet,"
    case (12, 2): "EtherType"
    case _ where isEtherType: "EtherType behind the VLAN tag"
    case _ where isVLANTag: "VLAN tag control"
    default: octets("the Ethernet header")
    }
  }

  private var networkName: String {
    offset == 0 && size == 1 ? "IP version and header length" : octets("the network header")
  }

  private var ipv4Name: String {
    switch (offset, size) {
    case (0, 1): "IP version and header length"
    case (1, 1): "IPv4 type of service"
    case (2, 2): "IPv4 total length"
    case (4, 2): "IPv4 identification"
    case (6, 2): "IPv4 flags and fragment offset"
    case (8, 1): "IPv4 time to live"
    case (9, 1): "IP protocol"
    case (12, 4): "source address"
    case (16, 4): "destination address"
    default: octets("the IPv4 header")
    }
  }

  private var ipv6Name: String {
    switch (offset, size) {
    case (0, 1): "IP version and header length"
    case (0, 4): "IPv6 version, class and flow label"
    case (4, 2): "IPv6 payload length"
    case (6, 1): "IPv6 next header"
    case (7, 1): "IPv6 hop limit"
    case (8, 4), (12, 4), (16, 4), (20, 4): "source address, word \((offset - 8) / 4 + 1) of 4,"
    case (24, 4), (28, 4), (32, 4), (36, 4): "destination address, word \((offset - 24) / 4 + 1) of 4,"
    default: octets("the IPv6 header")
    }
  }

  private var arpName: String {
    switch (offset, size) {
    case (0, 2): "ARP hardware type"
    case (2, 2): "ARP protocol type"
    case (6, 2): "ARP operation"
    case (14, 4): "ARP sender address"
    case (24, 4): "ARP target address"
    default: octets("the ARP packet")
    }
  }

  private func transportName(_ number: UInt8?) -> String {
    if let isSourcePort { return isSourcePort ? "source port" : "destination port" }
    let name = number.flatMap { FilterVocabulary.transport(UInt32($0)) } ?? "transport"
    switch (number, offset, size) {
    case (Transport.tcp, 13, 1): return "TCP flags"
    case (Transport.tcp, 4, 4): return "TCP sequence number"
    case (Transport.tcp, 14, 2): return "TCP window"
    case (Transport.udp, 4, 2): return "UDP length"
    case (Transport.icmp, 0, 1), (Transport.icmpv6, 0, 1): return "\(name) type"
    case (Transport.icmp, 1, 1), (Transport.icmpv6, 1, 1): return "\(name) code"
    case (Transport.icmp, 4, 2), (Transport.icmpv6, 4, 2): return "\(name) identifier"
    case (Transport.udp, 8..., _):
      return FilterField(header: header, offset: offset &- 8, size: size).octets("the UDP payload")
    default: return octets("the \(name) header")
    }
  }

  private var netlinkName: String {
    switch (offset, size) {
    case (0, 4): "netlink length"
    case (4, 2): "netlink message type"
    case (6, 2): "netlink flags"
    case (8, 4): "netlink sequence number"
    case (12, 4): "netlink port"
    default: octets("the netlink message")
    }
  }

  /// A number in this field, as people write it.
  func value(_ value: UInt32) -> String {
    switch (header, offset, size) {
    case _ where isEtherType: return FilterVocabulary.etherType(value) ?? FilterVocabulary.hexadecimal(value)
    case _ where isTransportNumber: return FilterVocabulary.transport(value) ?? "\(value)"
    case (.ethernet, 0..<12, _): return FilterVocabulary.hardware(value, octets: Int(size))
    case (.ipv4, 12, 4), (.ipv4, 16, 4), (.arp, 14, 4), (.arp, 24, 4): return FilterVocabulary.ipv4(value)
    case (.arp, 6, 2): return value == 1 ? "request" : value == 2 ? "reply" : "\(value)"
    case (.ipv6, 8...39, 4):
      return String(value >> 16, radix: 16) + ":" + String(value & 0xffff, radix: 16)
    case (.transport(Transport.tcp), 13, 1): return FilterVocabulary.tcpFlags(value)
    case (.transport(Transport.icmp), 0, 1): return FilterVocabulary.icmpType(value) ?? "\(value)"
    case (.transport(Transport.icmpv6), 0, 1): return FilterVocabulary.icmpv6Type(value) ?? "\(value)"
    default: return value < 1 << 16 ? "\(value)" : FilterVocabulary.hexadecimal(value)
    }
  }
}

extension FilterSubject {
  /// What it is called, without its mask.
  var name: String {
    switch base {
    case .field(let field): field.name
    case .known(let known): known.words
    case .length: "packet length"
    case .headerLength: "IPv4 header length"
    case .constant(let value): "\(value)"
    case .computed: "a computed value"
    case .unknown: "A"
    }
  }

  /// A number that it is compared with, as people write it.
  func value(_ value: UInt32) -> String {
    switch base {
    case .field(let field): field.value(value)
    case .known(.protocolNumber): FilterVocabulary.etherType(value) ?? FilterVocabulary.hexadecimal(value)
    case .known(.packetType): FilterVocabulary.packetType(value) ?? "\(value)"
    default: "\(value)"
    }
  }

  /// A test in a sentence, such as `EtherType is IPv4`.
  func sentence(_ test: FilterTest, _ value: UInt32, holds: Bool) -> String {
    if let special = special(test, value, holds) { return special }
    let name = mask.map { self.name + " & " + FilterVocabulary.hexadecimal($0) } ?? self.name
    let number = mask == nil ? self.value(value) : FilterVocabulary.hexadecimal(value)
    switch (test, holds) {
    case (.equal, true): return "\(name) is \(number)"
    case (.equal, false): return "\(name) is not \(number)"
    case (.greater, true): return "\(name) is above \(number)"
    case (.greater, false): return "\(name) is at most \(number)"
    case (.greaterOrEqual, true): return "\(name) is at least \(number)"
    case (.greaterOrEqual, false): return "\(name) is below \(number)"
    case (.anyBit, true): return "\(name) has bits of \(FilterVocabulary.hexadecimal(value))"
    case (.anyBit, false): return "\(name) has no bits of \(FilterVocabulary.hexadecimal(value))"
    }
  }

  /// Tests that have words of their own.
  private func special(_ test: FilterTest, _ value: UInt32, _ holds: Bool) -> String? {
    let not = holds ? "" : " not"
    switch (base, test) {
    case (.known(.vlanTagPresent), .equal) where value <= 1 && mask == nil:
      return holds == (value == 1) ? "a VLAN tag" : "no VLAN tag"
    case (.known(.vlanTag), .equal) where mask == 0xfff: return "VLAN identifier is\(not) \(value)"
    case (.field(let field), .equal) where field.isVLANTag && mask == 0xfff:
      return "VLAN identifier is\(not) \(value)"
    case (.field(let field), .equal) where field.isVersion && mask == 0xf0 && value & 0xf == 0:
      return "IP version is\(not) \(value >> 4)"
    case (.field(FilterField(header: .ipv4, offset: 6, size: 2)), .anyBit) where value == 0x1fff && mask == nil:
      return holds ? "a later fragment" : "not a later fragment"
    case (.field(let field), .equal) where isInternetAddress:
      guard let mask, let length = Self.prefixLength(mask) else { return nil }
      return "\(field.name) is\(not) in \(FilterVocabulary.ipv4(value))/\(length)"
    case (.field(FilterField(header: .transport(Transport.tcp), offset: 13, size: 1)), _):
      return tcpFlags(test, value, holds)
    case (.field(FilterField(header: .ethernet, offset: 0, size: 1)), .anyBit) where value == 1 && mask == nil:
      return holds ? "to a multicast hardware address" : "to one hardware address"
    default: return nil
    }
  }

  private func tcpFlags(_ test: FilterTest, _ value: UInt32, _ holds: Bool) -> String? {
    let flags = FilterVocabulary.tcpFlags(value)
    let several = value.nonzeroBitCount > 1
    switch (test, mask) {
    case (.anyBit, nil):
      return holds
        ? "TCP flags have \(several ? "any of " : "")\(flags)"
        : "TCP flags have \(several ? "none of " : "no ")\(flags)"
    case (.equal, nil): return "TCP flags are\(holds ? "" : " not") \(flags)"
    case (.equal, let mask?):
      if value == 0 { return tcpFlagsMasked(mask, !holds) }
      return "of TCP flags \(FilterVocabulary.tcpFlags(mask)) are\(holds ? "" : " not") set: \(flags)"
    default: return nil
    }
  }

  private func tcpFlagsMasked(_ mask: UInt32, _ any: Bool) -> String? {
    var whole = self
    whole.mask = nil
    return whole.tcpFlags(.anyBit, mask, any)
  }

  /// The length of a network's prefix; nil for a mask that is none.
  static func prefixLength(_ mask: UInt32) -> Int? {
    let ones = (~mask).leadingZeroBitCount
    return ones == mask.nonzeroBitCount ? ones : nil
  }
}
