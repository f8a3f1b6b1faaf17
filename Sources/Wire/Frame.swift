/// When a frame was captured: seconds and nanoseconds since 1970-01-01 00:00:00 UTC.
@frozen
public struct Timestamp: Equatable, Comparable, Sendable {
  /// Whole seconds since the Epoch.
  public var seconds: Int64
  /// Nanoseconds within the second, 0 to 999,999,999.
  public var nanoseconds: UInt32

  /// A time from its two parts.
  @inlinable
  public init(seconds: Int64, nanoseconds: UInt32) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// Earlier times are smaller.
  @inlinable
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}

/// Which way a frame went, where the source tells. See `sll_pkttype` in packet(7).
@frozen
public enum Direction: UInt8, Sendable {
  /// Not told.
  case unknown
  /// To this host.
  case inbound
  /// From this host.
  case outbound
}

/// What the kernel or the card said of a frame's transport checksum.
@frozen
public enum ChecksumOffload: UInt8, Sendable {
  /// Nothing was said: the octets are all there is.
  case unknown
  /// The card is still to fill it in: the octets are not a checksum yet. TP_STATUS_CSUMNOTREADY.
  case notReady
  /// The card has verified it. TP_STATUS_CSUM_VALID.
  case valid
}

/// All that is known of a frame besides its octets: a value that outlives it.
@frozen
public struct FrameInfo: Sendable, BitwiseCopyable {
  /// Position in the capture, from 1.
  public var number: UInt64 = 0
  /// When it was captured.
  public var timestamp: Timestamp
  /// How long it was on the wire, in octets; the captured octets may be fewer.
  public var originalLength: UInt32
  /// What its first octets are.
  public var linkType: LinkType
  /// Index into its source's table of interfaces.
  public var interface: UInt32
  /// Which way it went.
  public var direction: Direction
  /// What is known of its transport checksum.
  public var checksumOffload: ChecksumOffload
  /// How many octets at its end are the frame check sequence.
  public var frameCheckSequenceLength: UInt8
  /// Whose it is, by places in its source's table of processes.
  public var owner = FrameOwner()
  /// What its source was told when it showed the frame's octets before the frame itself; 0: nothing. It also makes this three
  /// times sixteen octets: a copy of a part less takes some of it twice, which stalls the processor.
  public var foreseen: UInt32 = 0

  /// A frame's description; what is not given is unknown.
  @inlinable
  public init(
    timestamp: Timestamp, originalLength: UInt32, linkType: LinkType, interface: UInt32 = 0,
    direction: Direction = .unknown, checksumOffload: ChecksumOffload = .unknown, frameCheckSequenceLength: UInt8 = 0
  ) {
    self.timestamp = timestamp
    self.originalLength = originalLength
    self.linkType = linkType
    self.interface = interface
    self.direction = direction
    self.checksumOffload = checksumOffload
    self.frameCheckSequenceLength = frameCheckSequenceLength
  }
}

/// One captured frame: octets lent by its source, and what is known of them.
@frozen
public struct Frame: ~Escapable, BitwiseCopyable {
  /// The captured octets.
  public let bytes: RawSpan
  /// What is known of them: more on the way.
  public var info: FrameInfo

  /// A frame over octets that stay the source's.
  @inlinable
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, _ info: FrameInfo) {
    self.bytes = bytes
    self.info = info
  }
}
