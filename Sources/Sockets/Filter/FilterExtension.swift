import CLinux

/// What the kernel knows of a packet beyond its octets, loaded from "negative" offsets: SKF_AD_*.
/// See BPF extensions in the kernel's networking/filter.rst.
public struct FilterExtension: Sendable, Hashable {
  /// SKF_AD_*.
  public var number: UInt32

  public static let protocolNumber = FilterExtension(SKF_AD_PROTOCOL)
  public static let packetType = FilterExtension(SKF_AD_PKTTYPE)
  public static let interface = FilterExtension(SKF_AD_IFINDEX)
  public static let vlanTag = FilterExtension(SKF_AD_VLAN_TAG)
  public static let vlanTagPresent = FilterExtension(SKF_AD_VLAN_TAG_PRESENT)
  public static let hardwareType = FilterExtension(SKF_AD_HATYPE)

  static let exclusiveOr = FilterExtension(SKF_AD_ALU_XOR_X)

  /// Whether it is the same for a packet whenever it is asked for: not so a random number, or what A and X decide.
  var isStable: Bool {
    ![SKF_AD_RANDOM, SKF_AD_NLATTR, SKF_AD_NLATTR_NEST, SKF_AD_ALU_XOR_X].contains(Int32(number))
  }

  private init(_ number: Int32) { self.number = UInt32(truncatingIfNeeded: number) }

  /// The extension that an offset stands for; nil where it lies within the packet.
  init?(offset: UInt32) {
    let start = clinux_filter_extension(0)
    guard offset >= start, offset < start &+ UInt32(SKF_AD_MAX) else { return nil }
    number = offset &- start
  }

  /// Its name in bpf_asm's language; nil for one that is not known.
  public var mnemonic: String? {
    switch Int32(number) {
    case SKF_AD_PROTOCOL: "proto"
    case SKF_AD_PKTTYPE: "type"
    case SKF_AD_IFINDEX: "ifidx"
    case SKF_AD_NLATTR: "nla"
    case SKF_AD_NLATTR_NEST: "nlan"
    case SKF_AD_MARK: "mark"
    case SKF_AD_QUEUE: "queue"
    case SKF_AD_HATYPE: "hatype"
    case SKF_AD_RXHASH: "rxhash"
    case SKF_AD_CPU: "cpu"
    case SKF_AD_ALU_XOR_X: "xor_x"
    case SKF_AD_VLAN_TAG: "vlan_tci"
    case SKF_AD_VLAN_TAG_PRESENT: "vlan_avail"
    case SKF_AD_PAY_OFFSET: "poff"
    case SKF_AD_RANDOM: "rand"
    case SKF_AD_VLAN_TPID: "vlan_tpid"
    default: nil
    }
  }

  /// What it is.
  public var words: String {
    switch Int32(number) {
    case SKF_AD_PROTOCOL: "EtherType"
    case SKF_AD_PKTTYPE: "packet type"
    case SKF_AD_IFINDEX: "interface index"
    case SKF_AD_NLATTR: "place of a netlink attribute"
    case SKF_AD_NLATTR_NEST: "place of a nested netlink attribute"
    case SKF_AD_MARK: "firewall mark"
    case SKF_AD_QUEUE: "receive queue"
    case SKF_AD_HATYPE: "interface's hardware type"
    case SKF_AD_RXHASH: "receive hash"
    case SKF_AD_CPU: "processor"
    case SKF_AD_ALU_XOR_X: "A exclusive-or X"
    case SKF_AD_VLAN_TAG: "VLAN tag control"
    case SKF_AD_VLAN_TAG_PRESENT: "VLAN tag present"
    case SKF_AD_PAY_OFFSET: "payload offset"
    case SKF_AD_RANDOM: "random number"
    case SKF_AD_VLAN_TPID: "VLAN protocol"
    default: "kernel extension \(number)"
    }
  }
}

/// Where the octets begin that a filter is run over, which the kind of socket decides.
public enum FilterLayout: Sendable, Hashable {
  /// At the Ethernet header: a raw packet socket on Ethernet or loopback.
  case ethernet
  /// At the network layer's header, the EtherType being the kernel's: a datagram packet socket, or a device without
  /// link header.
  case network
  /// At the IPv4 header: a raw IPv4 socket.
  case ipv4
  /// At the header of a transport protocol, by its IPPROTO_ number.
  case transport(UInt8)
  /// At a netlink message's header.
  case netlink
  /// At something else.
  case other
}
