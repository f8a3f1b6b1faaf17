/// The seam for everything privileged about sockets and processes, answered in this process.
///
/// What a command learns of other processes and of the kernel's socket lists comes through the protocols that it
/// conforms to, whose requests are values and whose answers are values: another process could answer them.
public struct OwnInspection: Sendable {
  /// A seam answered here.
  public init() {}
}
