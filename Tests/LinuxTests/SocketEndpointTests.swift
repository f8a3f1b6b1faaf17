import Glibc
import Testing

@testable import Linux

/// Addresses as octets of sockaddr structures, both ways.
struct SocketEndpointTests {
  @Test func anIPv4AddressIsItsOctets() throws {
    let octets: [UInt8] = [
      2, 0,  // AF_INET, host order
      0x1f, 0x90,  // port 8080, network order
      192, 0, 2, 1,  // address
      0, 0, 0, 0, 0, 0, 0, 0,  // padding
    ]
    try check(IPv4Endpoint(address: 0xc000_0201, port: 8080), octets)
  }

  @Test func anIPv6AddressIsItsOctets() throws {
    let octets: [UInt8] = [
      10, 0,  // AF_INET6, host order
      0, 53,  // port 53, network order
      0, 1, 2, 3,  // flow information, network order
      0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,  // address
      7, 0, 0, 0,  // scope, host order
    ]
    let endpoint = IPv6Endpoint(address: 0xfe80 << 112 | 9, port: 53, scope: 7, flowInformation: 0x1_0203)
    try check(endpoint, octets)
  }

  @Test func aNetlinkAddressIsItsOctets() throws {
    let octets: [UInt8] = [
      16, 0,  // AF_NETLINK
      0, 0,  // padding
      0x39, 0x30, 0, 0,  // port 12345, host order
      0b101, 0, 0, 0,  // groups 1 and 3
    ]
    try check(NetlinkEndpoint(portID: 12345, groupMask: 0b101), octets)
  }

  @Test func aVirtualMachineAddressIsItsOctets() throws {
    let octets: [UInt8] = [
      40, 0,  // AF_VSOCK
      0, 0,  // reserved
      0xd2, 4, 0, 0,  // port 1234, host order
      3, 0, 0, 0,  // context 3
      0, 0, 0, 0,  // flags, padding
    ]
    try check(VirtualMachineEndpoint(context: 3, port: 1234), octets)
  }

  @Test func aPacketAddressIsItsOctets() throws {
    let octets: [UInt8] = [
      17, 0,  // AF_PACKET
      0x08, 0x06,  // ARP, network order
      2, 0, 0, 0,  // interface 2, host order
      1, 0,  // ARPHRD_ETHER
      4,  // PACKET_OUTGOING
      6,  // length of the address
      2, 0, 0, 0, 0, 5, 0, 0,  // address, padding
    ]
    var endpoint = PacketEndpoint(interface: 2, protocolNumber: 0x806, hardwareAddress: [2, 0, 0, 0, 0, 5])
    endpoint.hardwareType = 1
    endpoint.packetType = 4
    #expect(try endpoint.encoded() == octets)
    #expect(PacketEndpoint(encoded: octets) == endpoint)
    // The kernel gives as much of the address as there is: none here.
    let short = PacketEndpoint(encoded: Array(octets[..<11]) + [0])
    #expect(short?.hardwareAddress == [])
    #expect(short?.interface == 2)
    for length in 0..<12 { #expect(PacketEndpoint(encoded: Array(octets[..<length])) == nil) }
    // A length that lies.
    #expect(PacketEndpoint(encoded: Array(octets[..<11]) + [255] + octets[12...])?.hardwareAddress.count == 8)
  }

  @Test func aLongHardwareAddressGoesBeyondTheStructure() throws {
    let endpoint = PacketEndpoint(interface: 1, protocolNumber: 0x800, hardwareAddress: Array(1...20))
    let octets = try endpoint.encoded()
    #expect(octets.count == 32)
    #expect(PacketEndpoint(encoded: octets) == endpoint)
    let tooLong = PacketEndpoint(interface: 1, protocolNumber: 0, hardwareAddress: Array(0...32))
    #expect(throws: SystemError(call: "sockaddr(AF_PACKET)", code: EINVAL)) { try tooLong.encoded() }
  }

  @Test func unixNamesAreTheirOctets() throws {
    let names: [(UnixName, [UInt8])] = [
      (.unnamed, [1, 0]),  // AF_UNIX alone
      (.path("/a"), [1, 0, 0x2f, 0x61, 0]),  // a path, with its zero
      (.abstract("a\u{0}b"), [1, 0, 0, 0x61, 0, 0x62]),  // a zero, and octets of which any may be zero
      (.abstract([]), [1, 0, 0]),
      // A path that leaves no room for its zero.
      (.path([UInt8](repeating: 0x78, count: 108)), [1, 0] + [UInt8](repeating: 0x78, count: 108)),
    ]
    for (name, octets) in names {
      #expect(try name.encoded() == octets)
      #expect(UnixName(encoded: octets) == name)
    }
    #expect(UnixName(encoded: [1]) == nil)
    #expect(UnixName(encoded: [2, 0, 0x2f]) == nil)
  }

  @Test(arguments: [
    (UnixName.path([UInt8](repeating: 0x78, count: 109)), ENAMETOOLONG),
    (.abstract([UInt8](repeating: 0x78, count: 108)), ENAMETOOLONG), (.path([]), EINVAL),
    (.path([0x61, 0, 0x62]), EINVAL),
  ])
  func namesThatNoAddressCanHoldAreRefused(name: UnixName, code: Int32) {
    #expect(throws: SystemError(call: "sockaddr(AF_UNIX)", code: code)) { try name.encoded() }
  }

  @Test func controlMessagesWhoseLengthsLieAreLeftOut() {
    let first = ControlMessage(level: 1, type: 2, octets: [1, 2, 3, 4])
    let second = ControlMessage(level: 41, type: 50, octets: [9])
    let octets = first.encoded + second.encoded
    #expect(octets.count == 24 + 24)
    #expect(ControlMessage.all(in: octets) == [first, second])
    for length in 0..<octets.count {
      let messages = ControlMessage.all(in: Array(octets[..<length]))
      #expect(messages == (length < 20 ? [] : length < 41 ? [first] : [first, second]))
    }
    for length: UInt8 in [0, 1, 15, 49, 255] {
      #expect(ControlMessage.all(in: [length] + octets[1...]) == [])
    }
    #expect(ControlMessage.all(in: [16] + octets[1...]).first == ControlMessage(level: 1, type: 2, octets: []))
    #expect(ControlMessage.all(in: [UInt8](repeating: 255, count: 64)) == [])
  }

  /// Both ways, every truncation, and another domain's number.
  private func check<Endpoint: SocketEndpoint>(_ endpoint: Endpoint, _ octets: [UInt8]) throws {
    #expect(try endpoint.encoded() == octets)
    #expect(Endpoint(encoded: octets) == endpoint)
    #expect(Endpoint(encoded: octets + [1, 2, 3]) == endpoint)
    for length in octets.indices { #expect(Endpoint(encoded: Array(octets[..<length])) == nil) }
    #expect(Endpoint(encoded: [octets[0] ^ 1] + octets[1...]) == nil)
  }
}
