/// The way of most lines: a whole TCP segment or UDP datagram right behind IPv4 without options, or behind IPv6.
///
/// It says exactly what the layers' own phrases say, in a quarter of the time; a test holds the two ways against each
/// other on every capture, damaged too. All is handed on as single values: a structure of them would be written field by
/// field and read whole, which stalls the processor.
enum CommonLine {
  /// Two endpoints with IPv6 addresses and ports, and TCP's phrase with its longest numbers.
  private static let longest = 256

  /// Writes addresses, ports and the transport's phrase, by where its headers stand in the frame: within it, as decoding
  /// found. UDP's phrase is written only with `hasPhrase`, where it carries nothing that has one; with `ending`, a line end
  /// is behind it. False, with nothing written, where anything is not as in most packets, so that there is more to say.
  @inline(__always)
  static func write(
    _ bytes: RawSpan, network: Int, isIPv4: Bool, _ segment: RawSpan, isTCP: Bool, _ offload: ChecksumOffload,
    _ sequences: SequenceBases, afterSpace: Bool, hasPhrase: Bool, ending: Bool, into text: inout TextBuffer
  ) -> Bool {
    let count = segment.byteCount
    if isIPv4, !IPv4Header.isSilent(bytes, at: network) { return false }
    if !isTCP {
      guard Int(segment.uint16(at: UDPHeader.Field.totalLength)) == count,
        hasSilentChecksum(bytes, network, isIPv4, segment, isTCP: false, offload)
      else { return false }
      text.writeLine(atMost: longest) { line in
        if afterSpace { line.append(UInt8(ascii: " ")) }
        writeEndpoints(bytes, network, isIPv4, segment, into: &line)
        if hasPhrase {
          line.append(" UDP len ")
          line.append(short: UInt32(truncatingIfNeeded: count &- UDPHeader.Field.length))
        }
        if ending { line.append(UInt8(ascii: "\n")) }
      }
      return true
    }
    let offsetAndFlags = segment.uint16(at: TCPHeader.Field.dataOffsetAndFlags)
    let headerLength = Int(offsetAndFlags >> 12) &* 4
    guard headerLength >= TCPHeader.Field.length, headerLength <= count,
      hasSilentChecksum(bytes, network, isIPv4, segment, isTCP: true, offload)
    else { return false }
    let optionsLength = headerLength &- TCPHeader.Field.length
    let hasTimestampsOnly =
      optionsLength == TCPOptions.alignedTimestampsLength
      && segment.uint32(at: TCPHeader.Field.length) == TCPOptions.alignedTimestamps
    let hasOtherOptions = optionsLength > 0 && !hasTimestampsOnly
    text.writeLine(atMost: longest) { line in
      if afterSpace { line.append(UInt8(ascii: " ")) }
      writeEndpoints(bytes, network, isIPv4, segment, into: &line)
      write(segment, offsetAndFlags, UInt32(truncatingIfNeeded: count &- headerLength), sequences, into: &line)
      if hasTimestampsOnly {
        line.append(" <nop,nop,TS val ")
        line.append(decimal: segment.uint32(at: TCPHeader.Field.length &+ 4))
        line.append(" ecr ")
        line.append(decimal: segment.uint32(at: TCPHeader.Field.length &+ 8))
        line.append(UInt8(ascii: ">"))
      }
      if ending, !hasOtherOptions { line.append(UInt8(ascii: "\n")) }
    }
    if hasOtherOptions {
      text.append(" ")
      TCPOptions(segment.slice(from: TCPHeader.Field.length, length: optionsLength))
        .summarize(into: &text, base: sequences.acknowledgment)
      if ending { text.append("\n") }
    }
    return true
  }

  /// Whether there is nothing to say about the checksum: it fits, was left to the card, or UDP over IPv4 has none.
  @inline(__always)
  private static func hasSilentChecksum(
    _ bytes: RawSpan, _ network: Int, _ isIPv4: Bool, _ segment: RawSpan, isTCP: Bool, _ offload: ChecksumOffload
  ) -> Bool {
    let stored = segment.uint16(at: isTCP ? TCPHeader.Field.checksum : UDPHeader.Field.checksum)
    if !isTCP, stored == 0 { return isIPv4 }
    if offload != .unknown { return true }
    // All in the order in which the octets stand. Words of four or eight are as good as those of two: the carries come
    // back in.
    let number = isTCP ? IPProtocol.tcp.rawValue : IPProtocol.udp.rawValue
    var pseudo = UInt64(number) << 8 &+ UInt64(UInt32(truncatingIfNeeded: segment.byteCount).byteSwapped)
    if isIPv4 {
      let addresses = bytes.uint64(at: network &+ IPv4Header.Field.source).byteSwapped
      pseudo = pseudo &+ (addresses & 0xffff_ffff) &+ addresses >> 32
    } else {
      for word in 0..<4 {
        let part = bytes.uint64(at: network &+ IPv6Header.Field.source &+ word &* 8).byteSwapped
        pseudo = pseudo &+ (part & 0xffff_ffff) &+ part >> 32
      }
    }
    return Checksum.fold(segment.onesComplementSumAsStored(adding: pseudo)) == 0xffff
      || stored == Checksum.fold(pseudo).byteSwapped
  }

  /// Writes `10.0.0.5:41522 > 93.184.216.34:443`.
  @inline(__always)
  private static func writeEndpoints(
    _ bytes: RawSpan, _ network: Int, _ isIPv4: Bool, _ segment: RawSpan, into line: inout LineCursor
  ) {
    let ports = segment.uint32(at: TCPHeader.Field.sourcePort)
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

  /// Writes TCP's phrase without the options.
  @inline(__always)
  private static func write(
    _ segment: RawSpan, _ offsetAndFlags: UInt16, _ length: UInt32, _ sequences: SequenceBases,
    into line: inout LineCursor
  ) {
    line.append(" TCP [")
    TCPFlags(rawValue: offsetAndFlags & 0x0fff).append(to: &line)
    line.append("] seq ")
    let sequence = segment.uint32(at: TCPHeader.Field.sequenceNumber) &- sequences.sequence
    line.append(decimal: sequence)
    if length > 0 {
      line.append(UInt8(ascii: ":"))
      line.append(decimal: sequence &+ length)
    }
    if offsetAndFlags & TCPFlags.acknowledgment.rawValue != 0 {
      line.append(" ack ")
      line.append(decimal: segment.uint32(at: TCPHeader.Field.acknowledgmentNumber) &- sequences.acknowledgment)
    }
    line.append(" win ")
    line.append(decimal: segment.uint16(at: TCPHeader.Field.window))
    if offsetAndFlags & TCPFlags.urgent.rawValue != 0 {
      line.append(" urg ")
      line.append(decimal: segment.uint16(at: TCPHeader.Field.urgentPointer))
    }
    line.append(" len ")
    line.append(short: length)
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
