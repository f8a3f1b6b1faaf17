/// The way of most packets of all: those that have `CommonHeaders`, and a TCP segment or UDP datagram that says nothing
/// impossible.
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
    guard let headers = CommonHeaders(bytes, linkType) else { return nil }
    let (start, end) = (headers.start, headers.end)
    layers[0] = linkLayer(.ethernet, 0, EthernetHeader.Field.length, bytes.byteCount, wireEnd: wireEnd)
    var count = 1
    if headers.isTagged {
      layers[1] = linkLayer(
        .vlan, EthernetHeader.Field.length, VLANTag.Field.length, bytes.byteCount, wireEnd: wireEnd)
      count = 2
    }
    layers[count] = wholeLayer(headers.isIPv4 ? .ipv4 : .ipv6, headers.network, start, end)
    count &+= 1
    let kind = headers.isTCP ? LayerKind.tcp : .udp
    guard let (headerLength, next) = headers.transport(bytes) else { return (kind, start, end, count) }
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
