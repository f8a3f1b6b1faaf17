/// The way of most packets of all: a whole IPv4 datagram without options over Ethernet, not a fragment, and in it a
/// TCP segment or UDP datagram that says nothing impossible.
extension Packet {
  /// Keeps its three layers and answers what the transport carries; where that is not as usual, two layers and the
  /// transport itself; nil where the frame is anything else, and then nothing is kept.
  ///
  /// It says of such a frame exactly what `EthernetHeader` and `IPv4Header` say, in a third of the time; a test holds
  /// the two ways against each other on every capture.
  @inline(__always)
  static func decodeCommon(
    _ bytes: RawSpan, _ linkType: LinkType, wireEnd: Int, _ layers: LayerList
  ) -> (kind: LayerKind, start: Int, end: Int, count: Int)? {
    let network = EthernetHeader.Field.length
    let start = network &+ IPv4Header.Field.length
    guard linkType == .ethernet, bytes.byteCount >= start,
      bytes.uint16(at: EthernetHeader.Field.type) == EtherType.ipv4.rawValue,
      // Version 4 and a header of five words.
      bytes.uint8(at: network &+ IPv4Header.Field.versionAndHeaderLength) == 0x45,
      bytes.uint16(at: network &+ IPv4Header.Field.flagsAndFragmentOffset) & 0x3fff == 0
    else { return nil }
    let end = network &+ Int(bytes.uint16(at: network &+ IPv4Header.Field.totalLength))
    let kind: LayerKind
    switch IPProtocol(rawValue: bytes.uint8(at: network &+ IPv4Header.Field.protocolNumber)) {
    case .tcp: kind = .tcp
    case .udp: kind = .udp
    default: return nil
    }
    guard end >= start, end <= bytes.byteCount else { return nil }
    layers[0] = Layer(
      kind: .ethernet, nesting: .same, usesEtherType: true, isPartial: false, depth: 0, start: 0,
      headerEnd: UInt32(truncatingIfNeeded: network), capturedEnd: UInt32(truncatingIfNeeded: bytes.byteCount),
      wireEnd: UInt32(truncatingIfNeeded: wireEnd))
    layers[1] = Layer(
      kind: .ipv4, nesting: .same, usesEtherType: false, isPartial: false, depth: 0,
      start: UInt32(truncatingIfNeeded: network), headerEnd: UInt32(truncatingIfNeeded: start),
      capturedEnd: UInt32(truncatingIfNeeded: end), wireEnd: UInt32(truncatingIfNeeded: end))
    let headerLength: Int
    let next: LayerKind
    if kind == .tcp {
      guard end &- start >= TCPHeader.Field.length else { return (kind, start, end, 2) }
      headerLength = Int(bytes.uint8(at: start &+ TCPHeader.Field.dataOffsetAndFlags) >> 4) &* 4
      guard headerLength >= TCPHeader.Field.length, headerLength <= end &- start else { return (kind, start, end, 2) }
      next = Application.overTCP(
        bytes.uint16(at: start &+ TCPHeader.Field.sourcePort),
        bytes.uint16(at: start &+ TCPHeader.Field.destinationPort),
        bytes.slice(from: start &+ headerLength, length: end &- start &- headerLength))
    } else {
      headerLength = UDPHeader.Field.length
      guard end &- start >= headerLength,
        Int(bytes.uint16(at: start &+ UDPHeader.Field.totalLength)) == end &- start
      else { return (kind, start, end, 2) }
      next = Application.overUDP(
        bytes.uint16(at: start &+ UDPHeader.Field.sourcePort),
        bytes.uint16(at: start &+ UDPHeader.Field.destinationPort),
        bytes.slice(from: start &+ headerLength, length: end &- start &- headerLength))
    }
    layers[2] = Layer(
      kind: kind, nesting: .same, usesEtherType: false, isPartial: false, depth: 0,
      start: UInt32(truncatingIfNeeded: start), headerEnd: UInt32(truncatingIfNeeded: start &+ headerLength),
      capturedEnd: UInt32(truncatingIfNeeded: end), wireEnd: UInt32(truncatingIfNeeded: end))
    return (next, start &+ headerLength, end, 3)
  }
}
