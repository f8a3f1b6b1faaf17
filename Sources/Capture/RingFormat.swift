import Wire

/// What a ring needs to know of its interface to hand its frames out: a value.
struct RingFormat {
  /// How frames begin as they are handed out.
  var linkType: LinkType
  /// How many octets of a frame are handed out at most.
  var snapLength: UInt32
  /// Place in the capture's table of interfaces.
  var interface: UInt32
  /// Whether frames that this host sent are passed over, where the kernel was asked to leave them out and may not have.
  var dropsOutgoing: Bool
}
