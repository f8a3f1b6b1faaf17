import Sockets
import Testing

/// Addresses with the same first bits.
@Suite struct AddressRangeTests {
  @Test(arguments: [
    ("10.0.0.0/8", 0x0aff_ffff as UInt32), ("10.1.2.3", 0x0a01_0203), ("0.0.0.0/0", 0xffff_ffff),
    ("10.1.2.3/8", 0x0a00_0000), ("192.0.2.128/25", 0xc000_0280),
  ])
  func containsIPv4(_ text: String, _ address: UInt32) throws {
    let range = try #require(AddressRange(text))
    #expect(range.contains(.v4(address)))
    // The same address as an IPv6 socket has it.
    #expect(range.contains(.v6(0xffff_0000_0000 | UInt128(address))))
  }

  @Test(arguments: [("10.0.0.0/8", 0x0b00_0000 as UInt32), ("10.1.2.3", 0x0a01_0204), ("192.0.2.128/25", 0xc000_027f)])
  func doesNotContainIPv4(_ text: String, _ address: UInt32) throws {
    let range = try #require(AddressRange(text))
    #expect(!range.contains(.v4(address)))
    #expect(!range.contains(.v6(0xffff_0000_0000 | UInt128(address))))
  }

  @Test func ipv6() throws {
    let range = try #require(AddressRange("2001:db8::/32"))
    #expect(range.contains(.v6(0x2001_0db8 << 96 | 1)))
    #expect(!range.contains(.v6(0x2001_0db9 << 96)))
    #expect(!range.contains(.v4(0x0a00_0000)))
    #expect(try #require(AddressRange("[::1]")).contains(.v6(1)))
    #expect(try #require(AddressRange("::/0")).contains(.v6(.max)))
    // A mapped prefix is one of IPv4.
    #expect(try #require(AddressRange("::ffff:10.0.0.0/104")).contains(.v4(0x0a01_0203)))
  }

  @Test(arguments: [
    "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0/8", "::1/129", "localhost",
    "10.0.0.1/8/9",
    "1.2.3.4\u{0}",
  ])
  func isNone(_ text: String) {
    #expect(AddressRange(text) == nil)
  }
}
