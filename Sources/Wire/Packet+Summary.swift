/// The one-line view: endpoints, then each header's own phrase.
extension Packet {
  /// Writes the packet on one line, without its time and without a line end.
  ///
  /// `sequences` is what the sequence numbers of the outermost TCP header count from.
  public func summarize(into text: inout TextBuffer, sequences: SequenceBases = SequenceBases()) {
    let begin = text.count
    var openQuotes = 0
    for index in 0..<layerCount {
      let layer = layer(at: index)
      if index > 0, layer.nesting == .inner { text.append(" | ") }
      if layer.nesting == .quoted {
        text.append(" (about ")
        openQuotes &+= 1
      } else if text.count > begin, layer.nesting == .same {
        text.append(" ")
      }
      summarizeLayer(at: index, into: &text, layer.depth == 0 ? sequences : SequenceBases())
      // A layer without a phrase leaves no space behind.
      if text.count > begin, layer.nesting == .same { text.removeTrailingSpace() }
    }
    for _ in 0..<openQuotes { text.append(")") }
    if let stop { summarize(stop, into: &text) }
  }

  private func summarizeLayer(at index: Int, into text: inout TextBuffer, _ sequences: SequenceBases) {
    let layer = layer(at: index)
    switch layer.kind {
    case .ethernet where layerCount > index &+ 1 && self.layer(at: index &+ 1).kind != .data: return
    case .ipv4, .ipv6:
      writeEndpoints(ofNetworkLayerAt: index, into: &text)
      text.append(" ")
      Registry.summarize(layer.kind, bytes(of: layer), into: &text, context(ofLayerAt: index))
      text.removeTrailingSpace()
    default:
      Registry.summarize(layer.kind, bytes(of: layer), into: &text, context(ofLayerAt: index, sequences: sequences))
    }
  }

  /// Writes `10.0.0.5:41522 > 93.184.216.34:443`, or without ports where the packet has none.
  private func writeEndpoints(ofNetworkLayerAt index: Int, into text: inout TextBuffer) {
    let network = layer(at: index)
    let header = bytes(of: network)
    let ports = ports(forNetworkLayerAt: index)
    text.begin(.endpoint)
    writeEndpoint(network.kind, header, isSource: true, ports?.source, into: &text)
    text.end()
    text.append(" > ")
    text.begin(.endpoint)
    writeEndpoint(network.kind, header, isSource: false, ports?.destination, into: &text)
    text.end()
  }

  private func writeEndpoint(
    _ kind: LayerKind, _ header: RawSpan, isSource: Bool, _ port: UInt16?, into text: inout TextBuffer
  ) {
    if kind == .ipv4 {
      text.append(ipv4: header.uint32(at: isSource ? IPv4Header.Field.source : IPv4Header.Field.destination))
    } else {
      if port != nil { text.append("[") }
      text.append(ipv6: header.uint128(at: isSource ? IPv6Header.Field.source : IPv6Header.Field.destination))
      if port != nil { text.append("]") }
    }
    if let port {
      text.append(":")
      text.append(decimal: port)
    }
  }

  /// The ports of the transport layer that an IP layer carries.
  private func ports(forNetworkLayerAt index: Int) -> (source: UInt16, destination: UInt16)? {
    let depth = layer(at: index).depth
    var candidate = index &+ 1
    while candidate < layerCount, layer(at: candidate).depth == depth {
      let layer = layer(at: candidate)
      if layer.kind == .tcp || layer.kind == .udp || layer.kind == .tcpQuoted {
        let header = bytes(of: layer)
        return (header.uint16(at: TCPHeader.Field.sourcePort), header.uint16(at: TCPHeader.Field.destinationPort))
      }
      candidate &+= 1
    }
    return nil
  }

  private func summarize(_ stop: DecodeError, into text: inout TextBuffer) {
    text.append(" ")
    text.begin(.warning)
    text.append("[")
    text.append(stop.layer.name)
    switch stop.reason {
    case .snapped(let needed, let available):
      text.append(" cut by the capture: ")
      text.append(decimal: available)
      text.append(" of ")
      text.append(decimal: needed)
      text.append(" octets")
    case .truncated(let needed, let available):
      text.append(" truncated: ")
      text.append(decimal: available)
      text.append(" of ")
      text.append(decimal: needed)
      text.append(" octets")
    case .invalidLength(let value):
      text.append(" has an impossible length: ")
      text.append(decimal: value)
    case .invalidValue(let value):
      text.append(" has an impossible value: ")
      text.append(decimal: value)
    case .tooDeep:
      text.append(": too many layers")
    }
    text.append("]")
    text.end()
  }
}
