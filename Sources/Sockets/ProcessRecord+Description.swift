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
