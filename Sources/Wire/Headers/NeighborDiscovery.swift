// Neighbor discovery, RFC 4861 section 4, as part of an ICMPv6 message whose fixed part is known to be there.
//
//     router solicitation      reserved 4                                                    options
//     router advertisement     hop limit 1, flags 1, lifetime 2, reachable 4, retransmit 4   options
//     neighbor solicitation    reserved 4, target 16                                         options
//     neighbor advertisement   flags 4, target 16                                            options
//     redirect                 reserved 4, target 16, destination 16                         options

/// The part of a neighbor discovery message that follows the checksum.
struct NeighborDiscovery: ~Escapable {
  enum Field {
    static let hopLimit = 4
    static let routerFlags = 5
    static let routerLifetime = 6
    static let reachableTime = 8
    static let retransmitTimer = 12
    static let neighborFlags = 4
    static let target = 8
    static let destination = 24
  }

  static let routerFlagNames = [
    FlagName(0x80, "managed"), FlagName(0x40, "other"), FlagName(0x20, "home agent"), FlagName(0x04, "proxy"),
  ]
  static let neighborFlagNames = [
    FlagName(0x8000_0000, "router"), FlagName(0x4000_0000, "solicited"), FlagName(0x2000_0000, "override"),
  ]

  let bytes: RawSpan

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  private var type: UInt8 { bytes.uint8(at: ICMPv6Header.Field.type) }
  private var target: UInt128 { bytes.uint128(at: Field.target) }
  private var neighborFlags: UInt32 { bytes.uint32(at: Field.neighborFlags) }
  private var options: RawSpan {
    @_lifetime(copy self) get { bytes.slice(from: ICMPv6Header.fixedLength(ofType: type)) }
  }

  func summarize(into text: inout TextBuffer) {
    switch type {
    case ICMPv6Header.MessageType.routerAdvertisement:
      text.append(" lifetime ")
      text.append(decimal: bytes.uint16(at: Field.routerLifetime))
    case ICMPv6Header.MessageType.neighborSolicitation:
      text.append(" who has ")
      text.append(ipv6: target)
    case ICMPv6Header.MessageType.neighborAdvertisement:
      text.append(" ")
      text.append(ipv6: target)
      if neighborFlags &>> 29 != 0 {
        text.append(" [")
        if neighborFlags & 0x8000_0000 != 0 { text.append("R") }
        if neighborFlags & 0x4000_0000 != 0 { text.append("S") }
        if neighborFlags & 0x2000_0000 != 0 { text.append("O") }
        text.append("]")
      }
    case ICMPv6Header.MessageType.redirect:
      text.append(" ")
      text.append(ipv6: bytes.uint128(at: Field.destination))
      text.append(" to ")
      text.append(ipv6: target)
    default: break
    }
    NeighborOptions(options).summarize(into: &text)
  }

  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    if type != ICMPv6Header.MessageType.routerSolicitation {
      visitor.beginGroup("nd")
      switch type {
      case ICMPv6Header.MessageType.routerAdvertisement:
        visitor.beginGroup("ra")
        visitor.number("cur_hop_limit", bytes.uint8(at: Field.hopLimit))
        visitor.flags("flag", UInt64(bytes.uint8(at: Field.routerFlags)), digits: 2, Self.routerFlagNames)
        visitor.number("router_lifetime", bytes.uint16(at: Field.routerLifetime))
        visitor.number("reachable_time", bytes.uint32(at: Field.reachableTime))
        visitor.number("retrans_timer", bytes.uint32(at: Field.retransmitTimer))
      case ICMPv6Header.MessageType.neighborSolicitation:
        visitor.beginGroup("ns")
        visitor.ipv6Address("target_address", target)
      case ICMPv6Header.MessageType.neighborAdvertisement:
        visitor.beginGroup("na")
        visitor.flags("flag", UInt64(neighborFlags), digits: 8, Self.neighborFlagNames)
        visitor.ipv6Address("target_address", target)
      default:
        visitor.beginGroup("rd")
        visitor.ipv6Address("target_address", target)
      }
      visitor.endGroup()
      visitor.endGroup()
    }
    if type == ICMPv6Header.MessageType.redirect {
      // Wireshark files the destination under this name.
      visitor.beginGroup("rd")
      visitor.beginGroup("na")
      visitor.ipv6Address("destination_address", bytes.uint128(at: Field.destination))
      visitor.endGroup()
      visitor.endGroup()
    }
    if options.byteCount > 0 {
      visitor.beginList("opt")
      NeighborOptions(options).visitFields(&visitor)
      visitor.endList()
    }
  }
}

/// The options of a neighbor discovery message, RFC 4861 section 4.6: a type, a length in units of eight octets that
/// counts the whole option, and a value.
struct NeighborOptions: ~Escapable {
  enum Kind {
    static let sourceLinkAddress: UInt8 = 1
    static let targetLinkAddress: UInt8 = 2
    static let prefixInformation: UInt8 = 3
    static let mtu: UInt8 = 5
    static let nonce: UInt8 = 14
    static let routeInformation: UInt8 = 24
    static let recursiveServers: UInt8 = 25
    static let searchList: UInt8 = 31
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  /// The length in octets of the option at an offset; nil at the end, or where it is zero or points past the end.
  func length(at offset: Int) -> Int? {
    guard offset &+ 1 < bytes.byteCount else { return nil }
    let length = Int(bytes.uint8(at: offset &+ 1)) &* 8
    return length > 0 && length <= bytes.byteCount &- offset ? length : nil
  }

  func summarize(into text: inout TextBuffer) {
    var offset = 0
    while let length = length(at: offset) {
      let option = bytes.slice(from: offset, length: length)
      offset &+= length
      switch (option.uint8(at: 0), length) {
      case (Kind.sourceLinkAddress, 8):
        text.append(" from ")
        text.append(hardwareAddress: option.uint48(at: 2))
      case (Kind.targetLinkAddress, 8):
        text.append(" at ")
        text.append(hardwareAddress: option.uint48(at: 2))
      case (Kind.prefixInformation, 32):
        text.append(" prefix ")
        text.append(ipv6: option.uint128(at: 16))
        text.append("/")
        text.append(decimal: option.uint8(at: 2))
      case (Kind.mtu, 8):
        text.append(" mtu ")
        text.append(decimal: option.uint32(at: 4))
      case (Kind.recursiveServers, 24...):
        text.append(" dns ")
        for server in 0..<((length &- 8) / 16) {
          if server > 0 { text.append(",") }
          text.append(ipv6: option.uint128(at: 8 &+ server &* 16))
        }
      default: break
      }
    }
    if offset < bytes.byteCount { text.append(" [bad option length]", style: .warning) }
  }

  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    var offset = 0
    while let length = length(at: offset) {
      let option = bytes.slice(from: offset, length: length)
      offset &+= length
      visitor.beginRecord()
      visitor.number("type", UInt64(option.uint8(at: 0)), Self.name(of: option.uint8(at: 0)))
      visitor.number("length", option.uint8(at: 1))
      visitValue(option, &visitor)
      visitor.endRecord()
    }
  }

  private func visitValue<Visitor: FieldVisitor & ~Copyable>(_ option: RawSpan, _ visitor: inout Visitor) {
    switch (option.uint8(at: 0), option.byteCount) {
    case (Kind.sourceLinkAddress, 8), (Kind.targetLinkAddress, 8):
      visitor.hardwareAddress("linkaddr", option.uint48(at: 2))
    case (Kind.prefixInformation, 32):
      visitor.ipv6Address("prefix", option.uint128(at: 16))
      visitor.number("prefix.length", option.uint8(at: 2))
      visitor.hexadecimal("prefix.flag", option.uint8(at: 3), digits: 2)
      visitor.boolean("prefix.flag.l", option.uint8(at: 3) & 0x80 != 0)
      visitor.boolean("prefix.flag.a", option.uint8(at: 3) & 0x40 != 0)
      visitor.number("prefix.valid_lifetime", option.uint32(at: 4))
      visitor.number("prefix.preferred_lifetime", option.uint32(at: 8))
    case (Kind.mtu, 8): visitor.number("mtu", option.uint32(at: 4))
    case (Kind.nonce, _): visitor.octets("nonce", option.slice(from: 2))
    case (Kind.recursiveServers, 24...):
      visitor.beginValues("rdnss")
      for server in 0..<((option.byteCount &- 8) / 16) {
        visitor.ipv6Address("", option.uint128(at: 8 &+ server &* 16))
      }
      visitor.endList()
      visitor.number("rdnss.lifetime", option.uint32(at: 4))
    case (Kind.routeInformation, 8...24):
      visitor.ipv6Address("prefix", Self.prefix(option.slice(from: 8)))
      visitor.number("prefix.length", option.uint8(at: 2))
      visitor.beginGroup("route_info")
      visitor.hexadecimal("flag", option.uint8(at: 3), digits: 2)
      visitor.endGroup()
      visitor.number("route_lifetime", option.uint32(at: 4))
    case (Kind.searchList, 16...):
      visitor.beginValues("dnssl")
      visitSearchList(option.slice(from: 8), &visitor)
      visitor.endList()
      visitor.number("dnssl.lifetime", option.uint32(at: 4))
    default: break
    }
  }

  /// A prefix of which only the octets that it needs are there, RFC 4191 section 2.3.
  private static func prefix(_ octets: RawSpan) -> UInt128 {
    var value: UInt128 = 0
    for index in 0..<16 {
      value = value << 8 | UInt128(index < octets.byteCount ? octets.uint8(at: index) : 0)
    }
    return value
  }

  /// Domain names without compression, then zeros up to the end. RFC 8106 section 5.2.
  private func visitSearchList<Visitor: FieldVisitor & ~Copyable>(_ names: RawSpan, _ visitor: inout Visitor) {
    var offset = 0
    while offset < names.byteCount, names.uint8(at: offset) != 0 {
      let (ending, end) = DomainName.check(names, at: offset)
      guard ending == .whole, end > offset else { return }
      visitor.domainName("", names, at: offset)
      offset = end
    }
  }

  static func name(of kind: UInt8) -> StaticString? {
    switch kind {
    case Kind.sourceLinkAddress: "source link-layer address"
    case Kind.targetLinkAddress: "target link-layer address"
    case Kind.prefixInformation: "prefix information"
    case 4: "redirected header"
    case Kind.mtu: "MTU"
    case Kind.nonce: "nonce"
    case Kind.routeInformation: "route information"
    case Kind.recursiveServers: "recursive DNS servers"
    case Kind.searchList: "DNS search list"
    default: nil
    }
  }
}
