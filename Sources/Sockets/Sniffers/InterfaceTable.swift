import Glibc
public import Linux

/// The interfaces of network namespaces, by the namespace's inode.
public enum InterfaceTable {
  /// Asks in one namespace or several.
  public static func read(
    _ namespaces: NamespaceChoice, through door: some SocketDumpDoor & InterfaceDoor
  ) throws(SystemError) -> [UInt64: [Interface]] {
    switch namespaces {
    case .own: return [try door.inode(of: nil): try door.interfaces(in: nil)]
    case .path(let path):
      let namespace = NetworkNamespace(path: path)
      return [try door.inode(of: namespace): try door.interfaces(in: namespace)]
    case .every:
      var table: [UInt64: [Interface]] = [:]
      for namespace in try door.networkNamespaces() {
        do throws(SystemError) {
          table[try door.inode(of: namespace)] = try door.interfaces(in: namespace)
        } catch {
          // Its last process may have ended since it was found.
          guard error.code == ENOENT else { throw error }
        }
      }
      return table
    }
  }
}
