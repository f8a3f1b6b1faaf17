import CLinux

/// The two ends of a connection's socket, as they are noted.
public struct ConnectionEnds: Hashable, Sendable, BitwiseCopyable {
  private var local: (UInt64, UInt64)
  private var remote: (UInt64, UInt64)
  private var ports: UInt64

  /// The ends of a socket in a network namespace, which its inode's number names.
  public init(
    _ local: InternetAddress, port: UInt16, _ remote: InternetAddress, port otherPort: UInt16, namespace: UInt32
  ) {
    self.local = Self.octets(local)
    self.remote = Self.octets(remote)
    ports = UInt64(port.bigEndian) | UInt64(otherPort.bigEndian) << 16 | UInt64(namespace) << 32
  }

  init(_ use: clinux_socket_use) {
    (local, remote, ports) = (use.local, use.remote, use.ports)
  }

  /// An address as in IPv6, in the order of the network, eight octets in a number. RFC 4291 section 2.5.5.2.
  @inline(__always)
  private static func octets(_ address: InternetAddress) -> (UInt64, UInt64) {
    switch address {
    case .v4(let value): (0, UInt64(value.bigEndian) << 32 | 0xFFFF_0000)
    case .v6(let value):
      (UInt64(truncatingIfNeeded: value >> 64).bigEndian, UInt64(truncatingIfNeeded: value).bigEndian)
    }
  }

  /// What the programs in the kernel make of them.
  @inline(__always)
  func hash(_ multiplier: UInt64) -> UInt64 {
    var hash: UInt64 = 0
    hash = (hash ^ local.0) &* multiplier
    hash = (hash ^ local.1) &* multiplier
    hash = (hash ^ remote.0) &* multiplier
    hash = (hash ^ remote.1) &* multiplier
    return (hash ^ ports) &* multiplier
  }

  public static func == (left: ConnectionEnds, right: ConnectionEnds) -> Bool {
    left.local == right.local && left.remote == right.remote && left.ports == right.ports
  }

  public func hash(into hasher: inout Hasher) {
    for word in [local.0, local.1, remote.0, remote.1, ports] { hasher.combine(word) }
  }
}

/// A connection of TCP, and who used its socket. Times are in nanoseconds by CLOCK_MONOTONIC.
public struct SocketConnection: Sendable {
  public let cookie: UInt64
  /// 0 where nobody has used it yet.
  public let inode: UInt64
  /// The index of the interface that its socket is bound to; 0 for none.
  public let interface: UInt32
  /// The process that used it last; 0 where nobody has.
  public let process: Int32
  /// The process that used it before; 0 for none.
  public let before: Int32
  /// When the process was started, in nanoseconds since the system's start.
  public let start: UInt64
  /// The name that it had, with zeros behind it.
  public let name: (UInt64, UInt64)
  /// When it used the socket first.
  public let since: UInt64
  /// When the connection was established; 0 where that was not seen.
  public let opened: UInt64
  /// When it was over; 0 where it is not.
  public let closed: UInt64
  /// By when any other with the same two ends was over, if there was one.
  public let previous: UInt64
  /// Stands for what is noted of who uses its socket (`SocketUses.mark`).
  public let mark: UInt32

  init(_ use: clinux_socket_use, cookie: UInt64, process: Int32) {
    (self.cookie, self.process, inode, interface) = (cookie, process, UInt64(use.inode), use.interface)
    (before, start, since) = (Int32(bitPattern: use.before), use.start, use.since)
    (opened, closed, previous) = (use.opened, use.closed, use.previous)
    mark = SocketUses.mark(UInt32(truncatingIfNeeded: cookie), use.sequence)
    // SAFETY: the array of octets is read as such.
    name = unsafe withUnsafeBytes(of: use.name) { unsafe SocketUses.name($0) }
  }
}
