import CLinux
public import Linux

extension FilterProgram {
  /// Expressions of pcap-filter(7) that may have been compiled into this program, the likely ones first, made of the
  /// protocols, addresses and ports that it asks for. Each is a guess, to be compiled and compared.
  public func candidateExpressions(_ layout: FilterLayout) -> some Sequence<String> {
    var walk = FilterWalk(self, layout)
    _ = walk.acceptingWays()
    return FilterCandidates(walk.clauses).expressions()
  }
}

/// What a program asks for, as primitives of pcap-filter(7).
struct FilterCandidates {
  /// More guesses than this are not worth the time.
  static let most = 2000
  /// Nor are expressions of more parts than these, which take the longest to compile.
  static let mostItems = 24

  /// Protocols without anything that belongs to them: `tcp`, `arp`.
  private(set) var protocols: [String] = []
  /// What follows `host`.
  private(set) var hosts: [String] = []
  private(set) var networks: [String] = []
  private(set) var ports: [String] = []
  private(set) var portRanges: [String] = []
  /// Primitives that come in one form only.
  private(set) var others: [String] = []
  private(set) var hardware: [String] = []
  private(set) var hasVLAN = false
  private(set) var vlans: [String] = []
  private(set) var lowerPorts: [UInt32] = []
  private(set) var higherPorts: [UInt32] = []

  init(_ clauses: [FilterClause]) {
    var used: Set<Int> = []
    for (place, clause) in clauses.enumerated() where !used.contains(place) {
      if let places = collectAddress(clauses, place) {
        used.formUnion(places)
        continue
      }
      guard case .constant(let value) = clause.condition.operand else { continue }
      collect(clause.subject, clause.condition.test, value)
    }
    for lower in lowerPorts.prefix(8) {
      for higher in higherPorts.prefix(8) where lower <= higher { Self.add("\(lower)-\(higher)", to: &portRanges) }
    }
  }

  private static func add(_ text: String, to list: inout [String]) {
    if list.count <= mostItems, !list.contains(text) { list.append(text) }
  }

  /// Collects an address that is tested in parts, and says where they are.
  private mutating func collectAddress(_ clauses: [FilterClause], _ place: Int) -> [Int]? {
    guard let (whole, _, places) = FilterAddressParts.find(clauses, from: place) else { return nil }
    switch whole {
    case .ipv6(let value, 128): Self.add(FilterAddressParts.text(value), to: &hosts)
    case .ipv6(let value, let length): Self.add("\(FilterAddressParts.text(value))/\(length)", to: &networks)
    case .hardware(.max >> 16): Self.add("ether broadcast", to: &others)
    case .hardware(let value): Self.add(FilterAddressParts.hardwareText(value), to: &hardware)
    }
    return places
  }

  private mutating func collect(_ subject: FilterSubject, _ test: FilterTest, _ value: UInt32) {
    switch subject.base {
    case .field(let field): collect(field, subject, test, value)
    case .known(.protocolNumber): if test == .equal { collect(etherType: value) }
    case .known(.packetType): if test == .equal { collectDirection(value) }
    case .known(.interface): if test == .equal { Self.add("ifindex \(value)", to: &others) }
    case .known(.vlanTagPresent): hasVLAN = true
    case .known(.vlanTag): if subject.mask == 0xfff { Self.add("vlan \(value)", to: &vlans) }
    case .length:
      if test == .greaterOrEqual { Self.add("greater \(value)", to: &others) }
      if test == .greater { Self.add("less \(value)", to: &others) }
    default: break
    }
  }

  private mutating func collect(_ field: FilterField, _ subject: FilterSubject, _ test: FilterTest, _ value: UInt32) {
    if field.isEtherType, test == .equal { return collect(etherType: value) }
    if field.isVersion { return Self.add(value == 0x60 ? "ip6" : "ip", to: &protocols) }
    if field.isTransportNumber, test == .equal { return collect(transport: value, isIPv6: field.header != .ipv4) }
    if field.isSourcePort != nil {
      switch test {
      case .equal: Self.add("\(value)", to: &ports)
      case .greaterOrEqual: lowerPorts.append(value)
      case .greater: higherPorts.append(value)
      case .anyBit: break
      }
      return
    }
    if subject.isInternetAddress, test == .equal {
      guard let mask = subject.mask else { return Self.add(FilterVocabulary.ipv4(value), to: &hosts) }
      if let length = FilterSubject.prefixLength(mask) {
        Self.add("\(FilterVocabulary.ipv4(value))/\(length)", to: &networks)
      }
      return
    }
    if field.isVLANTag, test == .equal { return Self.add("vlan \(value)", to: &vlans) }
    collectOctets(field, subject.mask, test, value)
  }

  private mutating func collectDirection(_ packetType: UInt32) {
    guard Int32(truncatingIfNeeded: packetType) == PACKET_OUTGOING else { return }
    Self.add("outbound", to: &others)
    Self.add("inbound", to: &others)
  }

  private mutating func collect(etherType: UInt32) {
    switch FilterVocabulary.etherType(etherType) {
    case "IPv4": Self.add("ip", to: &protocols)
    case "IPv6": Self.add("ip6", to: &protocols)
    case "ARP": Self.add("arp", to: &protocols)
    case "RARP": Self.add("rarp", to: &protocols)
    case "VLAN", "QinQ", "service VLAN (802.1ad)": hasVLAN = true
    case "PPPoE discovery": Self.add("pppoed", to: &others)
    case "PPPoE session": Self.add("pppoes", to: &others)
    case "MPLS": Self.add("mpls", to: &others)
    default: Self.add("ether proto \(FilterVocabulary.hexadecimal(etherType))", to: &protocols)
    }
  }

  private mutating func collect(transport number: UInt32, isIPv6: Bool) {
    switch UInt8(exactly: number) {
    case Transport.tcp: Self.add("tcp", to: &protocols)
    case Transport.udp: Self.add("udp", to: &protocols)
    case Transport.icmp: Self.add("icmp", to: &protocols)
    case Transport.icmpv6: Self.add("icmp6", to: &protocols)
    case Transport.sctp: Self.add("sctp", to: &protocols)
    case Transport.igmp: Self.add("igmp", to: &protocols)
    case Transport.pim: Self.add("pim", to: &protocols)
    case Transport.esp: Self.add("esp", to: &protocols)
    case Transport.ah: Self.add("ah", to: &protocols)
    case Transport.fragment: break
    default:
      Self.add("ip proto \(number)", to: &protocols)
      Self.add(isIPv6 ? "ip6 proto \(number)" : "proto \(number)", to: &protocols)
    }
  }

  /// An octet or a few of a header, which pcap-filter(7) names by their places.
  private mutating func collectOctets(_ field: FilterField, _ mask: UInt32?, _ test: FilterTest, _ value: UInt32) {
    let header: String
    switch field.header {
    case .ethernet where field.offset == 0 && field.size == 1 && test == .anyBit && value == 1:
      return Self.add("ether multicast", to: &others)
    case .ipv4 where field.offset == 6 && test == .anyBit && value == 0x1fff: return
    case .ipv4 where field.offset == 16 && field.size == 1 && test == .greaterOrEqual:
      return Self.add("ip multicast", to: &others)
    case .ethernet: header = "ether"
    case .ipv4: header = "ip"
    case .ipv6: header = "ip6"
    case .arp: header = "arp"
    case .transport(Transport.tcp): header = "tcp"
    case .transport(Transport.udp): header = "udp"
    case .transport(Transport.icmp): header = "icmp"
    case .transport(Transport.icmpv6): header = "icmp6"
    default: return
    }
    let octets = place(header, field) + (mask.map { " & \(FilterVocabulary.hexadecimal($0))" } ?? "")
    let number = header == "icmp" || header == "ip" ? "\(value)" : FilterVocabulary.hexadecimal(value)
    switch test {
    case .equal:
      Self.add("\(octets) == \(number)", to: &others)
      if value == 0 { Self.add("\(octets) != 0", to: &others) }
    case .anyBit: Self.add("\(octets) & \(FilterVocabulary.hexadecimal(value)) != 0", to: &others)
    case .greater: Self.add("\(octets) > \(number)", to: &others)
    case .greaterOrEqual: Self.add("\(octets) >= \(number)", to: &others)
    }
  }

  private func place(_ header: String, _ field: FilterField) -> String {
    switch (header, field.offset, field.size) {
    case ("tcp", 13, 1): "tcp[tcpflags]"
    case ("icmp", 0, 1): "icmp[icmptype]"
    case ("icmp6", 0, 1): "icmp6[icmp6type]"
    case (_, let offset, 1): "\(header)[\(offset)]"
    case (_, let offset, let size): "\(header)[\(offset):\(size)]"
    }
  }
}
