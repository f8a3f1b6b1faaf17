import CLinux
import Glibc

/// The kernel's word that the addresses of this network namespace have changed. See rtnetlink(7).
public struct AddressEventSource: ~Copyable {
  private let socket: Socket<NetlinkEndpoint, RawStyle>
  /// What is told is not read: what there is now is asked for anew.
  private var buffer = [UInt8](repeating: 0, count: 64)

  /// Begins to listen. No privilege is needed.
  public init() throws(SystemError) {
    let opened = try Socket<NetlinkEndpoint, RawStyle>(protocolNumber: NETLINK_ROUTE)
    let groups = [RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR].reduce(UInt32(0)) { $0 | 1 << ($1.rawValue &- 1) }
    try opened.bind(to: NetlinkEndpoint(groupMask: groups))
    socket = opened
  }

  /// The number of the descriptor, readable when something has changed; valid as long as this value lives.
  public var descriptor: Int32 { socket.descriptor.rawValue }

  /// Takes all that was told; true where something was, or more than the kernel had room for. Does not wait.
  public mutating func hasChanged() -> Bool {
    var changed = false
    while true {
      do throws(SystemError) {
        let received = try socket.receive(into: &buffer, flags: .doNotWait)
        // Only the kernel knows; what another program sends is passed over.
        if received.source?.portID == 0 { changed = true }
      } catch {
        guard error.code == ENOBUFS else { return changed }
        changed = true
      }
    }
  }
}
