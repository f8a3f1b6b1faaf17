import CLinux

/// The header that a field stands in.
enum FilterHeader: Hashable, Sendable {
  /// Counted from where the octets begin, since nothing better is known.
  case start
  case ethernet
  /// The network layer's, whichever it is.
  case network
  case ipv4, ipv6, arp
  /// IPv6's fragment header.
  case fragment
  /// The transport layer's, by its IPPROTO_ number where it is known.
  case transport(UInt8?)
  case netlink
}

/// Octets of a header that a filter looks at.
struct FilterField: Hashable, Sendable {
  var header: FilterHeader
  var offset: UInt32
  var size: UInt8

  /// Whether it says which protocol the network layer has. A VLAN tag's and the frame's own are alike.
  var isEtherType: Bool { header == .ethernet && offset >= 12 && size == 2 && offset % 4 == 0 }

  /// Whether it is what stands between two EtherTypes.
  var isVLANTag: Bool { header == .ethernet && offset >= 14 && size == 2 && offset % 4 == 2 }

  /// Whether its high half is the version of IP.
  var isVersion: Bool { (header == .network || header == .ipv4 || header == .ipv6) && offset == 0 && size == 1 }

  /// Whether it says which protocol follows the network layer's header.
  var isTransportNumber: Bool {
    size == 1
      && (header == .ipv4 && offset == 9 || header == .ipv6 && offset == 6 || header == .fragment && offset == 0)
  }

  /// Where it is a port: whether that of the source.
  var isSourcePort: Bool? {
    guard case .transport(let number) = header, size == 2, offset == 0 || offset == 2 else { return nil }
    guard let number else { return offset == 0 }
    let withPorts = [Transport.tcp, Transport.udp, Transport.udplite, Transport.sctp, Transport.dccp]
    return withPorts.contains(number) ? offset == 0 : nil
  }
}

/// What a register holds, in terms of a packet.
struct FilterSubject: Hashable, Sendable {
  enum Base: Hashable, Sendable {
    case field(FilterField)
    case known(FilterExtension)
    case length
    case headerLength
    case constant(UInt32)
    case computed
    case unknown
  }

  var base: Base
  /// The bits of it that are looked at; nil for all.
  var mask: UInt32?

  /// What a term stands for, where the octets begin so and so much is known.
  init(_ term: FilterTerm, _ facts: FilterFacts, _ layout: FilterLayout) {
    switch term {
    case .constant(let value): base = .constant(value)
    case .packet(let offset, let size): base = .field(Self.field(offset, size, facts, layout))
    case .packetAfter(.headerLength(let start), let offset, let size)
    where Self.networkOffset(start, facts, layout) == 0:
      let after = Self.networkOffset(offset, facts, layout) ?? .max
      base =
        after < 1 << 16
        ? .field(FilterField(header: .transport(facts.transport), offset: after, size: size)) : .computed
    case .packetAfter: base = .computed
    case .headerLength: base = .headerLength
    case .length: base = .length
    case .known(let known): base = .known(known)
    case .computed(.and, let whole, .constant(let mask)):
      let inner = FilterSubject(whole, facts, layout)
      base = inner.base
      self.mask = inner.mask.map { $0 & mask } ?? mask
      return
    case .computed: base = .computed
    case .unknown: base = .unknown
    }
    mask = nil
  }

  /// Whether it is a whole IPv4 address.
  var isInternetAddress: Bool {
    guard case .field(let field) = base, field.size == 4 else { return false }
    return field.header == .ipv4 && (field.offset == 12 || field.offset == 16)
      || field.header == .arp && (field.offset == 14 || field.offset == 24)
  }

  /// The kernel's offset of something below the network header, counted from that; nil for what lies before it.
  private static func networkOffset(_ offset: UInt32, _ facts: FilterFacts, _ layout: FilterLayout) -> UInt32? {
    let network = UInt32(bitPattern: SKF_NET_OFF)
    if offset >= network { return offset &- network }
    switch layout {
    case .ethernet: return offset >= facts.networkOffset ? offset &- facts.networkOffset : nil
    case .network, .ipv4: return offset
    case .transport, .netlink, .other: return nil
    }
  }

  private static func field(
    _ offset: UInt32, _ size: UInt8, _ facts: FilterFacts, _ layout: FilterLayout
  ) -> FilterField {
    let link = UInt32(bitPattern: SKF_LL_OFF)
    if let offset = networkOffset(offset, facts, layout) { return networkField(offset, size, facts) }
    if offset >= link { return FilterField(header: .ethernet, offset: offset &- link, size: size) }
    switch layout {
    case .ethernet: return FilterField(header: .ethernet, offset: offset, size: size)
    case .transport(let number): return FilterField(header: .transport(number), offset: offset, size: size)
    case .netlink: return FilterField(header: .netlink, offset: offset, size: size)
    case .network, .ipv4, .other: return FilterField(header: .start, offset: offset, size: size)
    }
  }

  private static func networkField(_ offset: UInt32, _ size: UInt8, _ facts: FilterFacts) -> FilterField {
    switch facts.network {
    case .ipv4: return FilterField(header: .ipv4, offset: offset, size: size)
    case .arp: return FilterField(header: .arp, offset: offset, size: size)
    case nil: return FilterField(header: .network, offset: offset, size: size)
    case .ipv6:
      let after = UInt32(40)
      guard offset >= after else { return FilterField(header: .ipv6, offset: offset, size: size) }
      if facts.transport == Transport.fragment {
        return FilterField(header: .fragment, offset: offset &- after, size: size)
      }
      return FilterField(header: .transport(facts.transport), offset: offset &- after, size: size)
    }
  }
}
