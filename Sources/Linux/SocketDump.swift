import CLinux
import Glibc

/// The seam for the kernel's lists of sockets: whoever answers may have to enter another network namespace.
///
/// A namespace of nil is the calling thread's own; another one needs CAP_SYS_ADMIN.
public protocol SocketDumpDoor: Sendable {
  /// Puts questions to sock_diag(7), one after another, and gives an answer for each.
  func dump(
    _ requests: [SocketDumpRequest], in namespace: NetworkNamespace?
  ) throws(SystemError) -> [SocketDumpAnswer]

  /// Reads files of /proc/net; nil for one that this kernel does not have. See proc_pid_net(5).
  func read(networkFiles names: [String], in namespace: NetworkNamespace?) throws(SystemError) -> [[UInt8]?]

  /// Opens a socket to sock_diag(7), a member of multicast groups, for questions that come as they come.
  func diagnosticSocket(groups: [Int32], in namespace: NetworkNamespace?) throws(SystemError) -> Descriptor

  /// A network namespace's inode number, which tells it from others.
  func inode(of namespace: NetworkNamespace?) throws(SystemError) -> UInt64

  /// Each distinct network namespace that a process is in, by a path to it.
  func networkNamespaces() throws(SystemError) -> [NetworkNamespace]
}

extension OwnInspection: SocketDumpDoor {
  public func dump(
    _ requests: [SocketDumpRequest], in namespace: NetworkNamespace?
  ) throws(SystemError) -> [SocketDumpAnswer] {
    var socket = DiagnosticSocket(try diagnosticSocket(groups: [], in: namespace))
    var answers: [SocketDumpAnswer] = []
    for request in requests { answers.append(try socket.ask(request)) }
    return answers
  }

  public func read(
    networkFiles names: [String], in namespace: NetworkNamespace?
  ) throws(SystemError) -> [[UInt8]?] {
    try Self.run(in: namespace) { () throws(SystemError) in
      var contents: [[UInt8]?] = []
      for name in names {
        do throws(SystemError) {
          contents.append(try Descriptor.open("/proc/thread-self/net/\(name)", flags: O_RDONLY).readAll(name: name))
        } catch {
          guard error.code == ENOENT else { throw error }
          contents.append(nil)
        }
      }
      return contents
    }
  }

  public func diagnosticSocket(
    groups: [Int32], in namespace: NetworkNamespace?
  ) throws(SystemError) -> Descriptor {
    try Self.run(in: namespace) { () throws(SystemError) in try DiagnosticSocket(groups: groups).take() }
  }

  public func inode(of namespace: NetworkNamespace?) throws(SystemError) -> UInt64 {
    try Descriptor.open(namespace?.path ?? "/proc/thread-self/ns/net", flags: O_RDONLY).inode()
  }

  public func networkNamespaces() throws(SystemError) -> [NetworkNamespace] { try NetworkNamespace.all() }

  private static func run<Result: ~Copyable>(
    in namespace: NetworkNamespace?, _ body: () throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    guard let namespace else { return try body() }
    return try namespace.run(body)
  }
}

extension Descriptor {
  /// The inode number of what is open. See fstat(2).
  func inode() throws(SystemError) -> UInt64 {
    var status = stat()
    // SAFETY: the kernel writes the one structure during the call.
    try systemCall("fstat") { unsafe fstat(rawValue, &status) }
    return UInt64(status.st_ino)
  }

  /// Everything from where it stands to the end. See read(2).
  func readAll(name: String) throws(SystemError) -> [UInt8] {
    var octets: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try systemCall("read(\(name))") {
        // SAFETY: the kernel writes at most the count given, and says how much it was.
        unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(rawValue, $0.baseAddress, $0.count) }
      }
      guard count > 0 else { return octets }
      octets.append(contentsOf: piece[0..<count])
    }
  }
}
