/// Which network namespaces are looked at.
public enum NamespaceChoice: Sendable, Equatable {
  /// The calling thread's own.
  case own
  /// Each distinct one of a process. Needs CAP_SYS_ADMIN.
  case every
  /// The one that a path stands for: `/run/netns/NAME`, `/proc/PID/ns/net`. Needs CAP_SYS_ADMIN.
  case path(String)
}

/// Which sockets are asked for: the kernel then does no more than it must.
public struct SocketQuery: Sendable {
  public var families = Set(SocketFamily.allCases)
  /// IPPROTO_* numbers of the inet and inet6 sockets, IPPROTO_RAW (255) for raw ones of any protocol; nil for all.
  public var protocols: Set<UInt16>?
  /// The states; nil for all.
  public var states: Set<SocketState>?
  /// Whether `SocketRecord.details` are wanted.
  public var withDetails = false
  public var namespaces = NamespaceChoice.own

  /// All families, no details, the own namespace.
  public init() {}

  /// The states as the kernel's mask: bit n for state n.
  var stateMask: UInt32 {
    guard let states else { return .max }
    return states.reduce(0) { mask, state in
      mask | UInt32(1) << UInt32(state == .unconnected ? SocketState.close.rawValue : state.rawValue)
    }
  }
}
