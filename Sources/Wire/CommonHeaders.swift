/// Where the headers of most packets stand: over Ethernet, with a VLAN tag or without one, a whole IPv4 datagram without
/// options, not a fragment, or a whole IPv6 packet without extension headers, and in it TCP or UDP.
struct CommonHeaders {
  /// Where IP begins.
  let network: Int
  let isIPv4: Bool
  let isTagged: Bool
  let isTCP: Bool
  /// Where the transport begins.
  let start: Int
  /// Where the packet ends.
  let end: Int

  /// Finds them in a frame without a frame check sequence; nil where it is anything else.
  @inline(__always)
  init?(_ bytes: RawSpan, _ linkType: LinkType) {
    var network = EthernetHeader.Field.length
    guard linkType == .ethernet, bytes.byteCount >= network &+ IPv4Header.Field.length else { return nil }
    var type = bytes.uint16(at: EthernetHeader.Field.type)
    isTagged = type == EtherType.vlan.rawValue
    if isTagged {
      // There is as much as the shortest network header, and so a tag.
      type = bytes.uint16(at: network &+ VLANTag.Field.type)
      network &+= VLANTag.Field.length
    }
    self.network = network
    isIPv4 = type == EtherType.ipv4.rawValue
    let number: IPProtocol
    if isIPv4 {
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
    isTCP = number == .tcp
    guard isTCP || number == .udp, end >= start, end <= bytes.byteCount else { return nil }
  }

  /// The length of the transport's header and what it carries, by the frame that they were found in; nil where the
  /// transport says something impossible.
  @inline(__always)
  func transport(_ bytes: RawSpan) -> (headerLength: Int, carries: LayerKind)? {
    guard isTCP else {
      let headerLength = UDPHeader.Field.length
      guard end &- start >= headerLength,
        Int(bytes.uint16(at: start &+ UDPHeader.Field.totalLength)) == end &- start
      else { return nil }
      let kind = Application.overUDP(
        bytes.uint16(at: start &+ UDPHeader.Field.sourcePort),
        bytes.uint16(at: start &+ UDPHeader.Field.destinationPort),
        bytes.slice(from: start &+ headerLength, length: end &- start &- headerLength))
      return (headerLength, kind)
    }
    guard end &- start >= TCPHeader.Field.length else { return nil }
    let headerLength = Int(bytes.uint8(at: start &+ TCPHeader.Field.dataOffsetAndFlags) >> 4) &* 4
    guard headerLength >= TCPHeader.Field.length, headerLength <= end &- start else { return nil }
    let kind = Application.overTCP(
      bytes.uint16(at: start &+ TCPHeader.Field.sourcePort),
      bytes.uint16(at: start &+ TCPHeader.Field.destinationPort),
      bytes.slice(from: start &+ headerLength, length: end &- start &- headerLength))
    return (headerLength, kind)
  }
}
