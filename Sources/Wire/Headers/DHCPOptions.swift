/// The options of a DHCP message, RFC 2132: a code, a length and a value each.
struct DHCPOptions: ~Escapable {
  /// Option codes that are shown.
  enum Code {
    static let pad: UInt8 = 0
    static let subnetMask: UInt8 = 1
    static let router: UInt8 = 3
    static let domainNameServer: UInt8 = 6
    static let hostName: UInt8 = 12
    static let domainName: UInt8 = 15
    static let broadcastAddress: UInt8 = 28
    static let timeServer: UInt8 = 42
    static let requestedAddress: UInt8 = 50
    static let leaseTime: UInt8 = 51
    static let overload: UInt8 = 52
    static let messageType: UInt8 = 53
    static let serverIdentifier: UInt8 = 54
    static let parameterRequestList: UInt8 = 55
    static let message: UInt8 = 56
    static let maximumMessageSize: UInt8 = 57
    static let renewalTime: UInt8 = 58
    static let rebindingTime: UInt8 = 59
    static let vendorClass: UInt8 = 60
    static let end: UInt8 = 255
  }

  let bytes: RawSpan

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  /// The option at an offset, which moves on to the next; nil at the end, also where it is not whole.
  func option(at offset: inout Int) -> (code: UInt8, value: Range<Int>)? {
    while offset < bytes.byteCount, bytes.uint8(at: offset) == Code.pad { offset &+= 1 }
    guard offset &+ 1 < bytes.byteCount else { return nil }
    let code = bytes.uint8(at: offset)
    let start = offset &+ 2
    let end = start &+ Int(bytes.uint8(at: offset &+ 1))
    guard code != Code.end, end <= bytes.byteCount else { return nil }
    offset = end
    return (code, start..<end)
  }

  /// The value of the first option of a code; empty where there is none.
  @_lifetime(copy self)
  func value(of code: UInt8) -> RawSpan {
    var offset = 0
    while let option = option(at: &offset) {
      if option.code == code { return bytes.slice(from: option.value.lowerBound, length: option.value.count) }
    }
    return bytes.slice(from: 0, length: 0)
  }

  /// The address that an option holds; 0 where it holds none.
  func address(_ code: UInt8) -> UInt32 {
    let value = value(of: code)
    return value.byteCount == 4 ? value.uint32(at: 0) : 0
  }

  /// Visits them under Wireshark's names; a code that stands twice is shown once, with its first value.
  func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor) {
    var seen: UInt64 = 0
    var offset = 0
    while let option = option(at: &offset) {
      guard option.code < 64, seen & (1 &<< UInt64(option.code)) == 0 else { continue }
      seen |= 1 &<< UInt64(option.code)
      Self.visit(option.code, bytes.slice(from: option.value.lowerBound, length: option.value.count), &visitor)
    }
  }

  private static func visit<Visitor: FieldVisitor & ~Copyable>(
    _ code: UInt8, _ value: RawSpan, _ visitor: inout Visitor
  ) {
    switch (code, value.byteCount) {
    case (Code.subnetMask, 4): visitor.ipv4Address("subnet_mask", value.uint32(at: 0))
    case (Code.router, 4...): visitAddresses("router", value, &visitor)
    case (Code.domainNameServer, 4...): visitAddresses("domain_name_server", value, &visitor)
    case (Code.hostName, 1...): visitor.text("hostname", value.upToZero)
    case (Code.domainName, 1...): visitor.text("domain_name", value.upToZero)
    case (Code.broadcastAddress, 4): visitor.ipv4Address("broadcast_address", value.uint32(at: 0))
    case (Code.timeServer, 4...): visitAddresses("ntp_server", value, &visitor)
    case (Code.requestedAddress, 4): visitor.ipv4Address("requested_ip_address", value.uint32(at: 0))
    case (Code.leaseTime, 4): visitDuration("ip_address_lease_time", value.uint32(at: 0), &visitor)
    case (Code.messageType, 1): visitor.number("dhcp", UInt64(value.uint8(at: 0)), messageName(value.uint8(at: 0)))
    case (Code.serverIdentifier, 4): visitor.ipv4Address("dhcp_server_id", value.uint32(at: 0))
    case (Code.parameterRequestList, 1...):
      visitor.beginValues("request_list_item")
      for index in 0..<value.byteCount { visitor.number("", value.uint8(at: index)) }
      visitor.endList()
    case (Code.message, 1...): visitor.text("message", value.upToZero)
    case (Code.maximumMessageSize, 2): visitor.number("dhcp_max_message_size", value.uint16(at: 0))
    case (Code.renewalTime, 4): visitDuration("renewal_time_value", value.uint32(at: 0), &visitor)
    case (Code.rebindingTime, 4): visitDuration("rebinding_time_value", value.uint32(at: 0), &visitor)
    case (Code.vendorClass, 1...): visitor.text("vendor_class_id", value.upToZero)
    default: break
    }
  }

  private static func visitAddresses<Visitor: FieldVisitor & ~Copyable>(
    _ name: StaticString, _ value: RawSpan, _ visitor: inout Visitor
  ) {
    var reader = OctetReader(value)
    visitor.beginValues(name)
    while reader.remaining >= 4 { visitor.ipv4Address("", reader.octets(4).uint32(at: 0)) }
    visitor.endList()
  }

  private static func visitDuration<Visitor: FieldVisitor & ~Copyable>(
    _ name: StaticString, _ seconds: UInt32, _ visitor: inout Visitor
  ) {
    visitor.number(name, UInt64(seconds), durationName(seconds))
  }

  /// The word for a duration that is none, RFC 2131 section 3.3.
  static func durationName(_ seconds: UInt32) -> StaticString? {
    seconds == .max ? "infinite" : nil
  }

  /// The name of a message type, RFC 2132 section 9.6.
  static func messageName(_ type: UInt8) -> StaticString? {
    switch type {
    case 1: "Discover"
    case 2: "Offer"
    case 3: "Request"
    case 4: "Decline"
    case 5: "ACK"
    case 6: "NAK"
    case 7: "Release"
    case 8: "Inform"
    case 9: "Force Renew"
    case 10: "Lease Query"
    default: nil
    }
  }
}
