/// A network namespace in the table of mounts. See proc_pid_mountinfo(5).
public struct NamespaceMount: Equatable, Sendable {
  /// The namespace's inode number.
  public var inode: UInt64
  /// Where it is mounted.
  public var path: String

  /// The name by which ip-netns(8) knows it.
  public var name: String? {
    for directory in ["/run/netns/", "/var/run/netns/"] where path.hasPrefix(directory) {
      let name = path.dropFirst(directory.count)
      return name.isEmpty || name.contains("/") ? nil : String(name)
    }
    return nil
  }

  /// Every one, in the table's order. The fields are: ID, parent, device, root, mount point, options...
  public static func all(in table: [UInt8]) -> [NamespaceMount] {
    table.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
      guard fields.count > 5 else { return nil }
      let root = fields[3]
      guard root.starts(with: "net:[".utf8), root.last == UInt8(ascii: "]"),
        let inode = UInt64(String(decoding: root.dropFirst(5).dropLast(), as: UTF8.self))
      else { return nil }
      return NamespaceMount(inode: inode, path: String(decoding: unescaped(fields[4]), as: UTF8.self))
    }
  }

  /// Octets with `\040` and the like as what they stand for: three octal digits.
  private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
    var octets: [UInt8] = []
    var rest = field
    while let octet = rest.popFirst() {
      let digits = rest.prefix(3)
      if octet == UInt8(ascii: "\\"), digits.count == 3,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        octets.append(value)
        rest = rest.dropFirst(3)
      } else {
        octets.append(octet)
      }
    }
    return octets
  }
}
