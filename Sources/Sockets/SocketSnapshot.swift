/// The sockets of one or more network namespaces, as they were when the kernel was asked.
public struct SocketSnapshot: Sendable {
  public var sockets: [SocketRecord] = []
  /// The inode numbers of the network namespaces that were read.
  public var namespaces: Set<UInt64> = []
  /// What a reader should know, each in a line: a family read from /proc/net since the kernel has no sock_diag for it,
  /// a list that changed while it was read.
  public var notes: [String] = []

  public init() {}
}
