import CLinux
import Glibc

/// An end of the IPv4 domain. See ip(7).
public struct IPv4Endpoint: StreamDomain, DatagramDomain, SequencedPacketDomain, RawDomain {
  public static var domain: Int32 { AF_INET }
  public static var domainName: StaticString { "AF_INET" }
  public static var defaultStreamProtocol: Int32 { Int32(IPPROTO_TCP) }
  public static var defaultDatagramProtocol: Int32 { Int32(IPPROTO_UDP) }
  /// SCTP: there is no other whose packets come in sequence. EPROTONOSUPPORT where the kernel lacks it.
  public static var defaultSequencedPacketProtocol: Int32 { Int32(IPPROTO_SCTP) }
  public static var defaultRawProtocol: Int32? { nil }

  /// The address, its first octet highest; 0 for any of this host.
  public var address: UInt32
  /// The port in host order; a raw socket has none.
  public var port: UInt16

  /// An endpoint with its parts.
  public init(address: UInt32, port: UInt16) {
    self.address = address
    self.port = port
  }

  /// A port of this host itself: 127.0.0.1.
  public static func loopback(port: UInt16) -> IPv4Endpoint {
    IPv4Endpoint(address: UInt32(INADDR_LOOPBACK), port: port)
  }

  public func encoded() throws(SystemError) -> [UInt8] {
    var result = sockaddr_in()
    result.sin_family = sa_family_t(truncatingIfNeeded: Self.domain)
    result.sin_port = port.bigEndian
    result.sin_addr.s_addr = address.bigEndian
    return octets(of: result)
  }

  public init?(encoded octets: [UInt8]) {
    guard Self.isDomain(of: octets), let value = plain(sockaddr_in(), from: octets) else { return nil }
    self.init(address: UInt32(bigEndian: value.sin_addr.s_addr), port: UInt16(bigEndian: value.sin_port))
  }
}

/// An end of the IPv6 domain. See ipv6(7).
public struct IPv6Endpoint: StreamDomain, DatagramDomain, SequencedPacketDomain, RawDomain {
  public static var domain: Int32 { AF_INET6 }
  public static var domainName: StaticString { "AF_INET6" }
  public static var defaultStreamProtocol: Int32 { Int32(IPPROTO_TCP) }
  public static var defaultDatagramProtocol: Int32 { Int32(IPPROTO_UDP) }
  /// SCTP: there is no other whose packets come in sequence. EPROTONOSUPPORT where the kernel lacks it.
  public static var defaultSequencedPacketProtocol: Int32 { Int32(IPPROTO_SCTP) }
  public static var defaultRawProtocol: Int32? { nil }

  /// The address, its first octet highest; 0 for any of this host.
  public var address: UInt128
  /// The port in host order; a raw socket has none.
  public var port: UInt16
  /// The index of the interface that a link-local address is of; 0 for none.
  public var scope: UInt32
  /// The flow label and traffic class in host order. RFC 3493 section 3.3.
  public var flowInformation: UInt32

  /// An endpoint with its parts.
  public init(address: UInt128, port: UInt16, scope: UInt32 = 0, flowInformation: UInt32 = 0) {
    self.address = address
    self.port = port
    self.scope = scope
    self.flowInformation = flowInformation
  }

  /// A port of this host itself: ::1.
  public static func loopback(port: UInt16) -> IPv6Endpoint { IPv6Endpoint(address: 1, port: port) }

  public func encoded() throws(SystemError) -> [UInt8] {
    // Member by member: the union in it keeps sockaddr_in6 from being a plain structure to Swift. It has no gaps.
    let family = sa_family_t(truncatingIfNeeded: Self.domain)
    return octets(of: family) + octets(of: port.bigEndian) + octets(of: flowInformation.bigEndian)
      + octets(of: address.bigEndian) + octets(of: scope)
  }

  public init?(encoded octets: [UInt8]) {
    guard Self.isDomain(of: octets),
      let port = plain(UInt16(0), from: octets, at: MemoryLayout<sockaddr_in6>.offset(of: \.sin6_port) ?? 2),
      let flow = plain(UInt32(0), from: octets, at: MemoryLayout<sockaddr_in6>.offset(of: \.sin6_flowinfo) ?? 4),
      let address = plain(UInt128(0), from: octets, at: MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) ?? 8),
      let scope = plain(UInt32(0), from: octets, at: MemoryLayout<sockaddr_in6>.offset(of: \.sin6_scope_id) ?? 24)
    else { return nil }
    self.init(
      address: UInt128(bigEndian: address), port: UInt16(bigEndian: port), scope: scope,
      flowInformation: UInt32(bigEndian: flow))
  }
}
