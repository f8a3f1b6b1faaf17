import Glibc

extension NetworkNamespace {
  /// Each distinct network namespace that a process is in, by a path to it; the calling thread's own first. One that may
  /// not be read is left out. See network_namespaces(7).
  static func all() throws(SystemError) -> [NetworkNamespace] {
    var seen: Set<[UInt8]> = []
    var found: [NetworkNamespace] = []
    let root = try ProcessDirectory.root()
    var pids: [Int32] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 15)
    // SAFETY: the buffer is lent for the call; nothing of it is kept.
    let failure = unsafe buffer.withUnsafeMutableBytes { room -> SystemError? in
      do throws(SystemError) {
        unsafe try root.forEachNumber(in: room) { number, _ in pids.append(number) }
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
    for path in ["thread-self"] + pids.map(String.init) {
      guard let process = try? root.directory(path), let link = try? process.link("ns/net"), seen.insert(link).inserted
      else { continue }
      found.append(NetworkNamespace(path: "/proc/\(path)/ns/net"))
    }
    return found
  }
}
