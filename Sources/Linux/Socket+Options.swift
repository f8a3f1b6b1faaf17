import CLinux
import Glibc

// The two that are generic are this module's own: where another one takes a call of them over, Swift 6.3's optimizer does
// not find there that a structure of the kernel's is BitwiseCopyable, and stops.
extension Socket {
  /// Sets an option to a plain value of the kernel's. The name is for the error message. See setsockopt(2).
  func setOption<Value: BitwiseCopyable>(
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
  func option<Value: BitwiseCopyable>(
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

  /// The protocol as the kernel has it, after 0 was replaced by the default. See SO_PROTOCOL in socket(7).
  public func protocolNumber() throws(SystemError) -> Int32 {
    try option(SOL_SOCKET, SO_PROTOCOL, initial: Int32(0), "SO_PROTOCOL")
  }

  /// Lets calls that would wait throw EAGAIN instead. See O_NONBLOCK in fcntl(2).
  public func setNonblocking(_ nonblocking: Bool) throws(SystemError) {
    let number = descriptor.rawValue
    let flags = try systemCall("fcntl(F_GETFL)") { fcntl(number, F_GETFL) }
    let wanted = nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
    try systemCall("fcntl(F_SETFL)") { fcntl(number, F_SETFL, wanted) }
  }

  /// Ends one direction of the socket, or both, for every process that holds it. See shutdown(2).
  public func shutdown(_ direction: SocketDirection) throws(SystemError) {
    try systemCall("shutdown(\(Endpoint.domainName))") { Glibc.shutdown(descriptor.rawValue, direction.number) }
  }
}

/// Which way octets go through a socket.
public enum SocketDirection: Sendable {
  /// Towards this end. SHUT_RD.
  case receiving
  /// Towards the other end, which then receives an end. SHUT_WR.
  case sending
  /// Both. SHUT_RDWR.
  case both

  fileprivate var number: Int32 {
    switch self {
    case .receiving: Int32(SHUT_RD)
    case .sending: Int32(SHUT_WR)
    case .both: Int32(SHUT_RDWR)
    }
  }
}
