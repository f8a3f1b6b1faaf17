public import Linux
public import Wire

/// What to capture on one interface.
public struct CaptureRequest: Sendable {
  /// The largest snap length, in octets: room for what segmentation offload hands up.
  public static let maximumSnapLength: UInt32 = 262_144

  /// The interface's name.
  public var interface: String
  /// A filter expression (pcap-filter(7)); nil or empty lets everything in.
  public var filter: String?
  /// How many octets of a frame are kept at most.
  public var snapLength: UInt32
  /// Whether the interface takes frames for everybody.
  public var promiscuous: Bool
  /// Whether frames begin with a Linux cooked header whatever the interface is, so that all are of one link type.
  public var cooked: Bool
  /// The memory of the ring in octets; the kernel may give less.
  public var ringMemory: Int
  /// After how many milliseconds the kernel hands over a block that is not full: the latency of a quiet network.
  public var retireMilliseconds: UInt32
  /// The network namespace that the interface is in; nil: this thread's.
  public var networkNamespace: NetworkNamespace?

  /// A request with the usual values: everything, whole, promiscuous, through 32 MiB.
  public init(
    interface: String, filter: String? = nil, snapLength: UInt32 = maximumSnapLength, promiscuous: Bool = true,
    cooked: Bool = false, ringMemory: Int = 32 << 20, retireMilliseconds: UInt32 = 10,
    networkNamespace: NetworkNamespace? = nil
  ) {
    self.interface = interface
    self.filter = filter
    self.snapLength = snapLength == 0 ? Self.maximumSnapLength : min(snapLength, Self.maximumSnapLength)
    self.promiscuous = promiscuous
    self.cooked = cooked
    self.ringMemory = ringMemory
    self.retireMilliseconds = min(max(retireMilliseconds, 1), 1000)
    self.networkNamespace = networkNamespace
  }
}

/// An interface that is captured on.
public struct CaptureInterface: Equatable, Sendable {
  /// Its name when the capture began.
  public var name: String
  /// Its index in its network namespace.
  public var index: Int32
  /// How its frames begin.
  public var linkType: LinkType
  /// How many octets of a frame are kept at most.
  public var snapLength: UInt32
  /// The ring's memory in octets, as the kernel gave it.
  public var ringMemory: Int
}

/// What happens to an interface during a capture.
public enum CaptureEvent: Equatable, Sendable {
  /// It went down; the capture waits for it.
  case interfaceDown(CaptureInterface)
  /// It is up again.
  case interfaceUp(CaptureInterface)
  /// It was deleted, or moved to another network namespace; its capture has ended.
  case interfaceGone(CaptureInterface)
}

/// The counts of a capture: `received = captured + unread + dropped`, exactly, once it has ended.
public struct CaptureStatistics: Equatable, Sendable {
  /// Frames that passed the filter.
  public var received: UInt64 = 0
  /// Frames that were handed out.
  public var captured: UInt64 = 0
  /// Frames that the kernel dropped since the ring was full.
  public var dropped: UInt64 = 0
  /// Frames that came after the last one that was asked for.
  public var unread: UInt64 = 0

  /// Counts with their parts; what is not given is 0.
  public init(received: UInt64 = 0, captured: UInt64 = 0, dropped: UInt64 = 0, unread: UInt64 = 0) {
    self.received = received
    self.captured = captured
    self.dropped = dropped
    self.unread = unread
  }

  /// The sum of two counts.
  static func + (left: CaptureStatistics, right: CaptureStatistics) -> CaptureStatistics {
    CaptureStatistics(
      received: left.received &+ right.received, captured: left.captured &+ right.captured,
      dropped: left.dropped &+ right.dropped, unread: left.unread &+ right.unread)
  }
}
