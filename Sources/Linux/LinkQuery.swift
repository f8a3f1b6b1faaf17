import CLinux
import Glibc

/// What the kernel says of one interface by name: all that a capture needs to begin. See netdevice(7).
public struct LinkQuery: Equatable, Sendable {
  /// Its index, which stays the same when it is renamed.
  public var index: Int32
  /// Its hardware type: an ARPHRD_ number.
  public var hardwareType: UInt16
  /// Its IFF_ flags.
  public var flags: UInt16

  /// Whether it is this host's loopback.
  public var isLoopback: Bool { flags & UInt16(IFF_LOOPBACK) != 0 }
  /// Whether it is up.
  public var isUp: Bool { flags & UInt16(IFF_UP) != 0 }

  /// Asks in the calling thread's network namespace. Throws ENODEV where there is no such interface.
  public init(name: String) throws(SystemError) {
    // Any socket will do; this one needs no protocol to be configured.
    let socket = try Socket<UnixName, DatagramStyle>()
    try self.init(name: name, through: socket.descriptor)
  }

  /// Asks in the network namespace of a socket.
  public init(name: String, through socket: borrowing Descriptor) throws(SystemError) {
    guard var request = unsafe Self.request(name: name) else {
      throw SystemError(call: "ioctl(SIOCGIFINDEX)", code: ENODEV)
    }
    let number = socket.rawValue
    // SAFETY: the kernel reads and writes the one structure; which member is set follows from the request.
    try systemCall("ioctl(SIOCGIFINDEX)") { unsafe ioctl(number, UInt(SIOCGIFINDEX), &request) }
    index = unsafe request.ifr_ifru.ifru_ivalue
    try systemCall("ioctl(SIOCGIFHWADDR)") { unsafe ioctl(number, UInt(SIOCGIFHWADDR), &request) }
    hardwareType = unsafe request.ifr_ifru.ifru_hwaddr.sa_family
    try systemCall("ioctl(SIOCGIFFLAGS)") { unsafe ioctl(number, UInt(SIOCGIFFLAGS), &request) }
    flags = UInt16(bitPattern: unsafe request.ifr_ifru.ifru_flags)
  }

  /// The name that an interface has now, in the network namespace of a socket. Throws ENODEV where it is gone.
  public static func name(of index: Int32, through socket: borrowing Descriptor) throws(SystemError) -> String {
    var request = unsafe ifreq()
    let number = socket.rawValue
    // SAFETY: the kernel reads the index and writes a terminated name into the same structure.
    unsafe request.ifr_ifru.ifru_ivalue = index
    try systemCall("ioctl(SIOCGIFNAME)") { unsafe ioctl(number, UInt(SIOCGIFNAME), &request) }
    return unsafe withUnsafeBytes(of: request.ifr_ifrn.ifrn_name) { name in
      unsafe String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// A request with the name set; nil where the name is empty or too long to be one.
  private static func request(name: String) -> ifreq? {
    let octets = Array(name.utf8)
    guard !octets.isEmpty, octets.count < Int(IFNAMSIZ), !octets.contains(0) else { return nil }
    var request = unsafe ifreq()
    // SAFETY: the name is shorter than the member, which was zeroed, so it stays terminated.
    unsafe withUnsafeMutableBytes(of: &request.ifr_ifrn.ifrn_name) { unsafe $0.copyBytes(from: octets) }
    return unsafe request
  }
}
