import Glibc

/// The seam for the interfaces of a network namespace, which may have to be entered for them.
public protocol InterfaceDoor: Sendable {
  /// Every interface of a network namespace; nil is the calling thread's own, another one needs CAP_SYS_ADMIN.
  func interfaces(in namespace: NetworkNamespace?) throws(SystemError) -> [Interface]
}

extension OwnInspection: InterfaceDoor {
  public func interfaces(in namespace: NetworkNamespace?) throws(SystemError) -> [Interface] {
    guard let namespace else { return try Interface.all() }
    return try namespace.run { () throws(SystemError) in try Interface.all() }
  }
}
