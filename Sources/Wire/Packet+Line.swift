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
      transport.wireEnd == transport.capturedEnd
    else { return false }
    let next = layer(at: index &+ 2)
    return CommonLine.write(
      bytes, network: network.offset, isIPv4: network.kind == .ipv4, bytes(of: transport),
      isTCP: transport.kind == .tcp, info.checksumOffload, sequences, afterSpace: afterSpace,
      hasPhrase: next.kind == .data || next.kind == .none, ending: false, into: &text)
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
      CommonLine.write(
        bytes, network: headers.network, isIPv4: headers.isIPv4,
        bytes.slice(from: headers.start, length: headers.end &- headers.start), isTCP: headers.isTCP, offload,
        sequences,
        afterSpace: false, hasPhrase: true, ending: isWhole, into: &self)
    else { return .none }
    return isWhole ? .whole : .segment
  }
}
