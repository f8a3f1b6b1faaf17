// Address Resolution Protocol, RFC 826; reverse ARP, RFC 903; probes and announcements, RFC 5227.
//
//     0       2       4   5   6       8
//     +-------+-------+---+---+-------+-----------+----------+-----------+----------+
//     | hw    | proto |hln|pln| op    | sender hw | sender   | target hw | target   |
//     +-------+-------+---+---+-------+-----------+----------+-----------+----------+
//                                       hln         pln        hln         pln

/// An ARP or RARP message.
public struct ARPHeader: Header, ~Escapable {
  enum Field {
    static let hardwareType = 0
    static let protocolType = 2
    static let hardwareSize = 4
    static let protocolSize = 5
    static let operation = 6
    static let length = 8
  }

  /// Operations that are shown in words. IANA: ARP parameters.
  enum Operation {
    static let request: UInt16 = 1
    static let reply: UInt16 = 2
    static let reverseRequest: UInt16 = 3
    static let reverseReply: UInt16 = 4
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .arp)
    self.bytes = bytes
    try bytes.require(length, .arp)
  }

  /// What the hardware addresses are; 1 is Ethernet.
  public var hardwareType: UInt16 { bytes.uint16(at: Field.hardwareType) }
  /// What the protocol addresses are, as an EtherType.
  public var protocolType: EtherType { EtherType(rawValue: bytes.uint16(at: Field.protocolType)) }
  /// The length of a hardware address, in octets.
  public var hardwareSize: Int { Int(bytes.uint8(at: Field.hardwareSize)) }
  /// The length of a protocol address, in octets.
  public var protocolSize: Int { Int(bytes.uint8(at: Field.protocolSize)) }
  /// What is asked or answered.
  public var operation: UInt16 { bytes.uint16(at: Field.operation) }
  /// The length of the message, in octets.
  public var length: Int { Field.length &+ 2 &* (hardwareSize &+ protocolSize) }

  /// The sender's hardware address.
  public var senderHardware: RawSpan {
    @_lifetime(copy self) get { bytes.slice(from: Field.length, length: hardwareSize) }
  }
  /// The sender's protocol address.
  public var senderProtocol: RawSpan {
    @_lifetime(copy self) get { bytes.slice(from: Field.length &+ hardwareSize, length: protocolSize) }
  }
  /// The target's hardware address.
  public var targetHardware: RawSpan {
    @_lifetime(copy self) get { bytes.slice(from: Field.length &+ hardwareSize &+ protocolSize, length: hardwareSize) }
  }
  /// The target's protocol address.
  public var targetProtocol: RawSpan {
    @_lifetime(copy self) get {
      bytes.slice(from: Field.length &+ 2 &* hardwareSize &+ protocolSize, length: protocolSize)
    }
  }

  /// Whether its hardware addresses are 48 bits of Ethernet or IEEE 802.
  var hasEthernetAddresses: Bool { hardwareSize == 6 && (hardwareType == 1 || hardwareType == 6) }
  /// Whether its protocol addresses are IPv4 addresses.
  var hasIPv4Addresses: Bool { protocolSize == 4 && protocolType == .ipv4 }

  /// Whether it asks for, or tells, the sender's own address.
  public var isGratuitous: Bool {
    protocolSize > 0 && (operation == Operation.request || operation == Operation.reply)
      && senderProtocol.equals(targetProtocol)
  }
  /// Whether it asks if anybody has an address that the sender does not have yet. RFC 5227 section 1.1.
  public var isProbe: Bool {
    operation == Operation.request && protocolSize > 0 && !isGratuitous && senderProtocol.isZero
  }
  /// Whether it is a request that tells all that the sender has its address. RFC 5227 section 1.1.
  public var isAnnouncement: Bool { operation == Operation.request && isGratuitous && targetHardware.isZero }

  public var step: Step { Step(.none, headerLength: length) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    let isReverse = operation == Operation.reverseRequest || operation == Operation.reverseReply
    text.append(isReverse ? "RARP" : "ARP", style: .protocolName)
    text.append(" ")
    switch operation {
    case Operation.request:
      text.append("who has ")
      append(protocolAddress: targetProtocol, to: &text)
      if isProbe {
        text.append(" (probe)")
      } else if isGratuitous {
        text.append(isAnnouncement ? " (announcement)" : " (gratuitous)")
      } else {
        text.append(" tell ")
        append(protocolAddress: senderProtocol, to: &text)
      }
    case Operation.reply:
      append(protocolAddress: senderProtocol, to: &text)
      text.append(" is at ")
      append(hardwareAddress: senderHardware, to: &text)
      if isGratuitous { text.append(" (gratuitous)") }
    case Operation.reverseRequest:
      text.append("who is ")
      append(hardwareAddress: targetHardware, to: &text)
      text.append(" tell ")
      append(hardwareAddress: senderHardware, to: &text)
    case Operation.reverseReply:
      append(hardwareAddress: targetHardware, to: &text)
      text.append(" is at ")
      append(protocolAddress: targetProtocol, to: &text)
    default:
      text.append("operation ")
      text.append(decimal: operation)
    }
  }

  private func append(protocolAddress address: RawSpan, to text: inout TextBuffer) {
    if hasIPv4Addresses {
      text.append(ipv4: address.uint32(at: 0))
    } else {
      append(address, to: &text)
    }
  }

  private func append(hardwareAddress address: RawSpan, to text: inout TextBuffer) {
    append(address, to: &text)
  }

  private func append(_ address: RawSpan, to text: inout TextBuffer) {
    if address.byteCount == 0 { return text.append("nobody") }
    text.append(hexadecimal: address.slice(from: 0, length: 20), separator: UInt8(ascii: ":"))
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.beginGroup("hw")
    visitor.number("type", UInt64(hardwareType), hardwareType == 1 ? "Ethernet" : nil)
    visitor.number("size", hardwareSize)
    visitor.endGroup()
    visitor.beginGroup("proto")
    visitor.hexadecimal("type", UInt64(protocolType.rawValue), digits: 4, protocolType.name)
    visitor.number("size", protocolSize)
    visitor.endGroup()
    visitor.number("opcode", UInt64(operation), operationName)
    if isGratuitous { visitor.boolean("isgratuitous", true) }
    if isProbe { visitor.boolean("isprobe", true) }
    if isAnnouncement { visitor.boolean("isannouncement", true) }
    visitor.beginGroup("src")
    visitAddresses(senderHardware, senderProtocol, &visitor)
    visitor.endGroup()
    visitor.beginGroup("dst")
    visitAddresses(targetHardware, targetProtocol, &visitor)
    visitor.endGroup()
  }

  private func visitAddresses<Visitor: FieldVisitor & ~Copyable>(
    _ hardware: RawSpan, _ network: RawSpan, _ visitor: inout Visitor
  ) {
    if hasEthernetAddresses {
      visitor.hardwareAddress("hw_mac", hardware.uint48(at: 0))
    } else if hardware.byteCount > 0 {
      visitor.octets("hw", hardware)
    }
    if hasIPv4Addresses {
      visitor.ipv4Address("proto_ipv4", network.uint32(at: 0))
    } else if network.byteCount > 0 {
      visitor.octets("proto", network)
    }
  }

  private var operationName: StaticString? {
    switch operation {
    case Operation.request: "request"
    case Operation.reply: "reply"
    case Operation.reverseRequest: "reverse request"
    case Operation.reverseReply: "reverse reply"
    default: nil
    }
  }
}
