public import Sockets
public import Wire

extension CapturedProcess {
  /// A process of this machine, as far as files have a place for what is known of it.
  public init(_ identity: ProcessIdentity) {
    self.init(pid: UInt32(bitPattern: identity.record.pid), name: identity.record.name)
    executable = identity.executable ?? []
    arguments = identity.arguments ?? []
    if identity.record.parent > 0 { parent = UInt32(bitPattern: identity.record.parent) }
    userID = identity.record.uid
    user = identity.user.map { Array($0.utf8) } ?? []
    startTime = identity.started.flatMap { UInt64(exactly: $0) }
    container = identity.group.containerID.map { Array($0.utf8) } ?? []
    unit = identity.group.unit.map { Array($0.utf8) } ?? []
  }
}

/// The places of the processes that a live capture meets, in the order in which a file is told of them.
///
/// A process is told from the others by whatever tells it in its source, such as its number and start; what changes of
/// it makes it another one.
public struct ProcessPlaces<Key: Hashable> {
  private var places: [Key: UInt32] = [:]
  private var last: (key: Key, place: UInt32)?

  /// No process yet.
  public init() {}

  /// The place of a process; `add` is called with it where it is new, and has to tell the file.
  public mutating func place(of key: Key, _ add: (CapturedProcess) -> Void, _ make: () -> CapturedProcess) -> UInt32 {
    // Packets of one process come together.
    if let last, last.key == key { return last.place }
    if let place = places[key] {
      last = (key, place)
      return place
    }
    let place = UInt32(truncatingIfNeeded: places.count)
    places[key] = place
    last = (key, place)
    add(make())
    return place
  }
}
