/// What the numbers in a listing stand for on this machine, looked up beforehand.
public struct Surroundings: Sendable {
  /// The names of interfaces by namespace and index.
  public var interfaces: [UInt64: [UInt32: String]] = [:]
  /// The names of users by number.
  public var users: [UInt32: String] = [:]
  /// The names of network namespaces by inode; those without one are missing.
  public var namespaces: [UInt64: String] = [:]

  public init() {}

  /// The name of an interface that a socket names by its index; nil where there is none.
  public func interface(_ index: UInt32, in namespace: UInt64) -> String? { interfaces[namespace]?[index] }
}
