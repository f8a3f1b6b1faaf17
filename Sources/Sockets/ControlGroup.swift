/// A control group's path, and what the names in it say of who made it. See cgroups(7).
public struct ControlGroup: Sendable, Equatable {
  /// The identifier of the container; nil where the path names none.
  public var containerID: String?
  /// The innermost unit of systemd's; nil where the path names none.
  public var unit: String?

  /// Reads a path such as `/system.slice/nginx.service`.
  public init(path: [UInt8]) {
    let names = path.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    unit = names.last { name in [".service", ".scope", ".socket"].contains { name.hasSuffix($0) } }
  }

  /// The path in /proc/PID/cgroup: that of version 2's hierarchy, unless it is the root and systemd has one of its own.
  static func path(in file: [UInt8]) -> [UInt8] {
    var paths: [[UInt8]] = []
    for line in file.split(separator: UInt8(ascii: "\n")) {
      let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      if parts[0].elementsEqual("0".utf8) { return Array(parts[2]) }
      paths.append(Array(parts[2]))
    }
    return paths.first ?? []
  }
}
