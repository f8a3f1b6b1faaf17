import CLinux
import Glibc

/// An end of the packet domain: an interface, and which frames of it. See packet(7).
public struct PacketEndpoint: RawDomain, DatagramDomain {
  public static var domain: Int32 { AF_PACKET }
  public static var domainName: StaticString { "AF_PACKET" }
  /// 0: nothing is received until the socket is bound to a protocol.
  public static var defaultRawProtocol: Int32? { 0 }
  /// 0: nothing is received until the socket is bound to a protocol.
  public static var defaultDatagramProtocol: Int32 { 0 }

  /// The interface's index; 0 is all of them, negative that it is gone.
  public var interface: Int32
  /// The EtherType in host order; 0 is none.
  public var protocolNumber: UInt16
  /// What the interface's frames begin with, an ARPHRD_ number; only where it was received.
  public var hardwareType: UInt16 = 0
  /// To whom a frame went: PACKET_HOST and so on; only where it was received.
  public var packetType: UInt8 = 0
  /// The sender's hardware address, or where to send a cooked packet; at most 32 octets.
  public var hardwareAddress: [UInt8] = []

  /// An endpoint to bind to, or to send to: a cooked packet then goes to a hardware address.
  public init(interface: Int32, protocolNumber: UInt16, hardwareAddress: [UInt8] = []) {
    self.interface = interface
    self.protocolNumber = protocolNumber
    self.hardwareAddress = hardwareAddress
  }

  /// Every protocol. ETH_P_ALL in packet(7).
  public static let everyProtocol = UInt16(ETH_P_ALL)

  private static let addressOffset = MemoryLayout<sockaddr_ll>.offset(of: \.sll_addr) ?? 12
  private static let longestAddress = 32

  /// The sockaddr's octets. Throws EINVAL for a hardware address that is longer than any interface's.
  public func encoded() throws(SystemError) -> [UInt8] {
    guard hardwareAddress.count <= Self.longestAddress else {
      throw SystemError(call: "sockaddr(AF_PACKET)", code: EINVAL)
    }
    var address = sockaddr_ll()
    address.sll_family = UInt16(AF_PACKET)
    address.sll_protocol = protocolNumber.bigEndian
    address.sll_ifindex = interface
    address.sll_hatype = hardwareType
    address.sll_pkttype = packetType
    address.sll_halen = UInt8(truncatingIfNeeded: hardwareAddress.count)
    // The address begins in the structure, and goes on behind it where it is longer than Ethernet's.
    let padding = max(MemoryLayout<sockaddr_ll>.size &- Self.addressOffset &- hardwareAddress.count, 0)
    return octets(of: address).prefix(Self.addressOffset) + hardwareAddress + [UInt8](repeating: 0, count: padding)
  }

  public init?(encoded octets: [UInt8]) {
    // The kernel gives as many octets of the address as the interface's addresses have, none for some.
    let padding = [UInt8](repeating: 0, count: max(MemoryLayout<sockaddr_ll>.size &- octets.count, 0))
    guard Self.isDomain(of: octets), octets.count >= Self.addressOffset,
      let address = plain(sockaddr_ll(), from: octets + padding)
    else { return nil }
    interface = address.sll_ifindex
    protocolNumber = UInt16(bigEndian: address.sll_protocol)
    hardwareType = address.sll_hatype
    packetType = address.sll_pkttype
    hardwareAddress = Array(octets.dropFirst(Self.addressOffset).prefix(Int(address.sll_halen)))
  }
}
