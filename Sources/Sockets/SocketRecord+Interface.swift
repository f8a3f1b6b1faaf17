extension SocketRecord {
  /// Whether an interface's index is part of it, whose name has to be looked up.
  public var namesAnInterface: Bool {
    for end in [local, remote] {
      switch end {
      case .internet(_, _, let interface), .packet(let interface, _), .xdp(let interface, _):
        if interface != 0 { return true }
      default: break
      }
    }
    guard let details else { return false }
    return details.boundInterface != 0 || details.packet?.memberships.isEmpty == false
  }
}
