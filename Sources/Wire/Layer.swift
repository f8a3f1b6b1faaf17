/// Where one protocol's header stands in the frame: a value, so that a packet keeps a fixed array of them.
@frozen
public struct Layer: Sendable {
  /// The protocol.
  public var kind: LayerKind = .none
  /// How it stands to the layer before it.
  public var nesting: Nesting = .same
  /// Whether it names what follows by an EtherType.
  public var usesEtherType = false
  /// Whether it is only the beginning of what was sent: in a first fragment, or quoted by an error.
  public var isPartial = false
  /// How many packets this one is within.
  public var depth: UInt8 = 0
  /// Octet of the frame where the header begins.
  @usableFromInline var start: UInt32 = 0
  @usableFromInline var headerEnd: UInt32 = 0
  @usableFromInline var capturedEnd: UInt32 = 0
  @usableFromInline var wireEnd: UInt32 = 0

  @inlinable init() {}

  @inlinable
  init(
    kind: LayerKind, nesting: Nesting, usesEtherType: Bool, isPartial: Bool, depth: UInt8, start: UInt32,
    headerEnd: UInt32, capturedEnd: UInt32, wireEnd: UInt32
  ) {
    self.kind = kind
    self.nesting = nesting
    self.usesEtherType = usesEtherType
    self.isPartial = isPartial
    self.depth = depth
    self.start = start
    self.headerEnd = headerEnd
    self.capturedEnd = capturedEnd
    self.wireEnd = wireEnd
  }

  /// Whether an Ethernet frame begins with it that stands in another packet, or its pseudowire's control word.
  var isFrameWithin: Bool { kind == .pseudowire || kind == .ethernet && nesting == .inner }
  /// Octet of the frame where the header begins.
  public var offset: Int { Int(start) }
  /// Length of the header in octets.
  public var headerLength: Int { Int(headerEnd &- start) }
  /// Length of the header and what it carries, in octets on the wire.
  public var wireLength: Int { Int(wireEnd &- start) }
  /// Length of the header and what it carries, in captured octets.
  public var capturedLength: Int { Int(capturedEnd &- start) }
}
