/// The one-line view: endpoints, then each header's own phrase.
extension Packet {
  /// Writes the packet on one line, without its time and without a line end.
  ///
  /// `sequences` is what the sequence numbers of the innermost TCP header count from, but for a quoted one.
  public func summarize(into text: inout TextBuffer, sequences: SequenceBases = SequenceBases()) {
    summarize(into: &text, sequences, takesCommonWay: true)
  }

  /// The same, or with every header's phrase by itself, against which a test holds the common way.
  @inline(__always)
  func summarize(into text: inout TextBuffer, _ sequences: SequenceBases, takesCommonWay: Bool) {
    let begin = text.count
    var next = 0
    // Nearly every packet is one of these.
    if takesCommonWay, layer(at: 0).kind == .ethernet {
      let network = layer(at: 1)
      if network.kind == .ipv4 || network.kind == .ipv6,
        writeCommonLine(of: network, at: 1, afterSpace: false, sequences, into: &text)
      {
        next = 3
        if layerCount == 4, layer(at: 3).kind == .data { next = 4 }
        if next == layerCount, stop == nil { return }
      }
    }
    summarize(from: next, begin: begin, into: &text, sequences, takesCommonWay: takesCommonWay)
  }

  /// Writes what is behind the transport, where `TextBuffer.append(lineOf:)` wrote the line as far as that.
  public func summarizePayload(into text: inout TextBuffer, sequences: SequenceBases) {
    // Behind Ethernet, IP and TCP, of which there is a text.
    summarize(from: 3, begin: 0, into: &text, sequences, takesCommonWay: true)
  }

  /// Writes the phrases from a layer on, of a line that begins at a position.
  private func summarize(
    from first: Int, begin: Int, into text: inout TextBuffer, _ sequences: SequenceBases, takesCommonWay: Bool
  ) {
    var openQuotes = 0
    var next = first
    while next < layerCount {
      let index = next
      next &+= 1
      let layer = layer(at: index)
      switch layer.kind {
      case .ipv4 where layer.depth == 0, .ipv6 where layer.depth == 0:
        if takesCommonWay,
          writeCommonLine(of: layer, at: index, afterSpace: text.count > begin, sequences, into: &text)
        {
          next &+= 1
          continue
        }
      case .ethernet where layerCount > index &+ 1 && self.layer(at: index &+ 1).kind != .data:
        if layer.nesting == .inner { text.append(" |") }
        continue
      case .data:
        // Where nothing at all is decoded, say at least how much there is.
        if index == 0 {
          text.append("data len ")
          text.append(decimal: layer.wireLength)
        }
        continue
      default: break
      }
      switch layer.nesting {
      case .inner: text.append(" | ")
      case .quoted:
        text.append(" (about ")
        openQuotes &+= 1
      case .same:
        // The messages of one segment are a list, as TLS records are.
        if layer.kind == .dnsOverTCP, index > 0, self.layer(at: index &- 1).kind == .dnsOverTCP { text.append(",") }
        if text.count > begin { text.append(" ") }
      }
      if layer.kind == .ipv4 || layer.kind == .ipv6 {
        writeEndpoints(of: layer, at: index, into: &text)
        let following = self.layer(at: index &+ 1).kind
        if layer.kind == .ipv4, following == .tcp || following == .udp, IPv4Header.isSilent(bytes(of: layer)) {
          continue
        }
        text.append(" ")
      }
      let context = context(of: layer, at: index, sequences: openQuotes == 0 ? sequences : SequenceBases())
      Registry.summarize(layer.kind, bytes(of: layer), into: &text, context)
      // A layer without a phrase leaves no space behind.
      if text.count > begin { text.removeTrailingSpace() }
    }
    for _ in 0..<openQuotes { text.append(")") }
    if let stop { summarize(stop, into: &text) }
    if text.count == begin { text.append("no octets") }
  }

  /// Writes `10.0.0.5:41522 > 93.184.216.34:443`, or without ports where the packet has none.
  @inline(__always)
  private func writeEndpoints(of network: Layer, at index: Int, into text: inout TextBuffer) {
    let header = bytes(of: network)
    let ports = ports(of: network, at: index)
    if network.kind == .ipv4 {
      text.begin(.endpoint)
      text.append(ipv4: header.uint32(at: IPv4Header.Field.source))
      if let ports { text.append(port: ports >> 16) }
      text.end()
      text.append(" > ")
      text.begin(.endpoint)
      text.append(ipv4: header.uint32(at: IPv4Header.Field.destination))
    } else {
      text.begin(.endpoint)
      text.append(ipv6: header.uint128(at: IPv6Header.Field.source), inBrackets: ports != nil)
      if let ports { text.append(port: ports >> 16) }
      text.end()
      text.append(" > ")
      text.begin(.endpoint)
      text.append(ipv6: header.uint128(at: IPv6Header.Field.destination), inBrackets: ports != nil)
    }
    if let ports { text.append(port: ports & 0xffff) }
    text.end()
  }

  /// The ports of the transport layer that an IP layer carries: the source in the high half.
  @inline(__always)
  private func ports(of network: Layer, at index: Int) -> UInt32? {
    var candidate = index &+ 1
    while candidate < layerCount {
      let layer = layer(at: candidate)
      guard layer.depth == network.depth else { return nil }
      if layer.kind == .tcp || layer.kind == .udp || layer.kind == .tcpQuoted {
        // Both protocols begin with the two ports.
        return bytes(of: layer).uint32(at: TCPHeader.Field.sourcePort)
      }
      candidate &+= 1
    }
    return nil
  }

  private func summarize(_ stop: DecodeError, into text: inout TextBuffer) {
    if layerCount > 0 { text.append(" ") }
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

extension TextBuffer {
  @inline(__always)
  fileprivate mutating func append(port: UInt32) {
    append(":")
    append(digitsOf: UInt64(port))
  }

  fileprivate mutating func append(ipv6 address: UInt128, inBrackets: Bool) {
    if inBrackets { append("[") }
    append(ipv6: address)
    if inBrackets { append("]") }
  }
}
