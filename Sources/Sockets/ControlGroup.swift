/// What a control group's path says of who made it: a container's runtime, systemd. See cgroups(7) and systemd.unit(5).
///
/// The names are what some program chose: escape them before printing.
public struct ControlGroup: Sendable, Equatable {
  /// The identifier of the container, or its name where the runtime has only that (LXC, systemd-nspawn); nil where the
  /// path names none. A container's monitor (conmon, lxc.monitor) is outside.
  public var containerID: String?
  /// The innermost unit, as systemd prints it (`\x2d` stays): a service, scope, socket, mount or swap, else a slice;
  /// nil where the path names none.
  public var unit: String?

  /// Reads a path such as `/system.slice/nginx.service`. Of containers and units within each other the innermost count.
  public init(path: [UInt8]) {
    let names = Self.names(path)
    for (place, name) in names.enumerated() {
      containerID = Self.containerID(name, below: place > 0 ? names[place &- 1] : "") ?? containerID
      // A user's own manager runs in a scope of its service, whose name says nothing.
      if name == "init.scope", unit?.hasPrefix("user@") ?? false { continue }
      let unescaped = name.hasPrefix("_") ? String(name.dropFirst()) : name
      switch Self.unitKind(unescaped) {
      case .running: unit = unescaped
      case .slice where Self.unitKind(unit ?? "") != .running: unit = unescaped
      default: break
      }
    }
  }

  /// Chooses among the lines of /proc/PID/cgroup: the path that names a container, else systemd's own hierarchy, else
  /// version 2's, else the first that is not the root. Under version 1 they differ; under version 2 there is one.
  public static func path(in file: [UInt8]) -> [UInt8] {
    var candidates: [(rank: Int, path: [UInt8])] = []
    for line in file.split(separator: UInt8(ascii: "\n")) {
      let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let path = Array(parts[2])
      var rank = parts[1].elementsEqual("name=systemd".utf8) ? 2 : parts[0].elementsEqual("0".utf8) ? 1 : 0
      if path.count <= 1 { rank &-= 4 }
      if path.count > 64, ControlGroup(path: path).containerID != nil { rank &+= 8 }
      candidates.append((rank, path))
    }
    guard let best = candidates.map(\.rank).max() else { return [] }
    return candidates.first { $0.rank == best }?.path ?? []
  }

  /// The path's names, without the mark of a group that is gone.
  private static func names(_ path: [UInt8]) -> [String] {
    let mark = Array(" (deleted)".utf8)
    let path =
      path.count > mark.count && path.suffix(mark.count).elementsEqual(mark) ? path.dropLast(mark.count) : path[...]
    return path.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
  }
}

extension ControlGroup {
  private enum UnitKind { case none, slice, running }

  /// Whether a name can be a unit's, and whether of a kind that processes run in.
  private static func unitKind(_ name: String) -> UnitKind {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex, name.utf8.count < 256,
      name.utf8.allSatisfy(isUnitOctet)
    else { return .none }
    switch name[dot...].dropFirst() {
    case "service", "scope", "socket", "mount", "swap": return .running
    case "slice": return .slice
    default: return .none
    }
  }

  /// Letters, digits, and `:-_.\@`. See systemd.unit(5).
  private static func isUnitOctet(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: "\\"), UInt8(ascii: "@"):
      true
    default: false
    }
  }

  /// The container that a name in the path stands for.
  private static func containerID(_ name: String, below parent: String) -> String? {
    // docker-ID.scope, libpod-ID.scope, cri-containerd-ID.scope, crio-ID.scope, SLICE:cri-containerd:ID, ID.
    let stem = name.hasSuffix(".scope") ? name.dropLast(6) : name[...]
    if let last = stem.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "-" || $0 == ":" }).last,
      isIdentifier(last)
    {
      let runtime = stem.dropLast(last.count &+ 1)
      return runtime.hasSuffix("conmon") ? nil : String(last)
    }
    if parent == "lxc" || parent == "lxc.payload", !name.isEmpty { return name }
    if name.hasPrefix("lxc.payload."), name.utf8.count > 12 { return String(name.dropFirst(12)) }
    // systemd-nspawn registers machine-NAME.scope; libvirt's virtual machines have such a scope too.
    if name.hasPrefix("machine-"), name.hasSuffix(".scope"), !name.hasPrefix("machine-qemu"), stem.utf8.count > 8 {
      return unescaped(stem.dropFirst(8))
    }
    if name.hasPrefix("systemd-nspawn@"), name.hasSuffix(".service"), name.utf8.count > 23 {
      return unescaped(name.dropFirst(15).dropLast(8))
    }
    return nil
  }

  /// Whether a name is what runtimes give: 64 hexadecimal digits in lower case.
  private static func isIdentifier(_ name: Substring) -> Bool {
    name.utf8.count == 64
      && name.utf8.allSatisfy { octet in
        octet >= UInt8(ascii: "0") && octet <= UInt8(ascii: "9")
          || octet >= UInt8(ascii: "a") && octet <= UInt8(ascii: "f")
      }
  }

  /// A name without systemd's escapes: `\x2d` is a dash. See systemd-escape(1).
  private static func unescaped(_ name: Substring) -> String {
    var octets: [UInt8] = []
    var rest = Array(name.utf8)[...]
    while let octet = rest.popFirst() {
      if octet == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x"), rest.count >= 3,
        let value = UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)
      {
        octets.append(value)
        rest = rest.dropFirst(3)
      } else {
        octets.append(octet)
      }
    }
    return String(decoding: octets, as: UTF8.self)
  }
}
