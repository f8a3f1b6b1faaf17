import Wire

/// The records of a classic pcap file. See pcap-savefile(5) and draft-ietf-opsawg-pcap.
struct PcapReader {
  /// Offsets in the file's header.
  enum FileField {
    static let magic = 0, major = 4, minor = 6, snapLength = 16, linkType = 20
    static let length = 24
  }

  /// Offsets in a packet's header.
  enum Field {
    static let seconds = 0, fraction = 4, capturedLength = 8, originalLength = 12
    static let length = 16
    /// With Alexey Kuznetzov's changes: an interface index, a protocol and a packet type follow.
    static let packetType = 22
    static let modifiedLength = 24
  }

  /// What libpcap and Wireshark accept whatever the file's snap length says.
  static let usualMaximum: UInt32 = 262_144

  private(set) var interface: InterfaceDescription
  /// The processes that PKTAP headers name.
  private(set) var processes = SectionProcesses()
  private let order: ByteOrder
  private let isModified: Bool
  private let mayHaveSwappedLengths: Bool
  private let maximum: UInt32

  /// Whether a magic number, in network byte order, starts a pcap file.
  static func recognizes(_ magic: UInt32) -> Bool { form(of: magic) != nil }

  /// What a magic number, in network byte order, says.
  private static func form(of magic: UInt32) -> (order: ByteOrder, nanoseconds: Bool, modified: Bool)? {
    switch magic {
    case 0xa1b2_c3d4: (.big, false, false)
    case 0xd4c3_b2a1: (.little, false, false)
    case 0xa1b2_3c4d: (.big, true, false)
    case 0x4d3c_b2a1: (.little, true, false)
    case 0xa1b2_cd34: (.big, false, true)
    case 0x34cd_b2a1: (.little, false, true)
    default: nil
    }
  }

  /// Checks a file's header, of which all 24 octets must be there and the magic recognized.
  init(_ bytes: RawSpan) throws(SavefileFlaw) {
    let form = Self.form(of: bytes.uint32(at: FileField.magic)) ?? (.big, false, false)
    order = form.order
    isModified = form.modified
    let major = bytes.uint16(at: FileField.major, order)
    let minor = bytes.uint16(at: FileField.minor, order)
    guard major == 2 else { throw .version(major: major, minor: minor) }
    mayHaveSwappedLengths = minor <= 3
    let snapLength = bytes.uint32(at: FileField.snapLength, order)
    let network = bytes.uint32(at: FileField.linkType, order)
    interface = InterfaceDescription(
      linkType: LinkType(rawValue: UInt16(truncatingIfNeeded: network)), snapLength: snapLength,
      resolution: form.nanoseconds ? .nanoseconds : .microseconds)
    if network & 0x0400_0000 != 0 {
      // The length is in words of 16 bits.
      interface.frameCheckSequenceLength = UInt8(truncatingIfNeeded: network >> 28) &* 2
    }
    let bound = UInt32(PieceReader.maximumLength &- Field.modifiedLength)
    maximum = snapLength == 0 ? bound : Swift.min(bound, Swift.max(Self.usualMaximum, snapLength))
  }

  /// Hands out the whole packets of `bytes`, numbered on from `number`.
  mutating func readFrames(
    in bytes: RawSpan, number: inout UInt64, _ body: (inout Frame) -> Bool
  ) throws(RecordError) -> ReadProgress {
    let isNanoseconds = interface.resolution == .nanoseconds
    let headerLength = isModified ? Field.modifiedLength : Field.length
    var info = FrameInfo(
      timestamp: Timestamp(seconds: 0, nanoseconds: 0), originalLength: 0, linkType: interface.linkType,
      frameCheckSequenceLength: interface.frameCheckSequenceLength)
    let isTapped = info.linkType == .pktap
    var offset = 0
    while bytes.byteCount &- offset >= headerLength {
      var (captured, original) = pair(bytes.uint64(at: offset &+ Field.capturedLength))
      if mayHaveSwappedLengths, captured > original { swap(&captured, &original) }
      guard captured <= maximum else {
        throw RecordError(flaw: .capturedLength(captured, maximum: maximum), offset: offset)
      }
      let length = headerLength &+ Int(captured)
      guard bytes.byteCount &- offset >= length else {
        return ReadProgress(consumed: offset, needed: length)
      }
      let (seconds, fraction) = pair(bytes.uint64(at: offset &+ Field.seconds))
      info.timestamp = timestamp(seconds, fraction, isNanoseconds)
      info.originalLength = original
      if isModified { info.direction = direction(bytes.uint8(at: offset &+ Field.packetType)) }
      let octets = bytes.slice(from: offset &+ headerLength, length: Int(captured))
      if isTapped {
        info.owner = processes.owner(ofTap: octets)
        if processes.hasNews {
          processes.announce()
          return ReadProgress(consumed: offset, hasNewProcess: true)
        }
      }
      number &+= 1
      info.number = number
      var frame = Frame(octets, info)
      offset &+= length
      if !body(&frame) { return ReadProgress(consumed: offset, stopped: true) }
    }
    return ReadProgress(consumed: offset, needed: headerLength)
  }

  /// Two numbers that stand side by side, from their octets in network byte order.
  @inline(__always)
  private func pair(_ octets: UInt64) -> (UInt32, UInt32) {
    switch order {
    case .big: (UInt32(truncatingIfNeeded: octets >> 32), UInt32(truncatingIfNeeded: octets))
    case .little:
      (UInt32(truncatingIfNeeded: octets.byteSwapped), UInt32(truncatingIfNeeded: octets.byteSwapped >> 32))
    }
  }

  @inline(__always)
  private func timestamp(_ seconds: UInt32, _ fraction: UInt32, _ isNanoseconds: Bool) -> Timestamp {
    let nanoseconds = UInt64(fraction) &* (isNanoseconds ? 1 : 1000)
    if nanoseconds < 1_000_000_000 {
      return Timestamp(seconds: Int64(seconds), nanoseconds: UInt32(truncatingIfNeeded: nanoseconds))
    }
    // A fraction of more than a second is a fault of the writer, but its sum is clear.
    return Timestamp(
      seconds: Int64(seconds) &+ Int64(nanoseconds / 1_000_000_000),
      nanoseconds: UInt32(truncatingIfNeeded: nanoseconds % 1_000_000_000))
  }

  /// PACKET_OUTGOING is 4; 0 is PACKET_HOST. See packet(7).
  private func direction(_ packetType: UInt8) -> Direction {
    packetType == 4 ? .outbound : packetType == 0 ? .inbound : .unknown
  }
}
