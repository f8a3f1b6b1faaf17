import Glibc

extension NetworkNamespace {
  /// Each distinct network namespace that a process is in, by a path to it; the calling thread's own first. One that may
  /// not be read is left out. See network_namespaces(7).
  static func all() throws(SystemError) -> [NetworkNamespace] {
    var seen: Set<[UInt8]> = []
    var found: [NetworkNamespace] = []
    let root = try ProcessDirectory.root()
    for path in ["thread-self"] + (try OwnInspection.allProcesses()).map(String.init) {
      guard let process = try? root.directory(path), let link = try? process.link("ns/net"), seen.insert(link).inserted
      else { continue }
      found.append(NetworkNamespace(path: "/proc/\(path)/ns/net"))
    }
    return found
  }
}
