// Dynamic Host Configuration Protocol, RFC 2131, over BOOTP, RFC 951.
//
//     0                   1                   2                   3
//     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +---------------+---------------+---------------+---------------+
//     |   operation   | hardware type |  address len  |     hops      |
//     +---------------+---------------+---------------+---------------+
//     |                        transaction id                         |
//     +-------------------------------+-------------------------------+
//     |            seconds            |B            flags             |
//     +-------------------------------+-------------------------------+
//     |                       client's address                        |
//     |                  your, the client's, address                  |
//     |                     next server's address                     |
//     |                     relay agent's address                     |
//     +---------------------------------------------------------------+
//     |              client's hardware address, 16 octets             |
//     |                   server's name, 64 octets                    |
//     |                   boot file's name, 128 octets                |
//     +---------------------------------------------------------------+
//     |            99, 130, 83, 99: what follows is options           |
//     +---------------------------------------------------------------+

/// A DHCP message.
public struct DHCPMessage: Header, ~Escapable {
  enum Field {
    static let operation = 0
    static let hardwareType = 1
    static let hardwareLength = 2
    static let hops = 3
    static let transactionIdentifier = 4
    static let seconds = 8
    static let flags = 10
    static let clientAddress = 12
    static let yourAddress = 16
    static let serverAddress = 20
    static let relayAddress = 24
    static let hardwareAddress = 28
    static let serverName = 44
    static let fileName = 108
    static let magicCookie = 236
    static let length = 240
  }

  /// What stands before the options, RFC 2132 section 2.
  static let magicCookie: UInt32 = 0x6382_5363

  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    try bytes.require(Field.length, .dhcp)
    self.bytes = bytes
  }

  /// Whether octets are DHCP: a request or a reply, with the magic cookie where it belongs.
  static func isPlausible(_ payload: RawSpan) -> Bool {
    payload.byteCount >= Field.length && payload.uint32(at: Field.magicCookie) == magicCookie
      && (1...2).contains(payload.uint8(at: Field.operation))
  }

  /// 1 a request of a client, 2 a reply of a server.
  public var operation: UInt8 { bytes.uint8(at: Field.operation) }
  /// What kind of hardware address the client has; 1 is Ethernet.
  public var hardwareType: UInt8 { bytes.uint8(at: Field.hardwareType) }
  /// The length of the client's hardware address by its own word, in octets.
  public var hardwareLength: UInt8 { bytes.uint8(at: Field.hardwareLength) }
  /// Pairs requests and replies.
  public var transactionIdentifier: UInt32 { bytes.uint32(at: Field.transactionIdentifier) }
  /// The address that the client has; 0 where it has none.
  public var clientAddress: UInt32 { bytes.uint32(at: Field.clientAddress) }
  /// The address that the client gets.
  public var yourAddress: UInt32 { bytes.uint32(at: Field.yourAddress) }
  /// The client's hardware address, no more than its field has room for.
  public var hardwareAddress: RawSpan {
    @_lifetime(copy self) get {
      bytes.slice(from: Field.hardwareAddress, length: Swift.min(Int(hardwareLength), 16))
    }
  }
  /// The options' octets.
  var options: DHCPOptions { @_lifetime(copy self) get { DHCPOptions(bytes.slice(from: Field.length)) } }

  public var step: Step { Step(.none, headerLength: bytes.byteCount) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {
    text.append("DHCP", style: .protocolName)
    text.append(" ")
    text.begin(.highlight)
    let type = options.value(of: DHCPOptions.Code.messageType)
    if type.byteCount == 1, let name = DHCPOptions.messageName(type.uint8(at: 0)) {
      text.append(name)
    } else {
      text.append(operation == 1 ? "BOOTP request" : "BOOTP reply")
    }
    text.end()
    text.append(" xid 0x")
    text.append(hexadecimal: UInt64(transactionIdentifier), digits: 8)
    if hardwareAddress.byteCount > 0 {
      text.append(" client ")
      text.append(hexadecimal: hardwareAddress, separator: UInt8(ascii: ":"))
    }
    append(" has ", clientAddress, into: &text)
    append(" gets ", yourAddress, into: &text)
    append(" requested ", options.address(DHCPOptions.Code.requestedAddress), into: &text)
    append(" server ", options.address(DHCPOptions.Code.serverIdentifier), into: &text)
    let lease = options.value(of: DHCPOptions.Code.leaseTime)
    if lease.byteCount == 4 {
      text.append(" lease ")
      let seconds = lease.uint32(at: 0)
      if let name = DHCPOptions.durationName(seconds) { text.append(name) } else { text.append(decimal: seconds) }
    }
    let host = options.value(of: DHCPOptions.Code.hostName)
    if host.byteCount > 0 {
      text.append(" host ")
      text.appendEscaped(host.upToZero, for: .terminal)
    }
  }

  private func append(_ label: StaticString, _ address: UInt32, into text: inout TextBuffer) {
    if address == 0 { return }
    text.append(label)
    text.append(ipv4: address)
  }

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("type", UInt64(operation), operation == 1 ? "request" : "reply")
    visitor.beginGroup("hw")
    visitor.hexadecimal("type", hardwareType, digits: 2)
    visitor.number("len", hardwareLength)
    if hardwareType == 1, hardwareLength == 6 {
      visitor.hardwareAddress("mac_addr", bytes.uint48(at: Field.hardwareAddress))
    } else if hardwareLength > 0 {
      visitor.octets("addr", hardwareAddress)
    }
    visitor.endGroup()
    visitor.number("hops", bytes.uint8(at: Field.hops))
    visitor.hexadecimal("id", transactionIdentifier, digits: 8)
    visitor.number("secs", bytes.uint16(at: Field.seconds))
    let flags = bytes.uint16(at: Field.flags)
    visitor.hexadecimal("flags", flags, digits: 4)
    visitor.boolean("flags.bc", flags & 0x8000 != 0)
    visitor.hexadecimal("flags.reserved", flags & 0x7fff, digits: 4)
    visitor.beginGroup("ip")
    visitor.ipv4Address("client", clientAddress)
    visitor.ipv4Address("your", yourAddress)
    visitor.ipv4Address("server", bytes.uint32(at: Field.serverAddress))
    visitor.ipv4Address("relay", bytes.uint32(at: Field.relayAddress))
    visitor.endGroup()
    // With an overload option these two fields hold options.
    if options.value(of: DHCPOptions.Code.overload).byteCount == 0 {
      visitText("server", bytes.slice(from: Field.serverName, length: 64), &visitor)
      visitText("file", bytes.slice(from: Field.fileName, length: 128), &visitor)
    }
    visitor.ipv4Address("cookie", Self.magicCookie)
    visitor.beginGroup("option")
    options.visitFields(&visitor)
    visitor.endGroup()
  }

  private func visitText<Visitor: FieldVisitor & ~Copyable>(
    _ name: StaticString, _ field: RawSpan, _ visitor: inout Visitor
  ) {
    let value = field.upToZero
    if value.byteCount > 0 { visitor.text(name, value) }
  }
}

extension RawSpan {
  /// The octets before the first zero.
  var upToZero: RawSpan {
    @_lifetime(copy self) get {
      var length = 0
      while length < byteCount, uint8(at: length) != 0 { length &+= 1 }
      return slice(from: 0, length: length)
    }
  }
}
