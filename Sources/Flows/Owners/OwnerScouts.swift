internal import Linux
internal import Wire

/// The scouts of all interfaces, and how much of UDP they are to see: a busy flow must not wake the resolver for each of its
/// datagrams.
final class OwnerScouts {
  /// How many packets of flows that are known may come in a window, and how long that is in nanoseconds.
  private static let mostKnown = 32
  private static let window: Int64 = 50_000_000
  /// How long UDP is not looked at after that: twice as long each time when nothing new was seen.
  private static let firstPause: Int64 = 1_000_000_000
  private static let longestPause: Int64 = 8_000_000_000
  /// How many packets are taken at once from one scout.
  private static let batch = 16
  /// More interfaces than that are watched through one socket for all.
  private static let mostInterfaces = 16

  private var scouts: [FlowScout] = []
  private var windowEnd: Int64 = 0
  private var known = 0
  private var resumes: Int64 = 0
  private var pause = OwnerScouts.firstPause

  /// Opens scouts on interfaces, by their index; as many as can be: owners are found without them too, but later.
  init(
    interfaces: [Int32], filter: FilterProgram?, withConnections: Bool = true, through door: some FlowScoutDoor
  ) {
    for interface in interfaces.count > Self.mostInterfaces ? [0] : interfaces {
      let scout = try? door.flowScout(interface: interface, filter: filter, seesConnections: withConnections)
      if let scout { scouts.append(scout) }
    }
  }

  /// When they see more again, in nanoseconds since the system's start.
  var nextChange: Int64 { resumes > 0 ? resumes : .max }

  /// The descriptors, readable when a packet waits.
  var descriptors: [Int32] { scouts.map(\.descriptor) }

  /// Hands out what was seen by the scouts that have something, by their places; the receiver says whether it was new to it. Tells
  /// whether one may have more.
  func take(of isReady: (Int) -> Bool, _ receive: (FrameEnds, FlowScout.Sighting) -> Bool) -> Bool {
    let now = BootClock.nanosecondsSinceStart
    if resumes > 0, now >= resumes { setSeesDatagrams(true, now) }
    if now >= windowEnd {
      windowEnd = now &+ Self.window
      known = 0
    }
    var hasMore = false
    for (place, scout) in scouts.enumerated() where isReady(place) {
      for count in 1...Self.batch {
        guard let sighting = scout.next() else { break }
        if count == Self.batch { hasMore = true }
        let ends = scout.withPacket { FrameEnds(network: $0, type: sighting.type) }
        guard ends.kind == .ports || ends.kind == .echoRequest else { continue }
        let isNew = receive(ends, sighting)
        guard ends.protocolNumber != .tcp else { continue }
        if isNew { pause = Self.firstPause } else { known &+= 1 }
      }
    }
    // What was queued before it looked away still comes.
    if known > Self.mostKnown, resumes == 0 { setSeesDatagrams(false, now) }
    return hasMore
  }

  private func setSeesDatagrams(_ wanted: Bool, _ now: Int64) {
    resumes = wanted ? 0 : now &+ pause
    if !wanted { pause = min(pause &* 2, Self.longestPause) }
    known = 0
    for scout in scouts { try? scout.setSeesDatagrams(wanted) }
  }
}
