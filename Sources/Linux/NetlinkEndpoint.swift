import CLinux
import Glibc

/// An end of the netlink domain: a port, and multicast groups. See netlink(7).
public struct NetlinkEndpoint: RawDomain, DatagramDomain {
  public static var domain: Int32 { AF_NETLINK }
  public static var domainName: StaticString { "AF_NETLINK" }
  /// NETLINK_ROUTE: netlink has no number for "no protocol", and both types do the same.
  public static var defaultRawProtocol: Int32? { NETLINK_ROUTE }
  public static var defaultDatagramProtocol: Int32 { NETLINK_ROUTE }

  /// The port; 0 is the kernel, and to bind: one that is free.
  public var portID: UInt32
  /// The first 32 groups as bits, group 1 the lowest; `join(group:)` knows the others too.
  public var groupMask: UInt32

  /// An endpoint with its parts.
  public init(portID: UInt32 = 0, groupMask: UInt32 = 0) {
    self.portID = portID
    self.groupMask = groupMask
  }

  /// The kernel.
  public static let kernel = NetlinkEndpoint()

  public func encoded() throws(SystemError) -> [UInt8] {
    var address = sockaddr_nl()
    address.nl_family = sa_family_t(truncatingIfNeeded: Self.domain)
    address.nl_pid = portID
    address.nl_groups = groupMask
    return octets(of: address)
  }

  public init?(encoded octets: [UInt8]) {
    guard Self.isDomain(of: octets), let address = plain(sockaddr_nl(), from: octets) else { return nil }
    self.init(portID: address.nl_pid, groupMask: address.nl_groups)
  }
}

extension Socket where Endpoint == NetlinkEndpoint {
  /// Takes part in a multicast group, by its number from 1 on. NETLINK_ADD_MEMBERSHIP in netlink(7).
  public func join(group: UInt32) throws(SystemError) {
    try setOption(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, to: group, "NETLINK_ADD_MEMBERSHIP")
  }
}
