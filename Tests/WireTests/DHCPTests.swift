import Testing

@testable import Wire

/// A DHCP message: operation and addresses, then options after the magic cookie.
func dhcpMessage(operation: UInt8 = 1, yours: [UInt8] = [0, 0, 0, 0], options: [UInt8]) -> [UInt8] {
  [operation, 1, 6, 0, 0x12, 0x34, 0x56, 0x78, 0, 3, 0x80, 0]  // Ethernet, id, three seconds, broadcast
    + [0, 0, 0, 0] + yours + [0, 0, 0, 0, 0, 0, 0, 0]  // the client's, the next server's, the relay agent's address
    + [0xaa, 0xbb, 0xcc, 0, 0, 1] + [UInt8](repeating: 0, count: 10)  // hardware address
    + [UInt8](repeating: 0, count: 192)  // server's and file's name
    + [0x63, 0x82, 0x53, 0x63] + options
}

private func show(_ message: [UInt8]) -> Shown { Shown(datagram(message, from: 68, to: 67), linkType: .raw) }

@Suite struct DHCPTests {
  let discover = dhcpMessage(options: [
    53, 1, 1,  // Discover
    50, 4, 192, 0, 2, 10,  // requested address
    12, 4, 0x68, 0x6f, 0x73, 0x74,  // host name
    0, 55, 2, 1, 3,  // a pad, then the subnet mask and routers are asked for
    255,
  ])

  @Test func request() {
    let shown = show(discover)
    #expect(
      shown.summary
        == "192.0.2.1:68 > 192.0.2.2:67 DHCP Discover xid 0x12345678 client aa:bb:cc:00:00:01 requested 192.0.2.10 "
        + "host host")
    #expect(shown.protocols == "raw:ip:udp:dhcp")
    #expect(
      shown.fields == [
        "type=1", "hw.type=0x01", "hw.len=6", "hw.mac_addr=aa:bb:cc:00:00:01", "hops=0", "id=0x12345678", "secs=3",
        "flags=0x8000", "flags.bc=1", "flags.reserved=0x0000", "ip.client=0.0.0.0", "ip.your=0.0.0.0",
        "ip.server=0.0.0.0", "ip.relay=0.0.0.0", "cookie=99.130.83.99", "option.dhcp=1",
        "option.requested_ip_address=192.0.2.10", "option.hostname=host", "option.request_list_item=1",
        "option.request_list_item=3",
      ])
  }

  @Test func reply() {
    let offer = dhcpMessage(
      operation: 2, yours: [192, 0, 2, 103],
      options: [
        53, 1, 2, 54, 4, 192, 0, 2, 2, 51, 4, 0, 0, 0x0e, 0x10,  // Offer, server, lease of an hour
        1, 4, 255, 255, 255, 0, 3, 4, 192, 0, 2, 1, 6, 8, 192, 0, 2, 2, 192, 0, 2, 3,  // mask, router, name servers
        15, 3, 0x63, 0x6f, 0x6d, 255,
      ])
    let shown = show(offer)
    #expect(
      shown.summary.hasSuffix(
        "DHCP Offer xid 0x12345678 client aa:bb:cc:00:00:01 gets 192.0.2.103 server 192.0.2.2 lease 3600"))
    for field in [
      "option.dhcp_server_id=192.0.2.2", "option.ip_address_lease_time=3600", "option.subnet_mask=255.255.255.0",
      "option.router=192.0.2.1", "option.domain_name_server=192.0.2.2", "option.domain_name_server=192.0.2.3",
      "option.domain_name=com",
    ] {
      #expect(shown.fields.contains(field), "\(field)")
    }
  }

  @Test func infiniteLease() {
    let shown = show(dhcpMessage(operation: 2, options: [53, 1, 5, 51, 4, 255, 255, 255, 255, 255]))
    #expect(shown.summary.hasSuffix(" lease infinite"))
    #expect(shown.fields.last == "option.ip_address_lease_time=4294967295")
  }

  @Test func octetsDecide() {
    #expect(show(Array(discover.prefix(239))).protocols == "raw:ip:udp:data")
    #expect(show([3] + discover.dropFirst()).protocols == "raw:ip:udp:data")
    var other = discover
    other[236] = 0
    #expect(show(other).protocols == "raw:ip:udp:data")
  }

  @Test func lengthsThatLie() {
    // An option beyond the end, a length without a value, an address of three octets, a code that stands twice.
    #expect(show(dhcpMessage(options: [53, 1, 1, 12, 200, 0x61])).fields.last == "option.dhcp=1")
    #expect(show(dhcpMessage(options: [53])).fields.last == "cookie=99.130.83.99")
    #expect(show(dhcpMessage(options: [50, 3, 1, 2, 3])).fields.last == "cookie=99.130.83.99")
    #expect(show(dhcpMessage(options: [53, 1, 1, 53, 1, 2])).fields.last == "option.dhcp=1")
    #expect(show(dhcpMessage(options: [])).summary.contains("DHCP BOOTP request"))
    var long = discover
    long[2] = 255
    #expect(show(long).fields.contains("hw.addr=aa:bb:cc:00:00:01:00:00:00:00:00:00:00:00:00:00"))
  }

  @Test func damaged() {
    #expect(decodeDamaged(datagram(discover, from: 68, to: 67)) > 0)
    #expect(show(dhcpMessage(options: [12, 3, 0x1b, 0x5b, 0x6d])).summary.hasSuffix("host \\x1b[m"))
  }
}
