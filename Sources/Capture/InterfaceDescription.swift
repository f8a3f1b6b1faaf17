public import Wire

/// What a capture file tells of an interface that frames were captured on.
public struct InterfaceDescription: Equatable, Sendable {
  /// What the first octets of its frames are.
  public var linkType: LinkType
  /// The most octets kept of a frame; 0: no limit told.
  public var snapLength: UInt32
  /// Its name, where told. It comes from the file: escape it when shown.
  public var name: String?
  /// What was let in, in the words of pcap-filter(7), where told: `if_filter`.
  public var filter: String?
  /// The operating system of the machine that it is in, where told: `if_os`.
  public var operatingSystem: String?
  /// What its timestamps count.
  public var resolution: TimestampResolution
  /// What to add to its timestamps, in seconds: `if_tsoffset`.
  public var timestampOffset: Int64 = 0
  /// How many octets at a frame's end are the frame check sequence, where frames do not tell themselves.
  public var frameCheckSequenceLength: UInt8 = 0
  /// What else is told of it, for another file: options as pcapng has them, lowest octet first.
  public var remarks: [UInt8] = []
  /// How many frames the interface received, where an Interface Statistics Block tells: `isb_ifrecv`.
  public var received: UInt64?
  /// How many of them were dropped for want of resources: `isb_ifdrop`.
  public var dropped: UInt64?

  /// A description; what is not given is not told.
  public init(
    linkType: LinkType, snapLength: UInt32, name: String? = nil, resolution: TimestampResolution = .microseconds
  ) {
    self.linkType = linkType
    self.snapLength = snapLength
    self.name = name
    self.resolution = resolution
  }
}

/// What a pcapng timestamp counts: `if_tsresol`, seconds divided by a power of 10 or, with the high bit set, of 2.
public struct TimestampResolution: RawRepresentable, Equatable, Sendable {
  /// The octet as the file has it.
  public var rawValue: UInt8
  /// A resolution by its octet.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Millionths of a second: where nothing is told.
  public static let microseconds = TimestampResolution(rawValue: 6)
  /// Billionths of a second.
  public static let nanoseconds = TimestampResolution(rawValue: 9)
}

/// An interface as the packet loop needs it: its link type, and its clock with the divisions worked out.
struct PacketInterface {
  let linkType: LinkType
  let snapLength: UInt32
  let frameCheckSequenceLength: UInt8
  private let resolution: UInt8
  private let ticksPerSecond: UInt64
  /// What a count is divided by first, where a tick is too small for `ticksPerSecond`.
  private let coarser: UInt64
  private let offset: Int64

  init(_ description: InterfaceDescription) {
    linkType = description.linkType
    snapLength = description.snapLength
    frameCheckSequenceLength = description.frameCheckSequenceLength
    resolution = description.resolution.rawValue
    offset = description.timestampOffset
    let exponent = Int(resolution & 0x7f)
    if resolution & 0x80 != 0 {
      ticksPerSecond = 1 << UInt64(Swift.min(exponent, 63))
      coarser = exponent <= 63 ? 1 : exponent >= 127 ? 0 : 1 << UInt64(exponent &- 63)
    } else {
      ticksPerSecond = Self.powerOfTen(Swift.min(exponent, 19))
      coarser = exponent <= 19 ? 1 : exponent > 38 ? 0 : Self.powerOfTen(exponent &- 19)
    }
  }

  /// The time of a count of ticks since the Epoch, rounded down to nanoseconds.
  @inline(__always)
  func timestamp(_ ticks: UInt64) -> Timestamp {
    // Constants let the compiler multiply instead of dividing for the two resolutions that nearly every file has.
    if resolution == 9 { return moved(ticks / 1_000_000_000, UInt32(truncatingIfNeeded: ticks % 1_000_000_000)) }
    if resolution == 6 { return moved(ticks / 1_000_000, UInt32(truncatingIfNeeded: ticks % 1_000_000) &* 1000) }
    return slowTimestamp(ticks)
  }

  private func slowTimestamp(_ ticks: UInt64) -> Timestamp {
    // `coarser` is 0 where even the largest count is less than a nanosecond.
    let ticks = coarser == 0 ? 0 : ticks / coarser
    let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: ticksPerSecond)
    // rest < ticksPerSecond, so the product's high word is less too and the quotient fits.
    let (nanoseconds, _) = ticksPerSecond.dividingFullWidth(rest.multipliedFullWidth(by: 1_000_000_000))
    return moved(seconds, UInt32(truncatingIfNeeded: nanoseconds))
  }

  @inline(__always)
  private func moved(_ seconds: UInt64, _ nanoseconds: UInt32) -> Timestamp {
    let (sum, overflow) = Int64(clamping: seconds).addingReportingOverflow(offset)
    return Timestamp(seconds: overflow ? (offset < 0 ? .min : .max) : sum, nanoseconds: nanoseconds)
  }

  private static func powerOfTen(_ exponent: Int) -> UInt64 {
    var power: UInt64 = 1
    for _ in 0..<Swift.max(0, exponent) { power &*= 10 }
    return power
  }
}
