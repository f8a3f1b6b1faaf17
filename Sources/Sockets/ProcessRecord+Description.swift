public import Linux

extension ProcessRecord {
  /// A process from what /proc tells of it; what is not there or cannot be read is left as unknown.
  public init(_ description: ProcessDescription) {
    self.init(pid: description.pid)
    uid = description.uid
    namespace = description.networkNamespace
    if let stat = ProcessStat(description.stat) {
      name = stat.name
      parent = stat.parent
      startTime = stat.startTime
    }
    cgroup = ControlGroup.path(in: description.cgroup)
  }
}

/// What the file /proc/PID/stat has that is of use here. See proc_pid_stat(5).
struct ProcessStat: Equatable {
  /// The places of fields behind the name, counted from the state, which is the manual's field 3.
  private enum Field {
    static let parent = 1
    static let threads = 17
    static let startTime = 19
    static let virtualSize = 20
  }

  /// `comm`: between the first parenthesis and the last, since it may have any in it.
  var name: [UInt8]
  var parent: Int32
  var threads: Int
  /// Clock ticks since the system's start.
  var startTime: UInt64
  /// Octets of address space; 0 for what has none: a kernel thread, or a process that has ended.
  var virtualSize: UInt64

  /// Reads the file's octets; nil where they are not of that form.
  init?(_ octets: [UInt8]) {
    guard let open = octets.firstIndex(of: UInt8(ascii: "(")), let close = octets.lastIndex(of: UInt8(ascii: ")")),
      open < close
    else { return nil }
    name = Array(octets[(open &+ 1)..<close])
    let fields = octets[(close &+ 1)...].split(separator: UInt8(ascii: " ")).map { field in
      UInt64(String(decoding: field, as: UTF8.self))
    }
    guard fields.count > Field.virtualSize, let parent = fields[Field.parent], let threads = fields[Field.threads],
      let start = fields[Field.startTime], let size = fields[Field.virtualSize]
    else { return nil }
    self.parent = Int32(truncatingIfNeeded: parent)
    self.threads = Int(truncatingIfNeeded: threads)
    startTime = start
    virtualSize = size
  }
}
