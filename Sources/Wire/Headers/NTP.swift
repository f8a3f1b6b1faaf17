// Network Time Protocol, RFC 5905; simple NTP is the same on the wire.
//
//     0                   1                   2                   3
//     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +---+-----+-----+---------------+---------------+---------------+
//     |LI | vers| mode|    stratum    |     poll      |   precision   |
//     +---+-----+-----+---------------+---------------+---------------+
//     |                          root delay                           |
//     +---------------------------------------------------------------+
//     |                        root dispersion                        |
//     +---------------------------------------------------------------+
//     |                         reference id                          |
//     +---------------------------------------------------------------+
//     |        reference, origin, receive, transmit timestamps:       |
//     |        64 bits each, seconds since 1900 and a fraction        |
//     +---------------------------------------------------------------+
//     |            extension fields, key id, digest                   |
//     +---------------------------------------------------------------+

/// An NTP packet of the modes that carry time.
public struct NTPHeader: Header, ~Escapable {
  enum Field {
    static let leapVersionMode = 0
    static let stratum = 1
    static let poll = 2
    static let precision = 3
    static let rootDelay = 4
    static let rootDispersion = 8
    static let referenceIdentifier = 12
    static let referenceTimestamp = 16
    static let originTimestamp = 24
    static let receiveTimestamp = 32
    static let transmitTimestamp = 40
    static let length = 48
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .ntp)
    self.bytes = bytes
  }

  /// Whether octets are NTP: long enough, a version that there was, a mode that carries time.
  static func isPlausible(_ payload: RawSpan) -> Bool {
    guard payload.byteCount >= Field.length else { return false }
    let first = payload.uint8(at: Field.leapVersionMode)
    return (1...4).contains(first >> 3 & 7) && (1...5).contains(first & 7)
  }

  /// Leap indicator: 0 no warning, 1 a second more, 2 a second less, 3 not synchronized.
  public var leapIndicator: UInt8 { bytes.uint8(at: Field.leapVersionMode) >> 6 }
  /// The protocol's version.
  public var version: UInt8 { bytes.uint8(at: Field.leapVersionMode) >> 3 & 7 }
  /// The sender's part: 3 client, 4 server.
  public var mode: UInt8 { bytes.uint8(at: Field.leapVersionMode) & 7 }
  /// How far the sender is from a reference clock: 1 has one, 0 says nothing of itself.
  public var stratum: UInt8 { bytes.uint8(at: Field.stratum) }
  /// The interval between messages, as a power of two of seconds.
  public var poll: UInt8 { bytes.uint8(at: Field.poll) }
  /// The clock's precision, as a power of two of seconds.
  public var precision: Int8 { Int8(bitPattern: bytes.uint8(at: Field.precision)) }
  /// The round trip to the reference clock, in 1/65536 seconds.
  public var rootDelay: UInt32 { bytes.uint32(at: Field.rootDelay) }
  /// The dispersion to the reference clock, in 1/65536 seconds.
  public var rootDispersion: UInt32 { bytes.uint32(at: Field.rootDispersion) }
  /// The reference: four characters for stratum 0 and 1, else an address or part of its digest.
  public var referenceIdentifier: UInt32 { bytes.uint32(at: Field.referenceIdentifier) }

  public var step: Step { Step(.none, headerLength: bytes.byteCount) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("NTP", style: .protocolName)
    text.append(" v")
    text.append(decimal: version)
    text.append(" ")
    text.append(Self.modeName(mode))
    guard mode != 3 else { return }
    text.append(" stratum ")
    text.append(decimal: stratum)
    if stratum > 1 {
      text.append(" refid ")
      text.append(ipv4: referenceIdentifier)
    } else if referenceName.byteCount > 0 {
      text.append(" refid ")
      text.appendEscaped(referenceName, for: .terminal)
    }
    if leapIndicator == 3 { text.append(" unsynchronized", style: .highlight) }
  }

  /// The reference's characters without the zeros that fill it.
  private var referenceName: RawSpan {
    @_lifetime(copy self) get {
      var length = 4
      while length > 0, bytes.uint8(at: Field.referenceIdentifier &+ length &- 1) == 0 { length &-= 1 }
      return bytes.slice(from: Field.referenceIdentifier, length: length)
    }
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.hexadecimal("flags", bytes.uint8(at: Field.leapVersionMode), digits: 2)
    visitor.number("flags.li", leapIndicator)
    visitor.number("flags.vn", version)
    visitor.number("flags.mode", UInt64(mode), Self.modeName(mode))
    visitor.number("stratum", stratum)
    visitor.number("ppoll", poll)
    visitor.number("precision", UInt8(bitPattern: precision))
    visitor.number("rootdelay", rootDelay)
    visitor.number("rootdispersion", rootDispersion)
    visitor.octets("refid", bytes.slice(from: Field.referenceIdentifier, length: 4))
    visitTime("reftime", Field.referenceTimestamp, &visitor)
    visitTime("org", Field.originTimestamp, &visitor)
    visitTime("rec", Field.receiveTimestamp, &visitor)
    visitTime("xmt", Field.transmitTimestamp, &visitor)
  }

  /// Visits a timestamp; zero stands for none.
  private func visitTime<Visitor: FieldVisitor & ~Copyable>(
    _ name: StaticString, _ offset: Int, _ visitor: inout Visitor
  ) {
    let raw = bytes.uint64(at: offset)
    if raw == 0 { return }
    visitor.time(name, Self.timestamp(raw))
  }

  /// A timestamp as a time since the Epoch. Seconds count from 1900; where their highest bit is zero, from 2036
  /// (RFC 4330 section 3).
  static func timestamp(_ raw: UInt64) -> Timestamp {
    let seconds = Int64(raw >> 32)
    let fraction = raw & 0xffff_ffff
    let epoch: Int64 = seconds & 0x8000_0000 != 0 ? -2_208_988_800 : 2_085_978_496
    return Timestamp(
      seconds: seconds &+ epoch, nanoseconds: UInt32(truncatingIfNeeded: (fraction &* 1_000_000_000) >> 32))
  }

  private static func modeName(_ mode: UInt8) -> StaticString {
    switch mode {
    case 1: "symmetric active"
    case 2: "symmetric passive"
    case 3: "client"
    case 4: "server"
    case 5: "broadcast"
    default: "reserved"
    }
  }
}
