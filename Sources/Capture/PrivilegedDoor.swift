public import Linux
public import Wire

/// The one way to what needs a capability: requests are values, answers are values or descriptors.
///
/// It is answered in this process today, and can be by another one tomorrow. Nothing else opens packet sockets.
public protocol PrivilegedDoor {
  /// Compiles a filter for live frames of an interface; libpcap opens the interface for it. Needs CAP_NET_RAW.
  func compile(_ request: FilterRequest) throws(CaptureError) -> FilterProgram
  /// Opens, filters, equips with a ring, and then binds a packet socket. Needs CAP_NET_RAW.
  func open(_ request: PacketSocketRequest) throws(SystemError) -> Descriptor
}

/// A filter to be compiled for live frames.
public struct FilterRequest: Sendable {
  /// The expression, as in pcap-filter(7).
  public var expression: String
  /// The interface's name.
  public var interface: String
  /// How its frames begin.
  public var linkType: LinkType
  /// How many octets of a frame are kept.
  public var snapLength: UInt32
  /// The network namespace that the interface is in; nil: the caller's.
  public var networkNamespace: NetworkNamespace?

  /// A request with its parts.
  public init(
    expression: String, interface: String, linkType: LinkType, snapLength: UInt32, networkNamespace: NetworkNamespace?
  ) {
    self.expression = expression
    self.interface = interface
    self.linkType = linkType
    self.snapLength = snapLength
    self.networkNamespace = networkNamespace
  }
}

/// A packet socket to be opened.
public struct PacketSocketRequest: Sendable {
  /// The interface's index.
  public var interface: Int32
  /// Whether frames begin at the network header (SOCK_DGRAM) rather than at the link's (SOCK_RAW).
  public var cooked: Bool
  /// What is let in; its return value is how many octets are kept.
  public var filter: FilterProgram
  /// The measures of the receive ring.
  public var ring: RingGeometry
  /// Whether the interface takes frames for everybody.
  public var promiscuous: Bool
  /// Whether frames that this host sends are left out, as loopback shows each frame both ways.
  public var ignoresOutgoing: Bool
  /// The network namespace that the interface is in; nil: the caller's.
  public var networkNamespace: NetworkNamespace?
}

/// The door answered in this process.
public struct OwnDoor: PrivilegedDoor, Sendable {
  /// A door.
  public init() {}

  public func compile(_ request: FilterRequest) throws(CaptureError) -> FilterProgram {
    let result: Result<FilterProgram, FilterError>
    do {
      result = try Self.within(request.networkNamespace) { () throws(SystemError) in
        Result { () throws(FilterError) in try Self.compileHere(request) }
      }
    } catch {
      throw .system(error, interface: request.interface)
    }
    do {
      return try result.get()
    } catch {
      throw .filter(error)
    }
  }

  public func open(_ request: PacketSocketRequest) throws(SystemError) -> Descriptor {
    try Self.within(request.networkNamespace) { () throws(SystemError) in try Self.openHere(request) }
  }

  private static func compileHere(_ request: FilterRequest) throws(FilterError) -> FilterProgram {
    if request.linkType == .linuxSLL2 {
      let handle = try PcapHandle(file: .linuxSLL2, snapLength: request.snapLength, for: request.expression)
      let program = try handle.compileInstructions(request.expression)
      guard let cooked = CookedFilter.translate(program, snapLength: request.snapLength) else {
        throw FilterError(
          expression: request.expression, text: "reads a field of the Linux cooked header that the kernel does not have"
        )
      }
      return try checked(cooked, request)
    }
    // A live handle knows that VLAN tags are not in the frame any more when the filter runs.
    if let handle = PcapHandle(
      interface: request.interface, linkType: request.linkType, snapLength: request.snapLength)
    {
      return try checked(try handle.compileInstructions(request.expression), request)
    }
    let handle = try PcapHandle(file: request.linkType, snapLength: request.snapLength, for: request.expression)
    return try checked(try handle.compileInstructions(request.expression), request)
  }

  private static func checked(_ program: FilterProgram, _ request: FilterRequest) throws(FilterError) -> FilterProgram {
    let count = program.instructions.count
    guard count <= FilterProgram.maximumLength else {
      throw FilterError(
        expression: request.expression,
        text: "too long for the kernel: \(count) instructions, at most \(FilterProgram.maximumLength)")
    }
    return program
  }

  private static func openHere(_ request: PacketSocketRequest) throws(SystemError) -> Descriptor {
    let socket = try PacketSocket(cooked: request.cooked)
    try socket.attach(request.filter)
    if request.ignoresOutgoing {
      do {
        try socket.ignoreOutgoing()
      } catch {
        // Before Linux 4.20 the reader of the ring leaves them out instead.
      }
    }
    try socket.requestRing(request.ring)
    if request.promiscuous { try socket.joinPromiscuous(interface: request.interface) }
    // Last, so that nothing comes in before the filter and the ring are there.
    try socket.bind(
      to: PacketEndpoint(interface: request.interface, protocolNumber: PacketEndpoint.everyProtocol))
    return socket.take()
  }

  private static func within<Result: ~Copyable>(
    _ namespace: NetworkNamespace?, _ body: () throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    guard let namespace else { return try body() }
    return try namespace.run(body)
  }
}
