import Glibc

extension NetworkNamespace {
  /// Each distinct network namespace that a process is in, or that is kept by a mount such as `/run/netns/NAME`, by a
  /// path to it; the calling thread's own first. One that may not be read is left out. See network_namespaces(7).
  static func all() throws(SystemError) -> [NetworkNamespace] {
    // What the links say, such as `net:[4026531840]`.
    var seen: Set<[UInt8]> = []
    var found: [NetworkNamespace] = []
    let root = try ProcessDirectory.root()
    for name in ["thread-self"] + (try OwnInspection.allProcesses()).map(String.init) {
      guard let process = try? root.directory(name), let link = try? process.link("ns/net"), seen.insert(link).inserted
      else { continue }
      found.append(NetworkNamespace(path: "/proc/\(name)/ns/net"))
    }
    let mounts = try Descriptor.open("/proc/thread-self/mountinfo", flags: O_RDONLY).readAll(name: "mountinfo")
    for mount in mounted(mounts) {
      if seen.insert(mount.link).inserted { found.append(NetworkNamespace(path: mount.path)) }
    }
    return found
  }

  /// The network namespaces among the mounts, by what a link to them would say. See proc_pid_mountinfo(5).
  static func mounted(_ octets: [UInt8]) -> [(link: [UInt8], path: String)] {
    octets.split(separator: UInt8(ascii: "\n")).compactMap { line in
      // Number, parent, device; then the root within the file system, and where it is mounted.
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
      guard fields.count == 6, fields[3].starts(with: "net:[".utf8) else { return nil }
      return (Array(fields[3]), String(decoding: unescaped(fields[4]), as: UTF8.self))
    }
  }

  /// A path in which blanks and backslashes are written as a backslash and three octal digits.
  private static func unescaped(_ path: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var rest = path
    while let octet = rest.popFirst() {
      let digits = rest.prefix(3)
      if octet == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ $0 & 0xf8 == 0x30 }) {
        result.append(digits.reduce(0) { $0 &* 8 &+ ($1 & 7) })
        rest.removeFirst(3)
      } else {
        result.append(octet)
      }
    }
    return result
  }
}
