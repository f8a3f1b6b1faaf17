// Linux cooked capture, LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2: what the kernel gives where the frames of several
// kinds of interface are captured together. See packet(7) and https://www.tcpdump.org/linktypes.html.
//
//     version 1: packet type 2, hardware type 2, address length 2, address 8, protocol 2
//     version 2: protocol 2, reserved 2, interface 4, hardware type 2, packet type 1, address length 1, address 8

/// The header of a Linux cooked capture, version 1.
public struct LinuxCookedHeader: Header, ~Escapable {
  enum Field {
    static let packetType = 0
    static let hardwareType = 2
    static let addressLength = 4
    static let address = 6
    static let protocolType = 14
    static let length = 16
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .linuxCooked)
    self.bytes = bytes
  }

  /// Whom it was for: us, all, many, others; or from us.
  public var packetType: UInt16 { bytes.uint16(at: Field.packetType) }
  /// The kind of interface, an ARPHRD_ number.
  public var hardwareType: UInt16 { bytes.uint16(at: Field.hardwareType) }
  /// The length of the sender's address; more than 8 octets are cut to 8.
  public var addressLength: UInt16 { bytes.uint16(at: Field.addressLength) }
  /// What the payload is; not an EtherType where below 0x0600.
  public var type: EtherType { EtherType(rawValue: bytes.uint16(at: Field.protocolType)) }

  public var step: Step { LinuxCooked.step(type, hardwareType, headerLength: Field.length) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    LinuxCooked.summarize(packetType, type, headerLength: Field.length, into: &text, context)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("pkttype", UInt64(packetType), LinuxCooked.name(ofPacketType: packetType))
    visitor.number("hatype", hardwareType)
    visitor.number("halen", addressLength)
    LinuxCooked.visitAddress(bytes.slice(from: Field.address, length: 8), Int(addressLength), &visitor)
    LinuxCooked.visitType(type, hardwareType, &visitor)
  }
}

/// The header of a Linux cooked capture, version 2.
public struct LinuxCooked2Header: Header, ~Escapable {
  enum Field {
    static let protocolType = 0
    static let interfaceIndex = 4
    static let hardwareType = 8
    static let packetType = 10
    static let addressLength = 11
    static let address = 12
    static let length = 20
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .linuxCooked2)
    self.bytes = bytes
  }

  /// What the payload is; not an EtherType where below 0x0600.
  public var type: EtherType { EtherType(rawValue: bytes.uint16(at: Field.protocolType)) }
  /// The index of the interface on the machine that captured.
  public var interfaceIndex: UInt32 { bytes.uint32(at: Field.interfaceIndex) }
  /// The kind of interface, an ARPHRD_ number.
  public var hardwareType: UInt16 { bytes.uint16(at: Field.hardwareType) }
  /// Whom it was for: us, all, many, others; or from us.
  public var packetType: UInt8 { bytes.uint8(at: Field.packetType) }
  /// The length of the sender's address; more than 8 octets are cut to 8.
  public var addressLength: UInt8 { bytes.uint8(at: Field.addressLength) }

  public var step: Step { LinuxCooked.step(type, hardwareType, headerLength: Field.length) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    LinuxCooked.summarize(UInt16(packetType), type, headerLength: Field.length, into: &text, context)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    LinuxCooked.visitType(type, hardwareType, &visitor)
    visitor.number("ifindex", interfaceIndex)
    visitor.number("hatype", hardwareType)
    visitor.number("pkttype", UInt64(packetType), LinuxCooked.name(ofPacketType: UInt16(packetType)))
    visitor.number("halen", addressLength)
    LinuxCooked.visitAddress(bytes.slice(from: Field.address, length: 8), Int(addressLength), &visitor)
  }
}

/// What the two versions have in common.
enum LinuxCooked {
  /// ARPHRD_NETLINK: the protocol field is a netlink family.
  static let netlink: UInt16 = 824
  /// Whether packets of a kind of hardware are of another protocol than the field says: ARPHRD_FRAD, ARPHRD_IEEE80211_RADIOTAP
  /// and netlink. See LINKTYPE_LINUX_SLL.
  private static func hasOther(_ hardwareType: UInt16) -> Bool {
    hardwareType == 770 || hardwareType == 803 || hardwareType == netlink
  }

  static func step(_ type: EtherType, _ hardwareType: UInt16, headerLength: Int) -> Step {
    if hasOther(hardwareType) { return Step(.data, headerLength: headerLength) }
    // An 802.2 frame without its Ethernet header: LINUX_SLL_P_802_2.
    if type.rawValue == 4 { return Step(.llc, headerLength: headerLength) }
    if type.rawValue < EthernetHeader.smallestType { return Step(.data, headerLength: headerLength) }
    return Step(LayerKind(type), headerLength: headerLength, usesEtherType: true)
  }

  static func summarize(
    _ packetType: UInt16, _ type: EtherType, headerLength: Int, into text: inout TextBuffer, _ context: LayerContext
  ) {
    // The direction stands where it does when the source of the frames tells it.
    if context.direction == .unknown {
      switch packetType {
      case 0: text.append("In")
      case 1: text.append("Broadcast")
      case 2: text.append("Multicast")
      case 3: text.append("Other")
      case 4: text.append("Out")
      default: break
      }
    }
    guard context.next == .data || context.next == .none else { return }
    text.append(" ethertype ")
    if let name = type.name { text.append(name) } else { text.append(etherType: type) }
    text.append(" len ")
    text.append(decimal: context.wireLength &- headerLength)
  }

  static func name(ofPacketType type: UInt16) -> StaticString? {
    switch type {
    case 0: "to us"
    case 1: "broadcast"
    case 2: "multicast"
    case 3: "to somebody else"
    case 4: "from us"
    default: nil
    }
  }

  static func visitAddress<Visitor: FieldVisitor & ~Copyable>(
    _ address: RawSpan, _ length: Int, _ visitor: inout Visitor
  ) {
    guard length > 0 else { return }
    visitor.beginGroup("src")
    switch length {
    case 4: visitor.ipv4Address("ipv4", address.uint32(at: 0))
    case 6: visitor.hardwareAddress("eth", address.uint48(at: 0))
    default: visitor.octets("other", address.slice(from: 0, length: length))
    }
    visitor.endGroup()
  }

  static func visitType<Visitor: FieldVisitor & ~Copyable>(
    _ type: EtherType, _ hardwareType: UInt16, _ visitor: inout Visitor
  ) {
    let isEtherType = type.rawValue >= EthernetHeader.smallestType && hardwareType != netlink
    visitor.hexadecimal(isEtherType ? "etype" : "ltype", UInt64(type.rawValue), digits: 4, type.name)
  }
}
