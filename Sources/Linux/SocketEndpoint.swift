import CLinux
import Glibc

/// The address type of a socket's domain, which decides what can be done with it.
public protocol SocketEndpoint: Equatable, Sendable {
  /// The domain: AF_PACKET and so on. See socket(2).
  static var domain: Int32 { get }
  /// The domain's name, for error messages.
  static var domainName: StaticString { get }

  /// The octets of the sockaddr that says this. Throws what the kernel would where no sockaddr can say it.
  func encoded() throws(SystemError) -> [UInt8]
  /// What the octets of a sockaddr say; nil where they are of another domain, or too few.
  init?(encoded octets: [UInt8])
}

extension SocketEndpoint {
  /// Whether the octets of a sockaddr are of this domain.
  static func isDomain(of octets: [UInt8]) -> Bool {
    plain(sa_family_t(0), from: octets) == sa_family_t(truncatingIfNeeded: domain)
  }
}

/// A domain with stream sockets.
public protocol StreamDomain: SocketEndpoint {
  /// The protocol that 0 stands for; 0 itself where the domain has but one.
  static var defaultStreamProtocol: Int32 { get }
}

/// A domain with datagram sockets.
public protocol DatagramDomain: SocketEndpoint {
  /// The protocol that 0 stands for; 0 itself where the domain has but one.
  static var defaultDatagramProtocol: Int32 { get }
}

/// A domain with sockets for sequenced packets.
public protocol SequencedPacketDomain: SocketEndpoint {
  /// The protocol that 0 stands for; 0 itself where the domain has but one.
  static var defaultSequencedPacketProtocol: Int32 { get }
}

/// A domain with raw sockets.
public protocol RawDomain: SocketEndpoint {
  /// The protocol that 0 stands for; nil where 0 is refused: EPROTONOSUPPORT.
  static var defaultRawProtocol: Int32? { get }
}
