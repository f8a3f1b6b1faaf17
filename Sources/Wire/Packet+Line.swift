/// The way of most lines: a whole TCP segment or UDP datagram right behind IPv4 without options, or behind IPv6.
extension Packet {
  /// Two endpoints with IPv6 addresses and ports, and TCP's phrase with its longest numbers.
  private static let longestLine = 256

  /// Writes addresses, ports and the transport's phrase; false, with nothing written, where anything about them is not
  /// as in most packets.
  ///
  /// It says exactly what the layers' own phrases say, in a quarter of the time; a test holds the two ways against each
  /// other on every capture, damaged too.
  @inline(__always)
  func writeCommonLine(
    of network: Layer, at index: Int, afterSpace: Bool, _ sequences: SequenceBases, into text: inout TextBuffer
  ) -> Bool {
    let transport = layer(at: index &+ 1)
    let isIPv4 = network.kind == .ipv4
    guard transport.kind == .tcp || transport.kind == .udp, transport.depth == 0, !transport.isPartial, !text.color,
      transport.wireEnd == transport.capturedEnd
    else { return false }
    // Within the frame, since decoding found all of both headers there.
    let network = network.offset
    let segment = bytes(of: transport)
    if isIPv4, !IPv4Header.isSilent(bytes, at: network) { return false }
    let ports = segment.uint32(at: TCPHeader.Field.sourcePort)
    if transport.kind == .udp {
      let length = segment.uint16(at: UDPHeader.Field.totalLength)
      guard Int(length) == segment.byteCount, hasSilentChecksum(transport, segment, isIPv4, network) else {
        return false
      }
      let next = layer(at: index &+ 2)
      let hasPhrase = next.kind == .data || next.kind == .none
      text.writeLine(atMost: Self.longestLine) { line in
        Self.writeEndpoints(bytes, network, isIPv4, ports, afterSpace: afterSpace, into: &line)
        if hasPhrase {
          line.append(" UDP len ")
          line.append(decimal: UInt32(length) &- UInt32(UDPHeader.Field.length))
        }
      }
      return true
    }
    let offsetAndFlags = segment.uint16(at: TCPHeader.Field.dataOffsetAndFlags)
    let headerLength = Int(offsetAndFlags >> 12) &* 4
    guard headerLength >= TCPHeader.Field.length, headerLength <= segment.byteCount,
      hasSilentChecksum(transport, segment, isIPv4, network)
    else { return false }
    let optionsLength = headerLength &- TCPHeader.Field.length
    let hasTimestampsOnly =
      optionsLength == TCPOptions.alignedTimestampsLength
      && segment.uint32(at: TCPHeader.Field.length) == TCPOptions.alignedTimestamps
    text.writeLine(atMost: Self.longestLine) { line in
      Self.writeEndpoints(bytes, network, isIPv4, ports, afterSpace: afterSpace, into: &line)
      line.append(" TCP [")
      TCPFlags(rawValue: offsetAndFlags & 0x0fff).append(to: &line)
      line.append("] seq ")
      let sequence = segment.uint32(at: TCPHeader.Field.sequenceNumber) &- sequences.sequence
      line.append(decimal: sequence)
      let length = UInt32(truncatingIfNeeded: segment.byteCount &- headerLength)
      if length > 0 {
        line.append(UInt8(ascii: ":"))
        line.append(decimal: sequence &+ length)
      }
      if offsetAndFlags & TCPFlags.acknowledgment.rawValue != 0 {
        line.append(" ack ")
        line.append(
          decimal: segment.uint32(at: TCPHeader.Field.acknowledgmentNumber) &- sequences.acknowledgment)
      }
      line.append(" win ")
      line.append(decimal: UInt32(segment.uint16(at: TCPHeader.Field.window)))
      if offsetAndFlags & TCPFlags.urgent.rawValue != 0 {
        line.append(" urg ")
        line.append(decimal: UInt32(segment.uint16(at: TCPHeader.Field.urgentPointer)))
      }
      line.append(" len ")
      line.append(decimal: length)
      if hasTimestampsOnly {
        line.append(" <nop,nop,TS val ")
        line.append(decimal: segment.uint32(at: TCPHeader.Field.length &+ 4))
        line.append(" ecr ")
        line.append(decimal: segment.uint32(at: TCPHeader.Field.length &+ 8))
        line.append(UInt8(ascii: ">"))
      }
    }
    if optionsLength > 0, !hasTimestampsOnly {
      text.append(" ")
      TCPOptions(segment.slice(from: TCPHeader.Field.length, length: optionsLength))
        .summarize(into: &text, base: sequences.acknowledgment)
    }
    return true
  }

  /// Whether there is nothing to say about the checksum: it fits, was left to the card, or UDP over IPv4 has none.
  @inline(__always)
  private func hasSilentChecksum(
    _ transport: Layer, _ segment: RawSpan, _ isIPv4: Bool, _ network: Int
  ) -> Bool {
    let isTCP = transport.kind == .tcp
    let stored = segment.uint16(at: isTCP ? TCPHeader.Field.checksum : UDPHeader.Field.checksum)
    if !isTCP, stored == 0 { return isIPv4 }
    if info.checksumOffload != .unknown { return true }
    var pseudo = UInt64(isTCP ? IPProtocol.tcp.rawValue : IPProtocol.udp.rawValue)
    pseudo = pseudo &+ UInt64(truncatingIfNeeded: segment.byteCount)
    // Words of four octets are as good as those of two: the carries come back in.
    if isIPv4 {
      let addresses = bytes.uint64(at: network &+ IPv4Header.Field.source)
      pseudo = pseudo &+ (addresses & 0xffff_ffff) &+ addresses >> 32
    } else {
      for word in 0..<4 {
        let part = bytes.uint64(at: network &+ IPv6Header.Field.source &+ word &* 8)
        pseudo = pseudo &+ (part & 0xffff_ffff) &+ part >> 32
      }
    }
    let sum = Checksum.fold(segment.onesComplementSum(adding: pseudo))
    return sum == 0xffff || stored == Checksum.fold(pseudo)
  }

  /// Writes `10.0.0.5:41522 > 93.184.216.34:443`.
  @inline(__always)
  private static func writeEndpoints(
    _ bytes: RawSpan, _ network: Int, _ isIPv4: Bool, _ ports: UInt32, afterSpace: Bool, into line: inout LineCursor
  ) {
    if afterSpace { line.append(UInt8(ascii: " ")) }
    let source = UInt16(truncatingIfNeeded: ports >> 16)
    let destination = UInt16(truncatingIfNeeded: ports)
    if isIPv4 {
      let addresses = bytes.uint64(at: network &+ IPv4Header.Field.source)
      line.append(ipv4: UInt32(truncatingIfNeeded: addresses >> 32))
      line.append(port: source)
      line.append(" > ")
      line.append(ipv4: UInt32(truncatingIfNeeded: addresses))
    } else {
      line.append(UInt8(ascii: "["))
      line.append(ipv6: bytes.uint128(at: network &+ IPv6Header.Field.source))
      line.append(UInt8(ascii: "]"))
      line.append(port: source)
      line.append(" > [")
      line.append(ipv6: bytes.uint128(at: network &+ IPv6Header.Field.destination))
      line.append(UInt8(ascii: "]"))
    }
    line.append(port: destination)
  }
}

extension TCPFlags {
  /// Writes the letters of the flags, in the order that tcpdump has: at most nine octets.
  @inline(__always)
  fileprivate func append(to line: inout LineCursor) {
    switch rawValue & 0x1ff {
    case 0x010: line.append(UInt8(ascii: "."))
    case 0x018: line.append("P.")
    default: appendLetters(to: &line)
    }
  }

  private func appendLetters(to line: inout LineCursor) {
    if rawValue & 0x1ff == 0 { return line.append("none") }
    if contains(.synchronize) { line.append(UInt8(ascii: "S")) }
    if contains(.finish) { line.append(UInt8(ascii: "F")) }
    if contains(.push) { line.append(UInt8(ascii: "P")) }
    if contains(.reset) { line.append(UInt8(ascii: "R")) }
    if contains(.urgent) { line.append(UInt8(ascii: "U")) }
    if contains(.congestionEcho) { line.append(UInt8(ascii: "E")) }
    if contains(.congestionWindowReduced) { line.append(UInt8(ascii: "W")) }
    if contains(.accurateECN) { line.append(UInt8(ascii: "e")) }
    if contains(.acknowledgment) { line.append(UInt8(ascii: ".")) }
  }
}
