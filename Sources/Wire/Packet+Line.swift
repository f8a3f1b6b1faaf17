/// The common way of a line, for a packet that was decoded and for a frame that was not.
extension Packet {
  /// Writes addresses, ports and the transport's phrase; false, with nothing written, where anything about them is not
  /// as in most packets.
  @inline(__always)
  func writeCommonLine(
    of network: Layer, at index: Int, afterSpace: Bool, _ sequences: SequenceBases, into text: inout TextBuffer
  ) -> Bool {
    let transport = layer(at: index &+ 1)
    guard transport.kind == .tcp || transport.kind == .udp, transport.depth == 0, !transport.isPartial, !text.color,
      transport.wireEnd == transport.capturedEnd,
      let line = CommonLine(
        bytes, network: network.offset, isIPv4: network.kind == .ipv4,
        transport.offset..<(transport.offset &+ transport.capturedLength), isTCP: transport.kind == .tcp,
        info.checksumOffload)
    else { return false }
    let next = layer(at: index &+ 2)
    line.write(
      sequences, afterSpace: afterSpace, hasPhrase: next.kind == .data || next.kind == .none, ending: false, into: &text
    )
    return true
  }
}

extension TextBuffer {
  /// How much of a packet's line was written.
  @frozen
  public enum LineProgress: Sendable {
    /// Nothing: it is not one of those that most are.
    case none
    /// What its addresses, ports and TCP say; `Packet.summarizePayload` says the rest.
    case segment
    /// All, with the line end.
    case whole
  }

  /// Writes a frame's line, as far as the frame need not be decoded for that: what nearly every packet is.
  ///
  /// It is what `Packet.summarize` writes.
  public mutating func append(
    lineOf bytes: RawSpan, _ linkType: LinkType, _ offload: ChecksumOffload, sequences: SequenceBases
  ) -> LineProgress {
    guard !color, let headers = CommonHeaders(bytes, linkType), !headers.isTagged,
      let (_, payload) = headers.transport(bytes)
    else { return .none }
    let isWhole = payload == .data || payload == .none
    // What UDP says depends on whether its payload can be decoded.
    guard isWhole || headers.isTCP,
      let line = CommonLine(
        bytes, network: headers.network, isIPv4: headers.isIPv4, headers.start..<headers.end, isTCP: headers.isTCP,
        offload)
    else { return .none }
    line.write(sequences, afterSpace: false, hasPhrase: true, ending: isWhole, into: &self)
    return isWhole ? .whole : .segment
  }
}
