public import Linux

/// All that is told of a process by which a person knows it again. What is in it its program chose: escape it.
public struct ProcessIdentity: Sendable {
  /// Number, name, start, user, parent, control group and network namespace.
  public var record: ProcessRecord
  /// The program's path; nil where it may not be read, or there is none.
  public var executable: [UInt8]?
  /// Whether the program's file has been deleted or replaced since it was started.
  public var isExecutableDeleted = false
  /// The arguments, its own name first; nil where they may not be read, and none where the program has wiped them.
  public var arguments: [[UInt8]]?
  /// The effective user's name; nil where the number has none.
  public var user: String?
  /// Nanoseconds since 1970 when it was started, as precise as a clock tick is: 10 ms. Moves with the system's clock,
  /// so that `record.startTime` is what tells it from another.
  public var started: Int64?
  /// Container and unit, from the control group.
  public var group: ControlGroup

  /// Asks for processes; those that have ended are left out. Throws where nothing can be read.
  public static func read(_ pids: [Int32], through door: some ProcessDoor) throws(SystemError) -> [ProcessIdentity] {
    var request = ProcessDescriptionRequest(pids: pids)
    request.withProgram = true
    let clock = try ProcessClock.current()
    var users = UserNames()
    var found: [ProcessIdentity] = []
    for description in try door.describe(request) {
      found.append(ProcessIdentity(description, clock, &users))
    }
    return found
  }

  /// An identity from what /proc tells.
  public init(_ description: ProcessDescription, _ clock: ProcessClock, _ users: inout UserNames) {
    record = ProcessRecord(description)
    user = users.name(of: record.uid)
    started = record.startTime > 0 ? clock.time(ofTick: record.startTime) : nil
    group = ControlGroup(path: record.cgroup)
    arguments = description.arguments.map(Self.arguments)
    if let path = description.executable {
      let mark = " (deleted)".utf8
      isExecutableDeleted = path.count > mark.count && path.suffix(mark.count).elementsEqual(mark)
      executable = isExecutableDeleted ? path.dropLast(mark.count) : path
    }
  }

  /// The arguments in /proc/PID/cmdline: each ended by a zero, the last one maybe not, and an empty one is one.
  static func arguments(_ octets: [UInt8]) -> [[UInt8]] {
    guard !octets.isEmpty else { return [] }
    let whole = octets.last == 0 ? octets.dropLast() : octets[...]
    return whole.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
  }
}
