extension Packet {
  /// Where the headers of the innermost transport end, in octets from the start of the frame: what follows is what
  /// applications sent, or what nothing here decodes. A packet that is not IP, as ARP, is all header where it is decoded.
  public var headersEnd: Int {
    var end = 0
    var index = 0
    while index < layerCount {
      let layer = layer(at: index)
      if layer.kind.isApplication { break }
      end = headerEnd(of: layer, at: index) ?? end
      index &+= 1
    }
    return end
  }

  /// Where what counts as a layer's header ends; nil where it is none.
  private func headerEnd(of layer: Layer, at index: Int) -> Int? {
    let headerEnd = layer.offset &+ layer.headerLength
    let octets = bytes(of: layer)
    switch layer.kind {
    case .arp: return layer.offset &+ layer.capturedLength
    case .tcpQuoted: return layer.offset &+ Swift.min(layer.capturedLength, TCPHeader.Field.length)
    case .icmp:
      let known = (try? ICMPHeader(octets).knownLength) ?? ICMPHeader.Field.length
      return Swift.min(headerEnd, layer.offset &+ known)
    case .icmpv6:
      if (try? ICMPv6Header(octets).isKnown) == true { return headerEnd }
      return Swift.min(headerEnd, layer.offset &+ ICMPv6Header.Field.length)
    case .data:
      switch carried(at: index) {
      case .payload: return nil
      case .membership: return layer.offset &+ layer.capturedLength
      case .header(let length): return layer.offset &+ Swift.min(length, layer.capturedLength)
      }
    default: return headerEnd
    }
  }
}
