import CLinux
import Glibc
public import Linux
import Wire

/// Frames as they come in on one or more interfaces, in the order of their times.
///
/// One ring an interface, one thread for all: no allocation and no system call for a frame. What is lent to `onFrame`
/// is in the ring and lasts until it returns.
public struct LiveCapture: ~Copyable {
  /// What is captured on; `FrameInfo.interface` is a place in it.
  public let interfaces: [CaptureInterface]
  /// The signal that ended the capture; nil where none did.
  public internal(set) var stopSignal: Int32?

  var channels: RingChannels
  var poll = Poll()
  let signals: SignalSource?
  /// How long a frame is held back while another ring could still show an older one, in nanoseconds.
  let holdTime: Int64
  /// Frames handed out so far.
  var number: UInt64 = 0
  /// When `onTick` is to be called, in nanoseconds since the system's start; nil: never.
  var nextTick: Int64?

  /// Opens every interface asked for; nothing is lost from here on, as long as the rings have room.
  ///
  /// A signal that comes to `signals` ends the capture. Throws `CaptureError`, with EPERM in it where CAP_NET_RAW is
  /// missing.
  public init(
    _ requests: [CaptureRequest], signals: consuming SignalSource? = nil, door: some PrivilegedDoor = OwnDoor()
  ) throws(CaptureError) {
    var channels = RingChannels(capacity: requests.count)
    var interfaces: [CaptureInterface] = []
    var poll = Poll()
    for request in requests {
      let channel = try RingChannel(opening: request, place: UInt32(clamping: interfaces.count), door: door)
      interfaces.append(channel.interface)
      poll.add(channel.socket.descriptor.rawValue)
      channels.append(channel)
    }
    // The kernel looks at a block's age once a period, so a frame waits for up to two, and a tick.
    let longest = requests.map(\.retireMilliseconds).max() ?? 0
    holdTime = Int64(longest &* 2 &+ 5) &* 1_000_000
    self.interfaces = interfaces
    self.channels = channels
    if let number = signals?.descriptor.rawValue { poll.add(number) }
    self.signals = signals
    self.poll = poll
  }

  /// The counts over all interfaces: final when `run` has returned.
  public var statistics: CaptureStatistics {
    var sum = CaptureStatistics()
    for index in 0..<channels.count { sum = sum + channels[index].statistics }
    return sum
  }

  /// The counts of one interface, by its place.
  public func statistics(of interface: Int) -> CaptureStatistics {
    interface >= 0 && interface < channels.count ? channels[interface].statistics : CaptureStatistics()
  }
}

extension RingChannel {
  /// The least memory that a ring is worth opening with.
  private static let leastMemory = 2 << 20

  /// Opens an interface, with less memory than asked for where the kernel has not so much.
  init(opening request: CaptureRequest, place: UInt32, door: some PrivilegedDoor) throws(CaptureError) {
    let name = request.interface
    let link = try Self.query(request)
    let layer = LinkLayer(hardwareType: link.hardwareType, forcesCooked: request.cooked)
    var filter = Self.keepAll(request.snapLength, layer)
    if let expression = request.filter, !expression.isEmpty {
      filter = try door.compile(
        FilterRequest(
          expression: expression, interface: name, linkType: layer.linkType, snapLength: request.snapLength,
          networkNamespace: request.networkNamespace))
    }
    let format = RingFormat(
      linkType: layer.linkType, snapLength: request.snapLength, interface: place, dropsOutgoing: link.isLoopback)
    var memory = max(request.ringMemory, Self.leastMemory)
    while true {
      let geometry = RingGeometry(
        memory: memory, retireMilliseconds: request.retireMilliseconds, headroom: layer.headroom)
      do {
        let socket = PacketSocket(
          try door.open(
            PacketSocketRequest(
              interface: link.index, cooked: layer.cooked, filter: filter, ring: geometry,
              promiscuous: request.promiscuous && !link.isLoopback, ignoresOutgoing: link.isLoopback,
              networkNamespace: request.networkNamespace)))
        let ring = try Ring(of: socket, geometry, format)
        let interface = CaptureInterface(
          name: name, index: link.index, linkType: layer.linkType, snapLength: request.snapLength,
          ringMemory: geometry.memory)
        self.init(interface: interface, socket: socket, ring: ring)
        return
      } catch {
        guard error.code == ENOMEM, memory / 2 >= Self.leastMemory else {
          throw error.code == ENODEV ? .noSuchInterface(name) : .system(error, interface: name)
        }
        memory /= 2
      }
    }
  }

  private static func query(_ request: CaptureRequest) throws(CaptureError) -> LinkQuery {
    do {
      guard let namespace = request.networkNamespace else { return try LinkQuery(name: request.interface) }
      return try namespace.run { () throws(SystemError) in try LinkQuery(name: request.interface) }
    } catch {
      throw error.code == ENODEV
        ? .noSuchInterface(request.interface) : .system(error, interface: request.interface)
    }
  }

  private static func keepAll(_ snapLength: UInt32, _ layer: LinkLayer) -> FilterProgram {
    let program = FilterProgram.keepAll(length: snapLength)
    guard layer.linkType == .linuxSLL2 else { return program }
    return CookedFilter.translate(program, snapLength: snapLength) ?? program
  }
}
