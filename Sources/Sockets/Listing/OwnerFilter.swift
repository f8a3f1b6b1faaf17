/// What must hold of a process, so that its sockets are wanted: all parts of the same process.
public struct OwnerFilter: Sendable {
  /// Patterns for the process's name. The kernel keeps 15 octets of a name: a longer one is compared by its first 15.
  public var names: [Glob] = []
  public var pids: Set<Int32> = []
  /// The process's effective user; for a socket without a process that is known, the user who created it.
  public var users: Set<UInt32> = []
  /// Beginnings of, or patterns for, the container's id.
  public var containers: [Glob] = []
  /// Patterns for the systemd unit's name.
  public var units: [Glob] = []

  /// A filter that keeps all.
  public init() {}

  /// Whether nothing is asked of the owner.
  public var isEmpty: Bool { names.isEmpty && pids.isEmpty && users.isEmpty && containers.isEmpty && units.isEmpty }

  /// A pattern for a process's name from its text.
  public static func name(_ text: String) -> Glob {
    let glob = Glob(text)
    return glob.isLiteral ? Glob(octets: Array(text.utf8.prefix(15))) : glob
  }

  /// A pattern for a container's id from its text: its first digits are enough.
  public static func container(_ text: String) -> Glob {
    let glob = Glob(text)
    return glob.isLiteral ? Glob(text + "*") : glob
  }

  /// A pattern for a unit's name from its text: one without a suffix is a service.
  public static func unit(_ text: String) -> Glob {
    let glob = Glob(text)
    return glob.isLiteral && !text.contains(".") ? Glob(text + ".service") : glob
  }

  /// Whether a process is one of those wanted.
  public func matches(_ process: ProcessRecord, _ service: ControlGroup) -> Bool {
    if !names.isEmpty, !names.contains(where: { $0.matches(process.name) }) { return false }
    if !pids.isEmpty, !pids.contains(process.pid) { return false }
    if !users.isEmpty, !users.contains(process.uid) { return false }
    if !containers.isEmpty {
      guard let id = service.containerID else { return false }
      if !containers.contains(where: { $0.matches(Array(id.utf8)) }) { return false }
    }
    if !units.isEmpty {
      guard let unit = service.unit else { return false }
      if !units.contains(where: { $0.matches(Array(unit.utf8)) }) { return false }
    }
    return true
  }

  /// Whether a socket that no process is known to hold is wanted: only its user can be asked for.
  public func matchesUnowned(_ socket: SocketRecord) -> Bool {
    guard names.isEmpty, pids.isEmpty, containers.isEmpty, units.isEmpty else { return false }
    return users.isEmpty || socket.uid.map { users.contains($0) } ?? false
  }
}
