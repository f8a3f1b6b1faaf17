/// One protocol's header over borrowed octets: checked once when made, after which no getter can fail.
public protocol Header: ~Escapable {
  /// Checks the header's own length fields against the octets there are: from its first octet to the end of what its
  /// parent gave it, as far as captured. Errors have offsets relative to the header.
  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) throws(DecodeError)

  /// How long this header is and what follows it.
  var step: Step { get }

  /// Writes the header's phrase of the one-line view, without a leading space.
  func summarize(into text: inout TextBuffer, _ context: LayerContext)

  /// Visits the fields in wire order, under Wireshark's names.
  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext)
}

/// What decoding does after a header.
@frozen
public struct Step {
  /// The next protocol; `.none` where the header says that nothing follows.
  public var next: LayerKind
  /// The header's length in octets.
  public var headerLength: Int
  /// The length of what follows by the header's own word, in octets; negative: to the end.
  public var payloadLength: Int
  /// Whether what follows is a packet of its own.
  public var nesting: Nesting
  /// Whether the header names what follows by an EtherType (Wireshark's `ethertype` in `frame.protocols`).
  public var usesEtherType: Bool
  /// Whether what follows is only the beginning of something: a first fragment.
  public var isPartial: Bool

  /// A step with its parts; without a payload's length, what follows goes on to the end.
  @inlinable @inline(__always)
  public init(
    _ next: LayerKind, headerLength: Int, payloadLength: Int? = nil, nesting: Nesting = .same,
    usesEtherType: Bool = false, isPartial: Bool = false
  ) {
    self.next = next
    self.headerLength = headerLength
    self.payloadLength = payloadLength ?? -1
    self.nesting = nesting
    self.usesEtherType = usesEtherType
    self.isPartial = isPartial
  }
}

/// How a layer stands to the packet that it is in.
@frozen
public enum Nesting: UInt8, Sendable {
  /// Part of the same packet as the layer before it.
  case same
  /// The first layer of an encapsulated packet.
  case inner
  /// The first layer of a packet that an error message quotes; it may end early.
  case quoted
}

/// What a header is told about itself when it is shown: all that its own octets do not say.
public struct LayerContext {
  /// Which way the frame went.
  public var direction: Direction
  /// The length of the header and what it carries, in octets on the wire.
  public var wireLength: Int
  /// How many of these were captured.
  public var capturedLength: Int
  /// Whether its checksum is right.
  public var checksum: ChecksumStatus
  /// What relative sequence numbers count from.
  public var sequences: SequenceBases
  /// The protocol of the next layer of the same packet.
  public var next: LayerKind
  /// Whether the layer is only the beginning of what was sent: in a first fragment, or quoted by an error.
  public var isPartial: Bool

  /// Whether every octet was captured.
  public var isWhole: Bool { capturedLength == wireLength }
}

/// The sequence numbers that a TCP connection's relative numbers count from.
@frozen
public struct SequenceBases {
  /// Subtracted from the sequence number.
  public var sequence: UInt32
  /// Subtracted from the acknowledgment number.
  public var acknowledgment: UInt32

  /// Zero for both: raw numbers.
  @inlinable
  public init(sequence: UInt32 = 0, acknowledgment: UInt32 = 0) {
    self.sequence = sequence
    self.acknowledgment = acknowledgment
  }
}

/// The result of verifying a checksum.
public enum ChecksumStatus: Equatable {
  /// Does not fit: the octets have one value, the sum is another.
  case bad(computed: UInt16)
  /// Fits.
  case good
  /// Cannot be verified: octets are missing, or fragments.
  case unverified
  /// The sender left it out, as UDP over IPv4 may.
  case notPresent
  /// Left out where there must be one, as by UDP over IPv6.
  case missing
  /// Left for the card to fill in: what stands there is not a checksum yet.
  case offloaded

  /// Wireshark's number for it (`tcp.checksum.status`).
  public var number: UInt64 {
    switch self {
    case .bad: 0
    case .good: 1
    case .unverified, .offloaded: 2
    case .notPresent: 3
    case .missing: 4
    }
  }

  /// Its name in words.
  public var name: StaticString {
    switch self {
    case .bad: "bad"
    case .good: "good"
    case .unverified: "unverified"
    case .notPresent: "not present"
    case .missing: "missing"
    case .offloaded: "left to the network card"
    }
  }
}
