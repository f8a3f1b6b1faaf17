import Testing

@testable import Scrub

/// The permutation of addresses: prefixes are kept exactly, nothing collides, and the same key gives the same.
@Suite struct PermutationTests {
  private static let key = AddressKey(Array("not much of a key".utf8))

  /// A generator that gives the same numbers each time: SplitMix64.
  struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var value = state
      value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
      value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
      return value ^ value >> 31
    }
  }

  /// A number that shares its first bits with another, and maybe more.
  private func neighbor<Number: FixedWidthInteger & UnsignedInteger>(
    of number: Number, width: Int, _ generator: inout Generator
  ) -> Number {
    let shared = Int.random(in: 0...width, using: &generator)
    let mask = shared == width ? 0 : (Number(1) << Number(width - shared)) &- 1
    return shared == 0
      ? Number.random(in: 0...Number.max, using: &generator)
      : number ^ (.random(in: 0...Number.max, using: &generator) & mask)
  }

  @Test func prefixesOfIPv4AreKept() {
    var map = AddressMap(Self.key)
    var generator = Generator(state: 4)
    for _ in 0..<4000 {
      let first = UInt32.random(in: 0...UInt32.max, using: &generator)
      let second = neighbor(of: first, width: 32, &generator)
      // Of groups, the bits that Ethernet knows are permuted by themselves.
      guard first >> 28 != 0xe, second >> 28 != 0xe else { continue }
      let (a, b) = (map.ipv4(first), map.ipv4(second))
      #expect((first ^ second).leadingZeroBitCount == (a ^ b).leadingZeroBitCount)
    }
  }

  @Test func prefixesOfIPv6AreKept() {
    var map = AddressMap(Self.key)
    var generator = Generator(state: 6)
    for _ in 0..<400 {
      let random = UInt128(generator.next()) << 64 | UInt128(generator.next())
      // Global unicast.
      let first = random >> 3 | 1 << 125
      let second = neighbor(of: first, width: 125, &generator)
      let (a, b) = (map.ipv6(first), map.ipv6(second))
      #expect((first ^ second).leadingZeroBitCount == (a ^ b).leadingZeroBitCount)
      #expect(a >> 125 == 1 || second >> 125 != 1)
    }
  }

  @Test func hardwareAddressesKeepTheirKindAndMaker() {
    var map = AddressMap(Self.key)
    var generator = Generator(state: 48)
    for _ in 0..<2000 {
      let first = generator.next() >> 16
      let second = first ^ (generator.next() >> 40)
      guard first >> 40 & 1 == 0 else { continue }
      let (a, b) = (map.hardware(first), map.hardware(second))
      #expect(a >> 40 & 3 == first >> 40 & 3)
      #expect((first ^ second).leadingZeroBitCount == (a ^ b).leadingZeroBitCount)
    }
  }

  /// Every number of sixteen bits, and every address of a network, has a picture of its own.
  @Test func nothingCollides() {
    let function = PseudorandomFunction(Self.key)
    var permutation = PrefixPermutation(
      function, domain: 1, width: 16, kept: [.init(0x12, 8, whole: true), .init(0xe, 4, whole: false)], fixed: 0x0300)
    var seen = Set<UInt128>()
    for number in 0..<UInt128(1 << 16) {
      let picture = permutation(number)
      seen.insert(picture)
      #expect(picture >> 16 == 0)
      if number >> 8 == 0x12 { #expect(picture == number) }
      #expect((number >> 12 == 0xe) == (picture >> 12 == 0xe))
      #expect(picture & 0x0300 == number & 0x0300)
    }
    #expect(seen.count == 1 << 16)
    var map = AddressMap(Self.key)
    #expect(Set((0..<65_536).map { map.ipv4(0xc0a8_0000 | $0) }).count == 65_536)
    #expect(Set((0..<4096).map { map.ipv4(0xe000_0000 | $0 &* 4099) }).count == 4096)
  }

  /// More numbers than are remembered: what was forgotten comes out as it did.
  @Test func memoryIsBounded() {
    var map = AddressMap(Self.key)
    var forgetful = AddressMap(Self.key, remembering: 8)
    for number in 0..<500 as Range<UInt32> {
      let address = number &* 0x0061_8033
      #expect(forgetful.ipv4(address) == map.ipv4(address))
      #expect(forgetful.hardware(UInt64(address)) == map.hardware(UInt64(address)))
      #expect(forgetful.ipv6(UInt128(address)) == map.ipv6(UInt128(address)))
    }
  }

  /// As a program of few lines in another language gives them: Tests/scrub/permutation.py.
  @Test func picturesAreThoseOfTheManualPage() {
    var map = AddressMap(Self.key)
    #expect(map.ipv4(0xc000_0201) == Recorded.ipv4)
    #expect(map.ipv6(0x2001_0db8_0000_0000_0000_0000_0000_0001) == Recorded.ipv6)
    #expect(map.ipv6(0xfe80_0000_0000_0000_0000_0000_0000_0001) == Recorded.linkLocal)
    #expect(map.ipv6(0xff02_0000_0000_0000_0000_0001_ff12_3456) == Recorded.solicited)
    #expect(map.ipv4(0xef01_0203) == Recorded.group)
    #expect(map.hardware(0x0200_0000_000a) == Recorded.hardware)
    var other = AddressMap(AddressKey(Array("another key".utf8)))
    #expect(other.ipv4(0xc000_0201) != map.ipv4(0xc000_0201))
  }

  @Test func whatHasAMeaningOfItsOwnStays() {
    var map = AddressMap(Self.key)
    for address: UInt32 in [0, .max, 0x7f00_0001, 0x7f12_3456, 0xe000_0001, 0xe000_00fb, 0xefff_fffa] {
      #expect(map.ipv4(address) == address)
    }
    #expect(map.ipv4(0xa9fe_0102) >> 16 == 0xa9fe)
    let groups: [UInt128] = [1, 0xfb, 0x1_0002, 0x1_0003, 0x16].map { 0xff02 << 112 | $0 }
    for address in [0, 1] + groups { #expect(map.ipv6(address) == address) }
    #expect(map.ipv6(0xfe80 << 112 | 99) >> 64 == 0xfe80 << 48)
    #expect(map.ipv6(0xfd12 << 112) >> 120 == 0xfd)
    for address: UInt64 in [
      0, 0xffff_ffff_ffff, 0x0180_c200_000e, 0x0100_5e00_00fb, 0x3333_0000_0001, 0x0100_0ccc_cccc,
    ] {
      #expect(map.hardware(address) == address)
    }
  }

  /// An Ethernet group is still that of its IP group, and an address of IPv4 within IPv6 still itself.
  @Test func whatBelongsTogetherStaysTogether() {
    var map = AddressMap(Self.key)
    var generator = Generator(state: 9)
    for _ in 0..<200 {
      let group = 0xe000_0000 | UInt32(truncatingIfNeeded: generator.next() >> 36)
      let hardware = 0x0100_5e00_0000 | UInt64(group & 0x7f_ffff)
      #expect(map.hardware(hardware) == 0x0100_5e00_0000 | UInt64(map.ipv4(group) & 0x7f_ffff))
      let group6 = UInt128(0xff0e) << 112 | UInt128(generator.next())
      let hardware6 = 0x3333_0000_0000 | UInt64(truncatingIfNeeded: group6 & 0xffff_ffff)
      #expect(map.hardware(hardware6) == 0x3333_0000_0000 | UInt64(truncatingIfNeeded: map.ipv6(group6) & 0xffff_ffff))
      let address = UInt32(truncatingIfNeeded: generator.next())
      #expect(map.ipv6(0xffff_0000_0000 | UInt128(address)) == 0xffff_0000_0000 | UInt128(map.ipv4(address)))
    }
  }
}
