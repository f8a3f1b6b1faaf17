extension NetworkNamespace {
  /// Each distinct network namespace that a process is in, or that is kept by a mount such as `/run/netns/NAME`, by a
  /// path to it; the calling thread's own first. One that may not be read is left out. See network_namespaces(7).
  static func all() throws(SystemError) -> [NetworkNamespace] {
    let found = try OwnInspection().processNamespaces()
    var places = [(inode: found.own, path: "/proc/thread-self/ns/net")]
    places += found.processes.map { ($0.inode, "/proc/\($0.pid)/ns/net") }
    places += NamespaceMount.all(in: found.mounts).map { ($0.inode, $0.path) }
    var seen: Set<UInt64> = []
    return places.filter { $0.inode > 0 && seen.insert($0.inode).inserted }.map { NetworkNamespace(path: $0.path) }
  }
}
