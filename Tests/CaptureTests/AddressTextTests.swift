import Glibc
import Testing
import Wire

/// Numbers and addresses as text, held against the C library's.
@Suite struct AddressTextTests {
  /// Every combination of zero and other groups, with groups of each length, as inet_ntop(3) writes them.
  @Test func ipv6IsWrittenAsTheCLibraryWritesIt() {
    let groups: [UInt16] = [0x1, 0x20, 0x3ab, 0xfeed]
    for mask in 0..<256 {
      for shift in 0..<4 {
        var value: UInt128 = 0
        for place in 0..<8 {
          let group = mask & (1 << place) != 0 ? groups[(place + shift) % 4] : 0
          value = value << 16 | UInt128(group)
        }
        #expect(Self.written { $0.append(ipv6: value) } == Self.expected(value))
      }
    }
    for value in [0xffff_0a00_0001, 0x0a00_0001, 0x1, 0x1_0000, 0xffff, 0xffff_0000_0000, 0x1_0000_0000] as [UInt128] {
      #expect(Self.written { $0.append(ipv6: value) } == Self.expected(value))
    }
  }

  @Test func ipv4HasEveryOctet() {
    for octet in 0..<256 as Range<UInt32> {
      let value = octet << 24 | (255 - octet) << 16 | octet << 8 | (255 - octet)
      #expect(Self.written { $0.append(ipv4: value) } == "\(octet).\(255 - octet).\(octet).\(255 - octet)")
    }
  }

  @Test func clockHasNineDigits() {
    let digits = "12:34:56".utf8.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    for (nanoseconds, text) in [
      (0, "000000000"), (1, "000000001"), (123_456_789, "123456789"), (999_999_999, "999999999"),
      (100_000_000, "100000000"),
    ] as [(UInt32, String)] {
      #expect(Self.written { $0.append(clock: digits, nanoseconds: nanoseconds) } == "12:34:56.\(text) ")
    }
  }

  private static func written(_ body: (inout TextBuffer) -> Void) -> String {
    var text = TextBuffer()
    body(&text)
    return String(decoding: (0..<text.count).map { text.bytes.uint8(at: $0) }, as: UTF8.self)
  }

  private static func expected(_ value: UInt128) -> String {
    var address = value.bigEndian
    var text = [CChar](repeating: 0, count: 64)
    // SAFETY: both are alive for the call, and sixteen octets and 64 of text are what inet_ntop(3) needs.
    let result = unsafe inet_ntop(AF_INET6, &address, &text, 64)
    #expect(unsafe result != nil)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// Text from outside is escaped the same, wherever in a word of eight octets something stands that cannot be shown.
@Suite struct EscapeTests {
  @Test(arguments: [TextBuffer.EscapeTarget.terminal, .terminalKeepingBackslashes, .json])
  func everyOctetAtEveryPlace(target: TextBuffer.EscapeTarget) {
    for octet in 0...255 as ClosedRange<UInt8> {
      // Alone, it is taken by itself; among others, it may be taken with them.
      let alone = Self.escaped([octet], target)
      for place in 0..<9 {
        var octets = [UInt8](repeating: UInt8(ascii: "a"), count: 9)
        octets[place] = octet
        let expected = [UInt8](repeating: 0x61, count: place) + alone + [UInt8](repeating: 0x61, count: 8 - place)
        #expect(Self.escaped(octets, target) == expected, "octet \(octet) at \(place)")
      }
    }
  }

  private static func escaped(_ octets: [UInt8], _ target: TextBuffer.EscapeTarget) -> [UInt8] {
    var text = TextBuffer()
    withBytes(octets) { text.appendEscaped($0, for: target) }
    return (0..<text.count).map { text.bytes.uint8(at: $0) }
  }
}
