import Glibc

/// The seam for the interfaces of a network namespace, which may have to be entered for them.
public protocol InterfaceDoor: Sendable {
  /// Every interface of a network namespace; nil is the calling thread's own, another one needs CAP_SYS_ADMIN.
  func interfaces(in namespace: NetworkNamespace?) throws(SystemError) -> [Interface]

  /// Begins to listen to changes of the calling thread's namespace's addresses.
  func addressEvents() throws(SystemError) -> AddressEventSource
}

extension OwnInspection: InterfaceDoor {
  public func interfaces(in namespace: NetworkNamespace?) throws(SystemError) -> [Interface] {
    guard let namespace else { return try Interface.all() }
    return try namespace.run { () throws(SystemError) in try Interface.all() }
  }

  public func addressEvents() throws(SystemError) -> AddressEventSource { try AddressEventSource() }
}
