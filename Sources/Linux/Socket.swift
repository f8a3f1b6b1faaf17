import CLinux
import Glibc

/// A socket of one domain, which its endpoint names, and of one type, which its style names. Closed when it goes.
///
/// What only some domains or types can do is in extensions for those; what is special to a domain too.
public struct Socket<Endpoint: SocketEndpoint, Style: CommunicationStyle>: ~Copyable {
  /// The open socket.
  public let descriptor: Descriptor

  /// Takes a socket of this domain and type that somebody else has opened, as the privileged door does.
  public init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// Opens a socket by the type's number. It is closed on exec. See socket(2).
  init(number: Int32, protocolNumber: Int32) throws(SystemError) {
    descriptor = Descriptor(
      owning: try systemCall("socket(\(Endpoint.domainName))") {
        socket(Endpoint.domain, number | Int32(SOCK_CLOEXEC.rawValue), protocolNumber)
      })
  }

  /// Gives the descriptor away.
  public consuming func take() -> Descriptor { descriptor }

  /// Binds this end to an address. See bind(2).
  ///
  /// An unnamed unix socket gets an abstract name from the kernel; port 0 becomes one that is free.
  public func bind(to endpoint: Endpoint) throws(SystemError) {
    let address = try endpoint.encoded()
    try systemCall("bind(\(Endpoint.domainName))") {
      // SAFETY: the octets are those of a sockaddr of this domain, lent with their count.
      unsafe address.withUnsafeBytes { octets in
        let start = unsafe octets.baseAddress?.assumingMemoryBound(to: sockaddr.self)
        return unsafe Glibc.bind(descriptor.rawValue, start, socklen_t(octets.count))
      }
    }
  }

  /// Connects to the other end; a datagram or raw socket then sends there, and receives from there only.
  ///
  /// Throws EINPROGRESS for a nonblocking socket: it is decided when the socket is writable, and `pendingError` tells
  /// how. See connect(2).
  public func connect(to endpoint: Endpoint) throws(SystemError) {
    try connect(to: try endpoint.encoded())
  }

  func connect(to address: [UInt8]) throws(SystemError) {
    // SAFETY: the octets are those of a sockaddr, lent with their count.
    let result = unsafe address.withUnsafeBytes { octets in
      let start = unsafe octets.baseAddress?.assumingMemoryBound(to: sockaddr.self)
      return unsafe Glibc.connect(descriptor.rawValue, start, socklen_t(octets.count))
    }
    guard result != 0 else { return }
    var code = errno
    if code == EINTR {
      // A connection goes on being made when a signal interrupts the call, which must not be repeated.
      var entry = pollfd(fd: descriptor.rawValue, events: Int16(POLLOUT), revents: 0)
      try systemCall("poll") { unsafe poll(&entry, 1, -1) }
      code = try pendingError()
    }
    if code != 0 { throw SystemError(call: "connect(\(Endpoint.domainName))", code: code) }
  }

  /// The address of this end. See getsockname(2).
  public func localAddress() throws(SystemError) -> Endpoint {
    try address("getsockname", ofPeer: false)
  }

  /// The address of the other end. Throws ENOTCONN where there is none. See getpeername(2).
  public func peerAddress() throws(SystemError) -> Endpoint {
    try address("getpeername", ofPeer: true)
  }

  private func address(_ call: StaticString, ofPeer: Bool) throws(SystemError) -> Endpoint {
    var octets = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_storage>.size)
    var length = socklen_t(octets.count)
    let number = descriptor.rawValue
    try systemCall("\(call)(\(Endpoint.domainName))") {
      // SAFETY: the kernel writes at most `length` octets of the array.
      unsafe octets.withUnsafeMutableBytes {
        let start = unsafe $0.baseAddress?.assumingMemoryBound(to: sockaddr.self)
        return unsafe ofPeer ? getpeername(number, start, &length) : getsockname(number, start, &length)
      }
    }
    guard let endpoint = Endpoint(encoded: Array(octets.prefix(Int(length)))) else {
      throw SystemError(call: "\(call)(\(Endpoint.domainName))", code: EAFNOSUPPORT)
    }
    return endpoint
  }
}
