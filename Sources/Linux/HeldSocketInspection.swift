import CLinux
import Glibc

/// The seam for sockets that are in no list of the kernel's: a copy of their owner's descriptor is asked instead.
///
/// It needs what ptrace(2) needs: the same user, or CAP_SYS_PTRACE. See pidfd_getfd(2).
public protocol HeldSocketDoor: Sendable {
  /// What the kernel tells of each socket; nil for one that is gone or that this user may not ask.
  func inspect(_ sockets: [HeldSocketRequest]) -> [HeldSocketAnswer?]
}

/// A descriptor of a process, and the inode of the socket that it stood for when it was found.
public struct HeldSocketRequest: Sendable, Equatable {
  public var process: Int32
  public var descriptor: Int32
  public var inode: UInt64

  public init(process: Int32, descriptor: Int32, inode: UInt64) {
    self.process = process
    self.descriptor = descriptor
    self.inode = inode
  }
}

/// What a socket's descriptor tells by getsockopt(2), getsockname(2) and getpeername(2).
public struct HeldSocketAnswer: Sendable, Equatable {
  /// SO_DOMAIN: AF_INET and so on.
  public var domain: Int32 = 0
  /// SO_TYPE: SOCK_STREAM and so on.
  public var type: Int32 = 0
  /// SO_PROTOCOL.
  public var protocolNumber: Int32 = 0
  /// SO_ACCEPTCONN: whether it listens.
  public var isListening = false
  /// TCP's own state; nil for other sockets.
  public var connectionState: UInt8?
  /// SO_COOKIE; nil where the kernel does not tell it.
  public var cookie: UInt64?
  /// The user who created it.
  public var uid: UInt32 = 0
  /// The inode of its network namespace; nil where it may not be asked.
  public var namespace: UInt64?
  /// The struct sockaddr of this end, as the kernel wrote it; empty for none.
  public var local: [UInt8] = []
  /// That of the other end; nil where there is none.
  public var remote: [UInt8]?

  /// Nothing told.
  public init() {}
}

extension OwnInspection: HeldSocketDoor {
  public func inspect(_ sockets: [HeldSocketRequest]) -> [HeldSocketAnswer?] {
    sockets.map { request in
      do throws(SystemError) {
        let copy = Descriptor(
          owning: try systemCall("pidfd_getfd") { clinux_copy_descriptor(request.process, request.descriptor) })
        return try HeldSocketAnswer(of: copy, inode: request.inode)
      } catch {
        return nil
      }
    }
  }
}

extension HeldSocketAnswer {
  /// Asks an open socket; nil where it is another one by now.
  init?(of socket: borrowing Descriptor, inode: UInt64) throws(SystemError) {
    var status = stat()
    let number = socket.rawValue
    // SAFETY: the kernel writes the one structure during the call.
    try systemCall("fstat") { unsafe fstat(number, &status) }
    guard UInt64(status.st_ino) == inode else { return nil }
    uid = status.st_uid
    domain = try Self.option(of: socket, SO_DOMAIN, initial: Int32(0))
    type = try Self.option(of: socket, SO_TYPE, initial: Int32(0))
    protocolNumber = try Self.option(of: socket, SO_PROTOCOL, initial: Int32(0))
    isListening = (try? Self.option(of: socket, SO_ACCEPTCONN, initial: Int32(0))) == 1
    cookie = try? Self.option(of: socket, SO_COOKIE, initial: UInt64(0))
    if [AF_INET, AF_INET6].contains(domain), protocolNumber == Int32(IPPROTO_TCP) {
      // The first octet of struct tcp_info is the state. See tcp(7).
      connectionState = try? Self.option(of: socket, level: Int32(IPPROTO_TCP), TCP_INFO, initial: UInt8(0))
    }
    namespace = try? Self.namespace(of: socket)
    local = (try? Self.name(of: socket, peer: false)) ?? []
    remote = try? Self.name(of: socket, peer: true)
  }

  private static func option<Value: BitwiseCopyable>(
    of socket: borrowing Descriptor, level: Int32 = SOL_SOCKET, _ name: Int32, initial: Value
  ) throws(SystemError) -> Value {
    var value = initial
    var length = socklen_t(MemoryLayout<Value>.size)
    let number = socket.rawValue
    // SAFETY: the kernel writes at most `length` octets of a type for which every bit pattern is valid.
    try systemCall("getsockopt(\(name))") { unsafe getsockopt(number, level, name, &value, &length) }
    return value
  }

  /// The socket's network namespace. Needs CAP_NET_ADMIN in it.
  private static func namespace(of socket: borrowing Descriptor) throws(SystemError) -> UInt64 {
    let number = socket.rawValue
    return try Descriptor(owning: try systemCall("ioctl(SIOCGSKNS)") { clinux_socket_namespace(number) }).inode()
  }

  /// The name of this end or of the other one, in the length that the kernel says. See getsockname(2).
  private static func name(of socket: borrowing Descriptor, peer: Bool) throws(SystemError) -> [UInt8] {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let number = socket.rawValue
    // SAFETY: the kernel writes at most `length` octets of the storage, which is as large and aligned for every family.
    try systemCall(peer ? "getpeername" : "getsockname") {
      unsafe withUnsafeMutableBytes(of: &storage) { octets -> Int32 in
        let start = unsafe octets.assumingMemoryBound(to: sockaddr.self).baseAddress
        return unsafe peer ? getpeername(number, start, &length) : getsockname(number, start, &length)
      }
    }
    return unsafe withUnsafeBytes(of: storage) { unsafe Array($0.prefix(Int(length))) }
  }
}
