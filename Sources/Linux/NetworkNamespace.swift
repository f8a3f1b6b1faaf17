import CLinux
import Glibc

/// A network namespace that a path stands for: `/run/netns/NAME`, `/proc/PID/ns/net`. See network_namespaces(7).
public struct NetworkNamespace: Equatable, Sendable {
  /// The path.
  public var path: String

  /// A namespace by its path.
  public init(path: String) {
    self.path = path
  }

  /// Does something with the calling thread inside the namespace, and brings the thread back. Needs CAP_SYS_ADMIN.
  ///
  /// Sockets opened inside stay in it. Throws where the thread could not be brought back, too. See setns(2).
  public func run<Result: ~Copyable>(
    _ body: () throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    let home = try Descriptor.open("/proc/thread-self/ns/net", flags: O_RDONLY)
    let other = try Descriptor.open(path, flags: O_RDONLY)
    try systemCall("setns(\(path))", hint: "CAP_SYS_ADMIN is needed") {
      clinux_enter_network_namespace(other.rawValue)
    }
    let result: Result
    do {
      result = try body()
    } catch {
      try systemCall("setns") { clinux_enter_network_namespace(home.rawValue) }
      throw error
    }
    try systemCall("setns") { clinux_enter_network_namespace(home.rawValue) }
    return result
  }
}
