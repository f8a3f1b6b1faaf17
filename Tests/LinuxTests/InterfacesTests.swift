import Glibc
import Testing

@testable import Linux

/// Over the machine's own kernel: each network namespace has a loopback.
@Suite struct InterfacesTests {
  @Test func loopbackIsWhatItIsEverywhere() throws {
    let interfaces = try Interface.all()
    let loopback = try #require(interfaces.first { $0.name == "lo" })
    let index = unsafe if_nametoindex("lo")
    #expect(loopback.index == index)
    #expect(loopback.isLoopback)
    #expect(loopback.hardwareTypeName.map { "\($0)" } == "loopback")
    #expect(loopback.mtu > 0)
    if loopback.isUp {
      #expect(loopback.addresses.contains { $0.address == .v4(0x7f00_0001) && $0.prefixLength == 8 })
    }
  }

  @Test func numbersAreUniqueAndInOrder() throws {
    let indexes = try Interface.all().map(\.index)
    #expect(Set(indexes).count == indexes.count)
    #expect(indexes == indexes.sorted())
  }

  @Test func attributesWithLyingLengthsEnd() {
    for length in [0, 1, 3, 200, 65535] as [UInt16] {
      var rest = NetlinkPayload([UInt8(length & 0xff), UInt8(length >> 8), 3, 0, 1, 2, 3, 4], range: 0..<8)
      let attribute = rest.nextAttribute()
      #expect(attribute == nil)
    }
  }

  @Test func attributesAreTakenOneByOne() throws {
    // A name of three octets with its padding, then an MTU; the type's two highest bits are flags.
    let octets: [UInt8] = [7, 0, 3, 0x80, 0x6c, 0x6f, 0, 0, 8, 0, 4, 0, 0xdc, 0x05, 0, 0]
    var rest = NetlinkPayload(octets, range: 0..<octets.count)
    let first = rest.nextAttribute()
    let name = try #require(first)
    #expect(name.type == 3)
    #expect(name.value.text == "lo")
    let second = rest.nextAttribute()
    let mtu = try #require(second)
    #expect(mtu.type == 4)
    #expect(mtu.value.uint32(at: 0) == 1500)
    let third = rest.nextAttribute()
    #expect(third == nil)
  }

  @Test func readingPastTheEndIsZero() {
    let payload = NetlinkPayload([1, 2, 3], range: 0..<3)
    #expect(payload.uint32(at: 2) == 0)  // of which one octet is there
    #expect(payload.uint16(at: 9) == 0)
    #expect(payload.uint8(at: -1) == 0)
    #expect(payload.dropping(100).count == 0)
  }

  @Test func messagesWithLyingLengthsEnd() {
    for length in [0, 15, 17, 255] as [UInt8] {
      var rest = NetlinkPayload([length] + [UInt8](repeating: 0, count: 15), range: 0..<16)
      let message = rest.nextMessage()
      #expect(message == nil)
    }
  }
}
