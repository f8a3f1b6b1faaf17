import CLinux
import Glibc

/// The address type of a socket's domain, which decides what can be done with it.
public protocol SocketEndpoint {
  /// The domain: AF_PACKET and so on. See socket(2).
  static var domain: Int32 { get }
}

/// A socket of one domain; what is special to the domain is in extensions by its endpoint.
public struct Socket<Endpoint: SocketEndpoint>: ~Copyable {
  /// The open socket.
  public let descriptor: Descriptor

  /// Opens a socket. See socket(2).
  public init(type: Int32, protocolNumber: Int32, name: String) throws(SystemError) {
    descriptor = Descriptor(
      owning: try systemCall("socket(\(name))") {
        socket(Endpoint.domain, type | Int32(SOCK_CLOEXEC.rawValue), protocolNumber)
      })
  }

  /// Takes a socket that somebody else has opened, as the privileged door does.
  public init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// Gives the descriptor away.
  public consuming func take() -> Descriptor { descriptor }

  /// Sets an option to a plain value of the kernel's. The name is for the error message. See setsockopt(2).
  public func setOption<Value: BitwiseCopyable>(
    _ level: Int32, _ option: Int32, to value: Value, _ name: String
  ) throws(SystemError) {
    try systemCall("setsockopt(\(name))") {
      // SAFETY: the value has no pointers of ours to keep, and is lent with its own size.
      unsafe withUnsafePointer(to: value) { pointer in
        unsafe setsockopt(descriptor.rawValue, level, option, pointer, socklen_t(MemoryLayout<Value>.size))
      }
    }
  }

  /// Reads an option into a plain value of the kernel's, which keeps what it had where the kernel's is shorter.
  public func option<Value: BitwiseCopyable>(
    _ level: Int32, _ option: Int32, initial: Value, _ name: String
  ) throws(SystemError) -> Value {
    var value = initial
    var length = socklen_t(MemoryLayout<Value>.size)
    // SAFETY: the kernel writes at most `length` octets of a type for which every bit pattern is valid.
    try systemCall("getsockopt(\(name))") { unsafe getsockopt(descriptor.rawValue, level, option, &value, &length) }
    return value
  }

  /// The error that waits on the socket, cleared by asking; 0 for none. See SO_ERROR in socket(7).
  public func pendingError() throws(SystemError) -> Int32 {
    try option(SOL_SOCKET, SO_ERROR, initial: Int32(0), "SO_ERROR")
  }
}
