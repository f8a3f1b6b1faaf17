import Glibc
import Testing
import Wire

/// Numbers and addresses against what the standard library and inet_ntop(3) make of them.
@Suite struct NumberTests {
  @Test func everyDigitCount() {
    var value: UInt64 = 1
    for _ in 0..<20 {
      for number in [value &- 1, value, value &+ 1] {
        #expect(written { $0.append(decimal: number) } == String(number))
        let padded = written { $0.append(decimal: number, digits: 9) }
        #expect(padded == String(repeating: "0", count: max(0, 9 - String(number).count)) + String(number))
        #expect(written { $0.append(shortHexadecimal: number) } == String(number, radix: 16))
      }
      value = value &* 10
    }
    #expect(written { $0.append(decimal: UInt64.max) } == "18446744073709551615")
    #expect(written { $0.append(decimal: Int64.min) } == "-9223372036854775808")
    #expect(written { $0.append(hexadecimal: 0xabc, digits: 3) } == "abc")
    #expect(written { $0.append(hexadecimal: UInt64.max, digits: 16) } == "ffffffffffffffff")
    #expect(written { $0.append(hardwareAddress: 0x00_005e_0053_01) } == "00:00:5e:00:53:01")
  }

  @Test func everyOctetOfAnAddress() {
    for value in 0...255 as ClosedRange<UInt32> {
      #expect(
        written { $0.append(ipv4: value << 24 | value << 16 | value << 8 | value) }
          == "\(value).\(value).\(value).\(value)")
    }
  }

  @Test func ipv6AsTheSystemWritesIt() {
    var random = SystemRandomNumberGenerator()
    var values: [UInt128] = [0, 1, 0xffff_c000_0201, 0xc000_0201, 0xffff, 0x1_0000, 1 << 127, 0x2001_0db8 << 96]
    for _ in 0..<10_000 {
      // Groups of zero are made likely, since they are what the form turns on.
      var value: UInt128 = 0
      for _ in 0..<8 {
        value = value << 16 | (Bool.random() ? 0 : UInt128(UInt16.random(in: 0...0xffff, using: &random)))
      }
      values.append(value)
    }
    for value in values { #expect(written { $0.append(ipv6: value) } == system(value)) }
  }

  private func system(_ value: UInt128) -> String {
    var octets = value.bigEndian
    var text = [CChar](repeating: 0, count: 64)
    // SAFETY: sixteen octets, and room for 64.
    _ = unsafe inet_ntop(AF_INET6, &octets, &text, 64)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
