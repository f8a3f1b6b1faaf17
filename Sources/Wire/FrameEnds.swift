/// The two ends of a frame's outermost packet, as sockets have them: read by a few comparisons, without decoding the rest.
@frozen
public struct FrameEnds: Sendable {
  /// What a frame is to the sockets of a machine.
  @frozen
  public enum Kind: UInt8, Sendable {
    /// No IP packet, or one that is cut short.
    case none
    /// A datagram of a protocol with ports.
    case ports
    /// A later fragment of one, which has none.
    case laterFragment
    /// An echo request: the ports are its identifier.
    case echoRequest
    /// An echo reply: the ports are its identifier.
    case echoReply
    /// What the kernel itself sends and takes: ARP, the rest of ICMP and ICMPv6, IGMP.
    case kernel
    /// Another protocol of IP, without ports.
    case other
  }

  /// What it is.
  public var kind = Kind.none
  /// Whether the addresses are IPv6's.
  public var isIPv6 = false
  /// What IP carries.
  public var protocolNumber = IPProtocol(rawValue: 0)
  /// TCP's flags; none for others.
  public var flags: TCPFlags = []
  /// Whether it is a TCP segment with data, or one that ends what is sent.
  public var carriesData = false
  /// The port it comes from, in host order.
  public var sourcePort: UInt16 = 0
  /// The port it goes to, in host order.
  public var destinationPort: UInt16 = 0
  /// The number that the fragments of one datagram share; 0 for a whole one.
  public var fragmentIdentifier: UInt32 = 0
  /// The address it comes from; an IPv4 address in the low 32 bits.
  public var source: UInt128 = 0
  /// The address it goes to; an IPv4 address in the low 32 bits.
  public var destination: UInt128 = 0

  /// Whether a TCP connection begins with it: SYN without ACK.
  @inlinable public var begins: Bool { flags.contains(.synchronize) && !flags.contains(.acknowledgment) }

  /// The ends of nothing.
  @inlinable public init() {}

  /// Makes an echo reply's ends those of the request that it answers.
  public mutating func turnToRequest() {
    kind = .echoRequest
    (source, destination) = (destination, source)
  }

  /// The most VLAN tags, and the most extension headers, that are looked behind.
  private static var mostNested: Int { 8 }

  /// The ends of a frame.
  public init(_ frame: borrowing Frame) { self.init(frame.bytes, frame.info.linkType) }

  /// The ends of a frame by its octets.
  public init(_ bytes: RawSpan, _ linkType: LinkType) {
    switch linkType {
    case .ethernet: readEthernet(bytes)
    case .raw, .rawBSD, .rawOpenBSD, .ipv4, .ipv6: readNetwork(bytes, at: 0)
    case .null, .loop: readNetwork(bytes, at: 4)
    case .linuxSLL: readTyped(bytes, at: 16, type: bytes.byteCount >= 16 ? bytes.uint16(at: 14) : 0)
    case .linuxSLL2: readTyped(bytes, at: 20, type: bytes.byteCount >= 20 ? bytes.uint16(at: 0) : 0)
    default: break
    }
  }

  /// The ends of a packet that begins with its network header, of this EtherType.
  public init(network bytes: RawSpan, type: UInt16) { readTyped(bytes, at: 0, type: type) }

  @inline(__always)
  private mutating func readEthernet(_ bytes: RawSpan) {
    guard bytes.byteCount >= EthernetHeader.Field.length else { return }
    readTyped(bytes, at: EthernetHeader.Field.length, type: bytes.uint16(at: EthernetHeader.Field.type))
  }

  /// Reads what follows a field that tells the protocol.
  @inline(__always)
  private mutating func readTyped(_ bytes: RawSpan, at offset: Int, type: UInt16) {
    switch EtherType(rawValue: type) {
    case .ipv4: readIPv4(bytes, at: offset)
    case .ipv6: readIPv6(bytes, at: offset)
    case .arp, .reverseARP: kind = .kernel
    case .mpls, .mplsUpstream: readLabels(bytes, at: offset)
    case .pppoeSession: readPPP(bytes, at: offset &+ PPPoEHeader.Field.length)
    case .vlan, .oldVLAN, .serviceVLAN: readTagged(bytes, at: offset)
    default: if type <= EthernetHeader.largestLength { readSNAP(bytes, at: offset) }
    }
  }

  /// Reads what PPP carries, without its framing.
  private mutating func readPPP(_ bytes: RawSpan, at start: Int) {
    var offset = start
    guard bytes.byteCount >= offset &+ PPPHeader.Field.longProtocol else { return }
    var number = UInt16(bytes.uint8(at: offset))
    offset &+= PPPHeader.Field.shortProtocol
    if number & 1 == 0 {
      number = number << 8 | UInt16(bytes.uint8(at: offset))
      offset &+= PPPHeader.Field.shortProtocol
    }
    switch PPPProtocol(rawValue: number) {
    case .ipv4: readIPv4(bytes, at: offset)
    case .ipv6: readIPv6(bytes, at: offset)
    case .mpls, .mplsUpstream: readLabels(bytes, at: offset)
    default: break
    }
  }

  /// Reads what an EtherType names behind a length: RFC 1042.
  private mutating func readSNAP(_ bytes: RawSpan, at start: Int) {
    guard let header = try? LLCHeader(bytes.slice(from: start)), header.namesEtherType else { return }
    switch header.type {
    case .ipv4: readIPv4(bytes, at: start &+ header.length)
    case .ipv6: readIPv6(bytes, at: start &+ header.length)
    default: break
    }
  }

  /// Reads the IP packet below a label stack.
  private mutating func readLabels(_ bytes: RawSpan, at start: Int) {
    var offset = start
    for _ in 0..<Self.mostNested {
      guard bytes.byteCount >= offset &+ MPLSHeader.Field.length else { return }
      let entry = bytes.slice(from: offset)
      offset &+= MPLSHeader.Field.length
      guard let step = try? MPLSHeader(entry).step else { return }
      switch step.next {
      case .mpls: continue
      case .ipv4: return readIPv4(bytes, at: offset)
      case .ipv6: return readIPv6(bytes, at: offset)
      default: return
      }
    }
  }

  private mutating func readTagged(_ bytes: RawSpan, at start: Int) {
    var offset = start
    for _ in 0..<Self.mostNested {
      guard bytes.byteCount >= offset &+ VLANTag.Field.length else { return }
      let type = bytes.uint16(at: offset &+ VLANTag.Field.type)
      offset &+= VLANTag.Field.length
      switch EtherType(rawValue: type) {
      case .vlan, .oldVLAN, .serviceVLAN: continue
      default: return readTyped(bytes, at: offset, type: type)
      }
    }
  }

  /// Reads a packet whose version tells what it is.
  private mutating func readNetwork(_ bytes: RawSpan, at offset: Int) {
    guard bytes.byteCount > offset else { return }
    switch bytes.uint8(at: offset) >> 4 {
    case 4: readIPv4(bytes, at: offset)
    case 6: readIPv6(bytes, at: offset)
    default: break
    }
  }

  @inline(__always)
  private mutating func readIPv4(_ bytes: RawSpan, at offset: Int) {
    guard bytes.byteCount >= offset &+ IPv4Header.Field.length else { return }
    let first = bytes.uint8(at: offset &+ IPv4Header.Field.versionAndHeaderLength)
    let length = Int(first & 0xf) &* 4
    guard first >> 4 == 4, length >= IPv4Header.Field.length else { return }
    let addresses = bytes.uint64(at: offset &+ IPv4Header.Field.source)
    source = UInt128(addresses >> 32)
    destination = UInt128(addresses & 0xffff_ffff)
    protocolNumber = IPProtocol(rawValue: bytes.uint8(at: offset &+ IPv4Header.Field.protocolNumber))
    let fragment = bytes.uint16(at: offset &+ IPv4Header.Field.flagsAndFragmentOffset) & 0x3fff
    if fragment != 0 {
      fragmentIdentifier = UInt32(bytes.uint16(at: offset &+ IPv4Header.Field.identification)) | 1 << 31
      if fragment & 0x1fff != 0 {
        kind = .laterFragment
        return
      }
    }
    let end = offset &+ Int(bytes.uint16(at: offset &+ IPv4Header.Field.totalLength))
    readTransport(bytes, at: offset &+ length, end: end)
  }

  @inline(__always)
  private mutating func readIPv6(_ bytes: RawSpan, at offset: Int) {
    guard bytes.byteCount >= offset &+ IPv6Header.Field.length, bytes.uint8(at: offset) >> 4 == 6 else { return }
    isIPv6 = true
    source = bytes.uint128(at: offset &+ IPv6Header.Field.source)
    destination = bytes.uint128(at: offset &+ IPv6Header.Field.destination)
    protocolNumber = IPProtocol(rawValue: bytes.uint8(at: offset &+ IPv6Header.Field.nextHeader))
    let start = offset &+ IPv6Header.Field.length
    let end = start &+ Int(bytes.uint16(at: offset &+ IPv6Header.Field.payloadLength))
    switch protocolNumber {
    case .tcp, .udp: readTransport(bytes, at: start, end: end)
    default: readExtensions(bytes, at: start, end: end)
    }
  }

  /// Goes past extension headers. RFC 8200 section 4.
  private mutating func readExtensions(_ bytes: RawSpan, at start: Int, end: Int) {
    var offset = start
    for _ in 0..<Self.mostNested {
      switch protocolNumber {
      case .hopByHop, .routing, .destinationOptions, .authentication, .fragment: break
      default: return readTransport(bytes, at: offset, end: end)
      }
      guard bytes.byteCount >= offset &+ 8 else {
        kind = .other
        return
      }
      let next = IPProtocol(rawValue: bytes.uint8(at: offset))
      let length = Int(bytes.uint8(at: offset &+ 1))
      switch protocolNumber {
      case .fragment:
        let fragment = bytes.uint16(at: offset &+ 2)
        if fragment & 0xfff9 != 0 { fragmentIdentifier = bytes.uint32(at: offset &+ 4) | 1 << 31 }
        if fragment & 0xfff8 != 0 {
          protocolNumber = next
          kind = .laterFragment
          return
        }
        offset &+= 8
      // In units of four octets, less two. RFC 4302 section 2.2.
      case .authentication: offset &+= (length &+ 2) &* 4
      default: offset &+= (length &+ 1) &* 8
      }
      protocolNumber = next
    }
    kind = .other
  }

  @inline(__always)
  private mutating func readTransport(_ bytes: RawSpan, at offset: Int, end: Int) {
    kind = .other
    switch protocolNumber {
    case .tcp:
      guard bytes.byteCount >= offset &+ 14 else { return }
      let word = bytes.uint16(at: offset &+ TCPHeader.Field.dataOffsetAndFlags)
      flags = TCPFlags(rawValue: word & 0x0fff)
      carriesData = end &- offset > Int(word >> 12) &* 4 || flags.contains(.finish)
      readPorts(bytes, at: offset)
    case .udp, .udpLite, .sctp: readPorts(bytes, at: offset)
    case .icmp: readEcho(bytes, at: offset, request: 8, reply: 0)
    case .icmpv6: readEcho(bytes, at: offset, request: 128, reply: 129)
    case .igmp: kind = .kernel
    // IPv4 may carry it too: what follows it counts.
    case .authentication: readExtensions(bytes, at: offset, end: end)
    default: break
    }
  }

  @inline(__always)
  private mutating func readPorts(_ bytes: RawSpan, at offset: Int) {
    guard bytes.byteCount >= offset &+ 4 else { return }
    let ports = bytes.uint32(at: offset)
    sourcePort = UInt16(truncatingIfNeeded: ports >> 16)
    destinationPort = UInt16(truncatingIfNeeded: ports)
    kind = .ports
  }

  /// Reads an ICMP message; the identifier of an echo stands behind type, code and checksum. RFC 792, RFC 4443.
  private mutating func readEcho(_ bytes: RawSpan, at offset: Int, request: UInt8, reply: UInt8) {
    kind = .kernel
    guard bytes.byteCount >= offset &+ 6 else { return }
    let type = bytes.uint8(at: offset)
    guard type == request || type == reply else { return }
    kind = type == request ? .echoRequest : .echoReply
    sourcePort = bytes.uint16(at: offset &+ 4)
    destinationPort = sourcePort
  }
}
