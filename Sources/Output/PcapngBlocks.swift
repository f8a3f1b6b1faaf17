import Wire

/// The blocks of a pcapng file as octets, lowest octet first. See draft-ietf-opsawg-pcapng.
///
/// What is built for each packet allocates nothing: it is written straight into a buffer that is used over and over.
enum PcapngBlocks {
  /// Octets of a block besides its body: type, and its length twice.
  static let overhead = 12
  /// Octets of an Enhanced Packet Block's body before the packet.
  static let packetFields = 20

  /// Writes a block around a body, which is padded to four octets.
  static func append(_ type: UInt32, body: borrowing TextBuffer, to text: inout TextBuffer) {
    let length = UInt32(clamping: overhead &+ padded(body.count))
    text.append(little: type)
    text.append(little: length)
    text.append(body.bytes)
    text.append(repeating: 0, count: padded(body.count) &- body.count)
    text.append(little: length)
  }

  /// Writes the body of a Section Header Block.
  static func appendSection(_ section: PcapngSection, to body: inout TextBuffer) {
    body.append(little: 0x1a2b_3c4d as UInt32)
    body.append(little: 1 as UInt16)
    body.append(little: 0 as UInt16)
    // How long the section is, is not known yet.
    body.append(little: UInt64.max)
    body.append(option: PcapngOption.Section.hardware, section.hardware)
    body.append(option: PcapngOption.Section.operatingSystem, section.operatingSystem)
    body.append(option: PcapngOption.Section.application, section.application)
    body.appendEndOfOptions()
  }

  /// Writes the body of an Interface Description Block.
  static func appendInterface(_ interface: PcapngInterface, to body: inout TextBuffer) {
    body.append(little: interface.linkType.rawValue)
    body.append(little: 0 as UInt16)
    body.append(little: interface.snapLength)
    body.append(option: PcapngOption.Interface.name, interface.name)
    // 9: nanoseconds.
    body.append(option: PcapngOption.Interface.resolution, number: 9 as UInt8)
    if let filter = interface.filter, !filter.isEmpty {
      // A zero before it says that it is an expression of pcap-filter(7).
      body.append(option: PcapngOption.Interface.filter, [0] + Array(filter.utf8))
    }
    body.append(option: PcapngOption.Interface.operatingSystem, interface.operatingSystem)
    withBytes(interface.remarks) { body.append($0) }
    body.appendEndOfOptions()
  }

  /// Writes the body of an Interface Statistics Block.
  static func appendStatistics(_ interface: UInt32, _ counts: PcapngStatistics, to body: inout TextBuffer) {
    body.append(little: interface)
    body.append(ticks: counts.time)
    if let start = counts.start { body.append(option: PcapngOption.Statistics.start, ticks: start) }
    if let end = counts.end { body.append(option: PcapngOption.Statistics.end, ticks: end) }
    if let received = counts.received { body.append(option: PcapngOption.Statistics.received, number: received) }
    if let dropped = counts.dropped { body.append(option: PcapngOption.Statistics.dropped, number: dropped) }
    if let delivered = counts.delivered { body.append(option: PcapngOption.Statistics.delivered, number: delivered) }
    body.appendEndOfOptions()
  }

  /// A length with the padding that makes it a multiple of four.
  @inline(__always)
  static func padded(_ length: Int) -> Int { (length &+ 3) & ~3 }

  /// A time as nanoseconds since the Epoch; nil where it is before, or beyond the year 2554.
  @inline(__always)
  static func ticks(_ time: Timestamp) -> UInt64? {
    guard let seconds = UInt64(exactly: time.seconds) else { return nil }
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = product.addingReportingOverflow(UInt64(time.nanoseconds))
    return overflow || carry ? nil : sum
  }

  /// The flags of a packet: `epb_flags`; 0 where nothing is known.
  @inline(__always)
  static func flags(_ info: FrameInfo) -> UInt32 {
    var flags: UInt32 = info.direction == .inbound ? 1 : info.direction == .outbound ? 2 : 0
    flags |= UInt32(Swift.min(info.frameCheckSequenceLength, 15)) << 5
    switch info.checksumOffload {
    case .notReady: flags |= 1 << 9
    case .valid: flags |= 1 << 10
    case .unknown: break
    }
    return flags
  }
}

extension TextBuffer {
  /// Writes a number, its lowest octet first.
  @inline(__always)
  mutating func append(little value: some FixedWidthInteger & UnsignedInteger) {
    append(packed: UInt64(truncatingIfNeeded: value), count: value.bitWidth / 8)
  }

  /// Writes two numbers, each with its lowest octet first.
  @inline(__always)
  mutating func append(little first: UInt32, _ second: UInt32) {
    append(packed: UInt64(second) << 32 | UInt64(first), count: 8)
  }

  /// Writes a time as pcapng has it: the high word first.
  mutating func append(ticks: UInt64) {
    append(little: UInt32(truncatingIfNeeded: ticks >> 32), UInt32(truncatingIfNeeded: ticks))
  }

  /// Writes an option and pads it to four octets; one without a value is left out, and one too long is cut.
  mutating func append(option code: UInt16, _ octets: [UInt8]) {
    guard !octets.isEmpty else { return }
    let length = Swift.min(octets.count, Int(UInt16.max))
    append(little: code)
    append(little: UInt16(truncatingIfNeeded: length))
    withBytes(octets) { append($0.slice(from: 0, length: length)) }
    append(repeating: 0, count: PcapngBlocks.padded(length) &- length)
  }

  /// Writes an option that is text; one without a value is left out.
  mutating func append(option code: UInt16, _ string: String?) {
    if let string { append(option: code, Array(string.utf8)) }
  }

  /// Writes an option that is a number.
  @inline(__always)
  mutating func append<Number: FixedWidthInteger & UnsignedInteger>(option code: UInt16, number: Number) {
    let length = Number.bitWidth / 8
    let head = UInt32(truncatingIfNeeded: length) << 16 | UInt32(code)
    guard length != 4 else { return append(little: head, UInt32(truncatingIfNeeded: number)) }
    append(little: head)
    append(little: number)
    let padding = PcapngBlocks.padded(length) &- length
    if padding > 0 { append(repeating: 0, count: padding) }
  }

  /// Writes an option that is a time.
  mutating func append(option code: UInt16, ticks: UInt64) {
    append(little: code)
    append(little: 8 as UInt16)
    append(ticks: ticks)
  }

  /// Says that no option follows.
  @inline(__always)
  mutating func appendEndOfOptions() { append(little: 0 as UInt32) }
}
