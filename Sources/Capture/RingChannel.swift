import Glibc
import Linux
import Wire

/// One interface of a capture: its socket and ring, what state it is in, and what was counted.
struct RingChannel: ~Copyable {
  /// Whether frames can come.
  enum State {
    /// They can.
    case up
    /// The interface has just gone down; whether it is deleted will be seen soon.
    case falling
    /// It is down, and may come back.
    case down
    /// It is gone for good.
    case gone
  }

  /// What it captures on.
  let interface: CaptureInterface
  /// The socket.
  let socket: PacketSocket
  /// The ring, which lives no longer than the socket.
  var ring: Ring
  /// Whether frames can come.
  var state = State.up
  private var received: UInt64 = 0
  private var dropped: UInt64 = 0

  init(interface: CaptureInterface, socket: consuming PacketSocket, ring: consuming Ring) {
    self.interface = interface
    self.socket = socket
    self.ring = ring
  }

  /// Adds the kernel's counts to what was counted before.
  mutating func updateCounts() throws(SystemError) {
    let counts = try socket.takeCounts()
    received &+= counts.received
    dropped &+= counts.dropped
  }

  /// Frames that are in the ring, by the counts last taken, and were not handed out.
  var outstanding: UInt64 {
    let seen = dropped &+ ring.delivered &+ ring.ignored
    return received > seen ? received &- seen : 0
  }

  /// Whether a frame may still appear in a ring that shows none.
  func expectsFrames(isDraining: Bool) -> Bool {
    state == .up && !isDraining || outstanding > 0
  }

  /// The counts last taken.
  var statistics: CaptureStatistics {
    CaptureStatistics(
      received: received &- min(ring.ignored, received), captured: ring.delivered, dropped: dropped,
      unread: outstanding)
  }

  /// Looks whether the interface is there and up. Asks through the socket, so in the interface's own namespace.
  func currentState() throws(SystemError) -> State {
    guard try socket.localAddress().interface > 0 else { return .gone }
    do {
      let name = try LinkQuery.name(of: interface.index, through: socket.descriptor)
      return try LinkQuery(name: name, through: socket.descriptor).isUp ? .up : .down
    } catch {
      // Between the two questions it may have been renamed or deleted: the next look will show.
      guard error.code == ENODEV || error.code == ENXIO else { throw error }
      return .down
    }
  }
}
