public import Wire

/// What a pcapng file says of the machine and the program that made it: its Section Header Block.
public struct PcapngSection: Sendable {
  /// The processor; nil: not told.
  public var hardware: String?
  /// The operating system and its release; nil: not told.
  public var operatingSystem: String?
  /// The program that wrote the file.
  public var application: String

  /// A section by what is told of it.
  public init(application: String, hardware: String? = nil, operatingSystem: String? = nil) {
    self.application = application
    self.hardware = hardware
    self.operatingSystem = operatingSystem
  }
}

/// What a pcapng file says of an interface: its Interface Description Block. Times are in nanoseconds.
public struct PcapngInterface: Sendable {
  /// What the first octets of its frames are.
  public var linkType: LinkType
  /// The most octets kept of a frame; 0: no limit told.
  public var snapLength: UInt32
  /// Its name; nil: not told.
  public var name: String?
  /// What was let in, in the words of pcap-filter(7).
  public var filter: String?
  /// The operating system of the machine that it is in.
  public var operatingSystem: String?
  /// What else is told of it: options as pcapng has them, lowest octet first.
  public var remarks: [UInt8] = []

  /// An interface; what is not given is not told.
  public init(
    linkType: LinkType, snapLength: UInt32, name: String? = nil, filter: String? = nil, operatingSystem: String? = nil
  ) {
    self.linkType = linkType
    self.snapLength = snapLength
    self.name = name
    self.filter = filter
    self.operatingSystem = operatingSystem
  }
}

/// The counts of an interface at the end of a capture: its Interface Statistics Block.
public struct PcapngStatistics: Sendable, Equatable {
  /// When they were taken, in nanoseconds since the Epoch.
  public var time: UInt64
  /// When the capture began, in nanoseconds since the Epoch.
  public var start: UInt64?
  /// When the capture ended, in nanoseconds since the Epoch.
  public var end: UInt64?
  /// How many frames were received: `isb_ifrecv`.
  public var received: UInt64?
  /// How many of them were dropped for want of room: `isb_ifdrop`.
  public var dropped: UInt64?
  /// How many were handed out: `isb_usrdeliv`.
  public var delivered: UInt64?

  /// Counts; what is not given is not told.
  public init(time: UInt64, received: UInt64? = nil, dropped: UInt64? = nil) {
    self.time = time
    self.received = received
    self.dropped = dropped
  }

  /// Whether there is nothing in them.
  public var isEmpty: Bool { received == nil && dropped == nil && delivered == nil && start == nil && end == nil }
}
