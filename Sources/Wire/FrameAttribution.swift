/// How the owner of a packet's end was found, or why not.
@frozen
public enum AttributionMethod: UInt8, Sendable, CaseIterable {
  /// Nothing is said of this end.
  case none
  /// The socket with exactly these two ends.
  case exact
  /// The socket that listens for such connections: nobody has accepted this one yet.
  case listener
  /// A socket without a peer that has this end's port.
  case port
  /// The socket had these ends, and has been closed since.
  case cached
  /// The kernel itself sends and takes such packets.
  case kernel
  /// Nobody was found: see the reason.
  case unattributed

  /// Its name in JSON.
  public var name: StaticString {
    switch self {
    case .none: "none"
    case .exact: "exact"
    case .listener: "listener"
    case .port: "port"
    case .cached: "cached"
    case .kernel: "kernel"
    case .unattributed: "unattributed"
    }
  }
}

/// Why nobody was found.
@frozen
public enum UnattributedReason: UInt8, Sendable, CaseIterable {
  case none, foreign, noSocket, noHolder, forbidden, gone, late, flood, noPorts

  /// The reason in words.
  public var text: StaticString {
    switch self {
    case .none: "not known"
    case .foreign: "neither address is of this network namespace"
    case .noSocket: "no socket has this address and port: a raw or packet socket may have sent it"
    case .noHolder: "no process was found that holds the socket"
    case .forbidden: "the socket's process may not be looked into: CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH are needed"
    case .gone: "the socket was closed before it could be looked at"
    case .late: "not found within --owner-wait"
    case .flood: "too many new flows at once"
    case .noPorts: "no protocol with ports"
    }
  }
}

/// What is told of the owners of a packet beyond their processes: how each was found, and its socket.
@frozen
public struct FrameAttribution: Sendable {
  /// What is told of one end.
  @frozen
  public struct End: Equatable, Sendable, BitwiseCopyable {
    /// The socket's inode in sockfs; 0: not known.
    public var inode: UInt64 = 0
    /// The kernel's number for the socket that no other one ever has; 0: not known.
    public var cookie: UInt64 = 0
    /// SOCK_STREAM and so on, as socket(2) has it; 0: not known.
    public var socketType: UInt8 = 0
    /// How the owner was found.
    public var method = AttributionMethod.none
    /// Why it was not.
    public var reason = UnattributedReason.none

    /// Nothing.
    @inlinable public init() {}

    /// An end of which nothing but a way is known.
    @inlinable public init(_ method: AttributionMethod, _ reason: UnattributedReason = .none) {
      self.method = method
      self.reason = reason
    }
  }

  /// The end whose process is `FrameOwner.process`.
  public var own = End()
  /// The end whose process is `FrameOwner.peer`.
  public var peer = End()

  /// Nothing.
  @inlinable public init() {}

  /// Whether anything is told.
  @inlinable public var isTold: Bool { own.method != .none || peer.method != .none }
}
