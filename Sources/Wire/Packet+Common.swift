/// The way of most packets of all: over Ethernet, with a VLAN tag or without one, a whole IPv4 datagram without options,
/// not a fragment, or a whole IPv6 packet without extension headers, and in it a TCP segment or UDP datagram that says
/// nothing impossible.
extension Packet {
  /// Keeps its layers and answers what the transport carries; where that is not as usual, the layers before the
  /// transport, and the transport itself; nil where the frame is anything else.
  ///
  /// It says of such a frame exactly what the headers by themselves say, in a third of the time; a test holds the two
  /// ways against each other on every capture.
  @inline(__always)
  static func decodeCommon(
    _ bytes: RawSpan, _ linkType: LinkType, wireEnd: Int, _ layers: LayerList
  ) -> (kind: LayerKind, start: Int, end: Int, count: Int)? {
    var network = EthernetHeader.Field.length
    guard linkType == .ethernet, bytes.byteCount >= network &+ IPv4Header.Field.length else { return nil }
    var type = bytes.uint16(at: EthernetHeader.Field.type)
    var count = 1
    if type == EtherType.vlan.rawValue {
      // There is as much as the shortest network header, and so a tag.
      type = bytes.uint16(at: network &+ VLANTag.Field.type)
      layers[1] = linkLayer(.vlan, network, VLANTag.Field.length, bytes.byteCount, wireEnd: wireEnd)
      network &+= VLANTag.Field.length
      count = 2
    }
    let number: IPProtocol
    let start: Int
    let end: Int
    if type == EtherType.ipv4.rawValue {
      start = network &+ IPv4Header.Field.length
      guard bytes.byteCount >= start,
        // Version 4 and a header of five words.
        bytes.uint8(at: network &+ IPv4Header.Field.versionAndHeaderLength) == 0x45,
        bytes.uint16(at: network &+ IPv4Header.Field.flagsAndFragmentOffset) & 0x3fff == 0
      else { return nil }
      end = network &+ Int(bytes.uint16(at: network &+ IPv4Header.Field.totalLength))
      number = IPProtocol(rawValue: bytes.uint8(at: network &+ IPv4Header.Field.protocolNumber))
    } else if type == EtherType.ipv6.rawValue {
      start = network &+ IPv6Header.Field.length
      guard bytes.byteCount >= start,
        bytes.uint8(at: network &+ IPv6Header.Field.versionClassAndLabel) >> 4 == 6
      else { return nil }
      end = start &+ Int(bytes.uint16(at: network &+ IPv6Header.Field.payloadLength))
      // A length of 0 is not what it says.
      guard end > start else { return nil }
      number = IPProtocol(rawValue: bytes.uint8(at: network &+ IPv6Header.Field.nextHeader))
    } else {
      return nil
    }
    let kind: LayerKind
    switch number {
    case .tcp: kind = .tcp
    case .udp: kind = .udp
    default: return nil
    }
    guard end >= start, end <= bytes.byteCount else { return nil }
    layers[0] = linkLayer(.ethernet, 0, EthernetHeader.Field.length, bytes.byteCount, wireEnd: wireEnd)
    layers[count] = wholeLayer(type == EtherType.ipv4.rawValue ? .ipv4 : .ipv6, network, start, end)
    count &+= 1
    let headerLength: Int
    let next: LayerKind
    if kind == .tcp {
      guard end &- start >= TCPHeader.Field.length else { return (kind, start, end, count) }
      headerLength = Int(bytes.uint8(at: start &+ TCPHeader.Field.dataOffsetAndFlags) >> 4) &* 4
      guard headerLength >= TCPHeader.Field.length, headerLength <= end &- start else {
        return (kind, start, end, count)
      }
      next = Application.overTCP(
        bytes.uint16(at: start &+ TCPHeader.Field.sourcePort),
        bytes.uint16(at: start &+ TCPHeader.Field.destinationPort),
        bytes.slice(from: start &+ headerLength, length: end &- start &- headerLength))
    } else {
      headerLength = UDPHeader.Field.length
      guard end &- start >= headerLength,
        Int(bytes.uint16(at: start &+ UDPHeader.Field.totalLength)) == end &- start
      else { return (kind, start, end, count) }
      next = Application.overUDP(
        bytes.uint16(at: start &+ UDPHeader.Field.sourcePort),
        bytes.uint16(at: start &+ UDPHeader.Field.destinationPort),
        bytes.slice(from: start &+ headerLength, length: end &- start &- headerLength))
    }
    layers[count] = wholeLayer(kind, start, start &+ headerLength, end)
    return (next, start &+ headerLength, end, count &+ 1)
  }

  /// A layer that an EtherType follows, to the end of the frame.
  @inline(__always)
  private static func linkLayer(
    _ kind: LayerKind, _ start: Int, _ headerLength: Int, _ capturedEnd: Int, wireEnd: Int
  ) -> Layer {
    Layer(
      kind: kind, nesting: .same, usesEtherType: true, isPartial: false, depth: 0,
      start: UInt32(truncatingIfNeeded: start), headerEnd: UInt32(truncatingIfNeeded: start &+ headerLength),
      capturedEnd: UInt32(truncatingIfNeeded: capturedEnd), wireEnd: UInt32(truncatingIfNeeded: wireEnd))
  }

  /// A layer that was captured whole.
  @inline(__always)
  private static func wholeLayer(_ kind: LayerKind, _ start: Int, _ headerEnd: Int, _ end: Int) -> Layer {
    Layer(
      kind: kind, nesting: .same, usesEtherType: false, isPartial: false, depth: 0,
      start: UInt32(truncatingIfNeeded: start), headerEnd: UInt32(truncatingIfNeeded: headerEnd),
      capturedEnd: UInt32(truncatingIfNeeded: end), wireEnd: UInt32(truncatingIfNeeded: end))
  }
}
