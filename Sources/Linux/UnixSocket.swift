import CLinux
import Glibc

/// The unix domain: an endpoint is a name. See unix(7).
extension UnixName: StreamDomain, DatagramDomain, SequencedPacketDomain {
  public static var domain: Int32 { AF_UNIX }
  public static var domainName: StaticString { "AF_UNIX" }
  public static var defaultStreamProtocol: Int32 { 0 }
  public static var defaultDatagramProtocol: Int32 { 0 }
  public static var defaultSequencedPacketProtocol: Int32 { 0 }

  /// A name in the file system.
  public static func path(_ path: String) -> UnixName { .path(Array(path.utf8)) }
  /// A name in the abstract namespace, without the zero that it begins with.
  public static func abstract(_ name: String) -> UnixName { .abstract(Array(name.utf8)) }

  /// The most octets that a name has: those of a path, or of an abstract name and its zero.
  private static let nameLength = MemoryLayout<sockaddr_un>.size - nameOffset
  private static let nameOffset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2

  /// The sockaddr's octets. Throws ENAMETOOLONG for a name that does not fit, EINVAL for an empty path or one with a
  /// zero in it.
  public func encoded() throws(SystemError) -> [UInt8] {
    let family = octets(of: sa_family_t(truncatingIfNeeded: Self.domain))
    let name: [UInt8]
    switch self {
    case .unnamed: name = []
    case .path(let path):
      guard !path.isEmpty, !path.contains(0) else { throw SystemError(call: "sockaddr(AF_UNIX)", code: EINVAL) }
      // The zero behind the path is left out where there is no room for it, which the kernel allows.
      name = path.count < Self.nameLength ? path + [0] : path
    case .abstract(let octets): name = [0] + octets
    }
    guard name.count <= Self.nameLength else { throw SystemError(call: "sockaddr(AF_UNIX)", code: ENAMETOOLONG) }
    return family + name
  }

  public init?(encoded octets: [UInt8]) {
    guard Self.isDomain(of: octets) else { return nil }
    let name = octets.dropFirst(Self.nameOffset)
    switch name.first {
    case nil: self = .unnamed
    case 0: self = .abstract(Array(name.dropFirst()))
    default: self = .path(Array(name.prefix { $0 != 0 }))
    }
  }
}

/// Two unix sockets that are connected with each other and have no names. See socketpair(2).
@frozen
public struct SocketPair<Style: DefiniteStyle>: ~Copyable {
  /// One end.
  public let first: Socket<UnixName, Style>
  /// The other end.
  public let second: Socket<UnixName, Style>

  /// Opens both, closed on exec.
  public init() throws(SystemError) {
    var numbers: (Int32, Int32) = (-1, -1)
    let type = Style.number | Int32(SOCK_CLOEXEC.rawValue)
    // SAFETY: the kernel writes two numbers, which is what the tuple holds.
    try systemCall("socketpair(AF_UNIX)") {
      unsafe withUnsafeMutableBytes(of: &numbers) {
        unsafe socketpair(AF_UNIX, type, 0, $0.assumingMemoryBound(to: Int32.self).baseAddress)
      }
    }
    first = Socket(Descriptor(owning: numbers.0))
    second = Socket(Descriptor(owning: numbers.1))
  }
}

extension Socket where Endpoint == UnixName {
  /// Who made the other end connect, listen or pair, as it was then. See SO_PEERCRED in unix(7).
  public func peerCredentials() throws(SystemError) -> ProcessCredentials {
    ProcessCredentials(try option(SOL_SOCKET, SO_PEERCRED, initial: clinux_credentials(), "SO_PEERCRED"))
  }

  /// Lets each message that comes bring its sender's credentials, or no more. See SO_PASSCRED in unix(7).
  public func passCredentials(_ pass: Bool = true) throws(SystemError) {
    try setOption(SOL_SOCKET, SO_PASSCRED, to: Int32(pass ? 1 : 0), "SO_PASSCRED")
  }

  /// Sends octets to the other end, with descriptors and credentials beside them: at least one octet of a stream.
  ///
  /// - Parameters:
  ///   - octets: the record, or some of the stream.
  ///   - descriptors: numbers that the caller keeps open, at most 253; the other end gets its own for the same files.
  ///   - credentials: what to say of this process; nil to let the kernel say it.
  ///   - flags: how.
  /// - Returns: how many octets were taken; the descriptors go with the first of them.
  @discardableResult
  public func send(
    _ octets: [UInt8], passing descriptors: [Int32], credentials: ProcessCredentials? = nil, flags: SendFlags = []
  ) throws(SystemError) -> Int {
    try send(octets[...], to: [], control: Self.control(descriptors, credentials), flags: flags)
  }

  fileprivate static func control(_ descriptors: [Int32], _ credentials: ProcessCredentials?) -> [UInt8] {
    var control: [UInt8] = []
    if !descriptors.isEmpty {
      let numbers = descriptors.flatMap { octets(of: $0) }
      control += ControlMessage(level: SOL_SOCKET, type: Int32(SCM_RIGHTS), octets: numbers).encoded
    }
    if let credentials {
      let plain = octets(of: credentials.plain)
      control += ControlMessage(level: SOL_SOCKET, type: clinux_scm_credentials(), octets: plain).encoded
    }
    return control
  }
}

extension Socket where Endpoint == UnixName, Style: ConnectionlessStyle {
  /// Sends one datagram to a name, with descriptors and credentials beside it. See sendmsg(2).
  public func send(
    _ octets: [UInt8], to endpoint: UnixName, passing descriptors: [Int32], credentials: ProcessCredentials? = nil,
    flags: SendFlags = []
  ) throws(SystemError) {
    let control = Self.control(descriptors, credentials)
    _ = try send(octets[...], to: try endpoint.encoded(), control: control, flags: flags)
  }
}
