import CLinux
import Glibc

/// A network interface of this network namespace, as it was when asked.
public struct Interface: Sendable {
  /// Its name, such as `eth0`.
  public var name = ""
  /// Its number, which stays when the name changes.
  public var index: UInt32 = 0
  /// IFF_* flags. See netdevice(7).
  public var flags: UInt32 = 0
  /// What its frames begin with: an ARPHRD_* number.
  public var hardwareType: UInt16 = 0
  /// The largest packet it sends, in octets.
  public var mtu: UInt32 = 0
  /// How many want it to be promiscuous: sockets, bridges, the administrator.
  public var promiscuity: UInt32 = 0
  /// Its hardware address; empty where it has none.
  public var hardwareAddress: [UInt8] = []
  /// The index of the bridge, bond or VRF that it is a port of; 0: of none.
  public var master: UInt32 = 0
  /// Its network addresses.
  public var addresses: [InterfaceAddress] = []

  /// Whether it is switched on.
  public var isUp: Bool { flags & UInt32(IFF_UP) != 0 }
  /// Whether packets can pass: the cable is plugged in, the peer is up.
  public var hasCarrier: Bool { flags & IFF_LOWER_UP.rawValue != 0 }
  /// Whether it is the loopback interface.
  public var isLoopback: Bool { flags & UInt32(IFF_LOOPBACK) != 0 }

  /// Its state in a word or two.
  public var state: StaticString { isUp ? (hasCarrier ? "up" : "no carrier") : "down" }

  /// What its frames begin with, in words; nil where the number has no name here.
  public var hardwareTypeName: StaticString? {
    switch Int32(hardwareType) {
    case ARPHRD_ETHER: "ethernet"
    case ARPHRD_LOOPBACK: "loopback"
    case ARPHRD_NONE: "raw ip"
    case ARPHRD_PPP: "ppp"
    case ARPHRD_TUNNEL: "ip in ip"
    case ARPHRD_TUNNEL6: "ip in ipv6"
    case ARPHRD_SIT: "ipv6 in ip"
    case ARPHRD_IPGRE: "gre"
    case ARPHRD_CAN: "can"
    case ARPHRD_INFINIBAND: "infiniband"
    case ARPHRD_IEEE80211: "wi-fi"
    case ARPHRD_IEEE80211_RADIOTAP: "wi-fi radiotap"
    case ARPHRD_RAWIP: "raw ip"
    case ARPHRD_NETLINK: "netlink"
    case ARPHRD_VSOCKMON: "vsock"
    default: nil
    }
  }

  /// Every interface of this network namespace by its number, with its addresses. See rtnetlink(7).
  public static func all() throws(SystemError) -> [Interface] {
    var interfaces: [Interface] = []
    try NetlinkSocket(family: NETLINK_ROUTE).dump(
      type: Int32(RTM_GETLINK), body: [UInt8](repeating: 0, count: MemoryLayout<ifinfomsg>.size)
    ) { type, payload in
      if type == Int32(RTM_NEWLINK) { interfaces.append(Interface(link: payload)) }
      return true
    }
    try NetlinkSocket(family: NETLINK_ROUTE).dump(
      type: Int32(RTM_GETADDR), body: [UInt8](repeating: 0, count: MemoryLayout<ifaddrmsg>.size)
    ) { type, payload in
      guard type == Int32(RTM_NEWADDR), let address = InterfaceAddress(message: payload) else { return true }
      let index = payload.uint32(at: MemoryLayout<ifaddrmsg>.offset(of: \.ifa_index) ?? 4)
      if let place = interfaces.firstIndex(where: { $0.index == index }) {
        interfaces[place].addresses.append(address)
      }
      return true
    }
    return interfaces.sorted { $0.index < $1.index }
  }

  /// An interface from an RTM_NEWLINK message.
  private init(link payload: NetlinkPayload) {
    hardwareType = payload.uint16(at: MemoryLayout<ifinfomsg>.offset(of: \.ifi_type) ?? 2)
    index = payload.uint32(at: MemoryLayout<ifinfomsg>.offset(of: \.ifi_index) ?? 4)
    flags = payload.uint32(at: MemoryLayout<ifinfomsg>.offset(of: \.ifi_flags) ?? 8)
    var attributes = payload.dropping(MemoryLayout<ifinfomsg>.size)
    while let (type, value) = attributes.nextAttribute() {
      switch Int(type) {
      case IFLA_IFNAME: name = value.text
      case IFLA_MASTER: master = value.uint32(at: 0)
      case IFLA_MTU: mtu = value.uint32(at: 0)
      case IFLA_PROMISCUITY: promiscuity = value.uint32(at: 0)
      case IFLA_ADDRESS: hardwareAddress = value.octets
      default: break
      }
    }
  }
}

/// A network address of an interface.
public struct InterfaceAddress: Sendable, Equatable {
  /// The address itself.
  public var address: InternetAddress
  /// How many of its bits are the network's.
  public var prefixLength: UInt8

  /// The address of all in its network; nil for IPv6, and for a network of two or of one. RFC 919, RFC 3021.
  public var broadcast: InternetAddress? {
    guard case .v4(let value) = address, prefixLength > 0, prefixLength < 31 else { return nil }
    return .v4(value | UInt32.max >> UInt32(prefixLength))
  }

  /// An address from an RTM_NEWADDR message; nil where it is of another family.
  init?(message payload: NetlinkPayload) {
    prefixLength = payload.uint8(at: MemoryLayout<ifaddrmsg>.offset(of: \.ifa_prefixlen) ?? 1)
    let family = Int32(payload.uint8(at: 0))
    var own: [UInt8]?
    var attributes = payload.dropping(MemoryLayout<ifaddrmsg>.size)
    while let (type, value) = attributes.nextAttribute() {
      // IFA_ADDRESS is the peer's where the link has two ends, and IFA_LOCAL then this end's.
      if Int(type) == IFA_LOCAL || Int(type) == IFA_ADDRESS && own == nil { own = value.octets }
    }
    guard let own else { return nil }
    switch (family, own.count) {
    case (AF_INET, 4): address = .v4(own.reduce(0) { $0 << 8 | UInt32($1) })
    case (AF_INET6, 16): address = .v6(own.reduce(0) { $0 << 8 | UInt128($1) })
    default: return nil
    }
  }
}
