/// The sockets of one or more network namespaces, as they were when the kernel was asked.
public struct SocketSnapshot: Sendable {
  public var sockets: [SocketRecord] = []
  /// The inode numbers of the network namespaces that were read.
  public var namespaces: Set<UInt64> = []
  /// What a reader should know, each in a line: a list that changed while it was read, a kind that could not be listed.
  public var notes: [String] = []
  /// What was read from a place that tells less than sock_diag(7) would, or could not be asked, each in a line: for those
  /// who miss something.
  public var substitutes: [String] = []
  /// The note on sockets of a family that the kernel counts and does not list; gone once they are found otherwise.
  var countedOnly: [SocketFamily: String] = [:]

  public init() {}
}
