extension SocketRecord {
  /// Whether an interface's index is part of it, whose name has to be looked up.
  public var namesAnInterface: Bool { local.namesAnInterface || remote.namesAnInterface || hasDetailsNamingAnInterface }
}

extension SocketAddress {
  fileprivate var namesAnInterface: Bool {
    switch self {
    case .internet(_, _, let interface), .packet(let interface, _), .xdp(let interface, _): interface != 0
    default: false
    }
  }
}

extension SocketAddress? {
  fileprivate var namesAnInterface: Bool {
    if case .some(let end) = self { end.namesAnInterface } else { false }
  }
}
