import Capture
import Testing
import Wire

private let first: [UInt8] = [1, 2, 3, 4, 5]
private let second: [UInt8] = [6, 7, 8, 9]

@Suite struct SavefilePcapngTests {
  @Test(arguments: [true, false])
  func bothByteOrders(isBig: Bool) {
    let make = Octets(isBig: isBig)
    let file =
      make.section() + make.interface(options: make.option(2, Array("eth0".utf8)) + make.option(9, [9]) + make.four(0))
      + make.enhanced(0, 1_700_000_000_123_456_789, first) + make.enhanced(0, 5, second)
    let reading = read(file)
    #expect(reading.error == nil)
    #expect(reading.frames.map(\.octets) == [first, second])
    #expect(reading.frames.map(\.seconds) == [1_700_000_000, 0])
    #expect(reading.frames.map(\.nanoseconds) == [123_456_789, 5])
    #expect(reading.interfaces.map(\.name) == ["eth0"])
  }

  @Test func sectionsHaveTheirOwnOrderAndInterfaces() {
    let big = Octets(isBig: true)
    let little = Octets(isBig: false)
    let file =
      big.section(length: 1234) + big.interface(1) + big.interface(113) + big.enhanced(1, 1_000_001, first)
      + little.section() + little.interface(276, snapLength: 96) + little.enhanced(0, 2_000_002, second)
    let reading = read(file)
    #expect(reading.error == nil)
    #expect(reading.frames.map(\.linkType) == [113, 276])
    #expect(reading.frames.map(\.interface) == [1, 2])
    #expect(reading.frames.map(\.number) == [1, 2])
    #expect(reading.frames.map(\.nanoseconds) == [1000, 2000])
    #expect(reading.interfaces.map(\.linkType.rawValue) == [1, 113, 276])
    #expect(reading.interfaces.map(\.snapLength) == [0, 0, 96])
  }

  @Test func interfacesMayComeBetweenPackets() {
    let make = Octets(isBig: false)
    let file =
      make.section() + make.interface(1) + make.enhanced(0, 1, first) + make.interface(101)
      + make.enhanced(1, 2, second)
    #expect(read(file).frames.map(\.linkType) == [1, 101])
  }

  /// The resolution octet, a count of ticks, and the time that they are.
  @Test(arguments: [
    (UInt8(0), UInt64(7), Int64(7), UInt32(0)),
    (3, 7_005, 7, 5_000_000),
    (6, 7_000_005, 7, 5_000),
    (9, 7_000_000_005, 7, 5),
    (12, 7_000_000_005_999, 7, 5),
    (19, 12_345_678_901_234_567_890, 1, 234_567_890),
    (20, 12_345_678_901_234_567_890, 0, 123_456_789),
    (28, 12_345_678_901_234_567_890, 0, 1),
    (60, .max, 0, 0),
    (127, .max, 0, 0),
    (0x80, 7, 7, 0),
    (0x81, 15, 7, 500_000_000),
    (0x8a, 7 << 10 | 1, 7, 976_562),
    (0xa0, 7 << 32 | 0x8000_0000, 7, 500_000_000),
    (0xbf, 3 << 62, 1, 500_000_000),
    (0xc0, 3 << 62, 0, 750_000_000),
    (0xff, .max, 0, 0),
  ])
  func resolutions(octet: UInt8, ticks: UInt64, seconds: Int64, nanoseconds: UInt32) {
    let make = Octets(isBig: true)
    let file = make.section() + make.interface(options: make.option(9, [octet])) + make.enhanced(0, ticks, first)
    let reading = read(file)
    #expect(reading.frames.map(\.seconds) == [seconds])
    #expect(reading.frames.map(\.nanoseconds) == [nanoseconds])
  }

  @Test func timestampOffsets() {
    let make = Octets(isBig: true)
    func seconds(_ offset: Int64, _ resolution: UInt8 = 0, _ ticks: UInt64 = 10) -> [Int64] {
      let options = make.option(14, make.eight(UInt64(bitPattern: offset))) + make.option(9, [resolution])
      return read(make.section() + make.interface(options: options) + make.enhanced(0, ticks, first)).frames.map(
        \.seconds)
    }
    #expect(seconds(1_700_000_000) == [1_700_000_010])
    #expect(seconds(-20) == [-10])
    #expect(seconds(.max) == [.max])
    #expect(seconds(.max, 0, .max) == [.max])
    #expect(seconds(.min, 0, 0) == [.min])
  }

  @Test func packetFlags() {
    let make = Octets(isBig: false)
    func frame(_ flags: UInt32) -> KeptFrame? {
      let options = make.option(1, Array("a comment".utf8)) + make.option(2, make.four(flags)) + make.four(0)
      return read(make.section() + make.interface() + make.enhanced(0, 1, first, options: options)).frames.first
    }
    #expect(frame(1)?.direction == .inbound)
    #expect(frame(2)?.direction == .outbound)
    #expect(frame(0)?.direction == .unknown)
    #expect(frame(4 << 5)?.sequenceLength == 4)
    #expect(frame(1 << 9)?.offload == .notReady)
    #expect(frame(1 << 10)?.offload == .valid)
  }

  @Test func packetOptionBeyondItsBlockIsPassedOver() {
    let make = Octets(isBig: false)
    let options = make.two(1) + make.two(4000) + [1, 2, 3, 4]
    let reading = read(make.section() + make.interface() + make.enhanced(0, 1, first, options: options))
    #expect(reading.error == nil)
    #expect(reading.frames.map(\.octets) == [first])
  }

  @Test func simpleAndObsoletePackets() {
    let make = Octets(isBig: true)
    let obsolete = make.block(
      2, make.two(1) + make.two(9) + make.four(0) + make.four(3_000_001) + make.four(4) + make.four(60) + second)
    let file =
      make.section() + make.interface(1, snapLength: 4) + make.interface(101) + make.block(3, make.four(60) + second)
      + obsolete
    let reading = read(file)
    #expect(reading.error == nil)
    #expect(reading.frames.map(\.octets) == [second, second])
    #expect(reading.frames.map(\.originalLength) == [60, 60])
    #expect(reading.frames.map(\.interface) == [0, 1])
    #expect(reading.frames.map(\.seconds) == [0, 3])
  }

  @Test func unknownBlocksAndOptionsAreSkipped() {
    let make = Octets(isBig: false)
    let large = [UInt8](repeating: 0xaa, count: 700_000)
    let file =
      make.section(options: make.option(4, Array("program".utf8))) + make.block(0x0bad, make.four(32622) + first)
      + make.interface(options: make.option(2988, [1, 2, 3])) + make.block(0x4000_0bad, large)
      + make.enhanced(0, 1, first) + make.block(10, large) + make.block(4, []) + make.enhanced(0, 2, second)
    let reading = read(file)
    #expect(reading.error == nil)
    #expect(reading.frames.map(\.octets) == [first, second])
    let end = UInt64(file.count - 100_000)
    let cut = read(Array(file.prefix(Int(end))))
    #expect(cut.error == SavefileError(file: "test", kind: .truncated, offset: end, packet: 2))
  }

  @Test func interfaceStatistics() {
    let make = Octets(isBig: false)
    let statistics = make.block(
      5, make.four(0) + make.four(0) + make.four(0) + make.option(4, make.eight(1000)) + make.option(5, make.eight(3)))
    let reading = read(make.section() + make.interface() + make.enhanced(0, 1, first) + statistics)
    #expect(reading.error == nil)
    #expect(reading.interfaces.map(\.received) == [1000])
    #expect(reading.interfaces.map(\.dropped) == [3])
  }

  @Test func everyTruncationGivesTheWholePackets() {
    let make = Octets(isBig: false)
    let blocks = [
      make.section(), make.interface(options: make.option(9, [9])), make.enhanced(0, 1, first),
      make.enhanced(0, 2, second, options: make.option(2, make.four(1))),
    ]
    let file = Array(blocks.joined())
    var ends: [Int] = []
    for block in blocks { ends.append((ends.last ?? 0) + block.count) }
    for count in 4..<file.count {
      let reading = read(Array(file.prefix(count)))
      let whole = count < ends[2] ? 0 : 1
      #expect(reading.frames.count == whole)
      if ends.contains(count) {
        #expect(reading.error == nil)
      } else {
        #expect(
          reading.error
            == SavefileError(file: "test", kind: .truncated, offset: UInt64(count), packet: UInt64(whole + 1)))
      }
    }
  }

  @Test func flaws() {
    let make = Octets(isBig: false)
    let start = make.section() + make.interface()
    func flaw(_ block: [UInt8], after: [UInt8]? = nil) -> SavefileError.Kind? {
      read((after ?? start) + block + make.enhanced(0, 1, first)).error?.kind
    }
    #expect(flaw(make.enhanced(3, 1, first)) == .malformed(.noSuchInterface(3, described: 1)))
    #expect(flaw(make.enhanced(0, 1, first), after: make.section()) == .malformed(.noSuchInterface(0, described: 0)))
    #expect(flaw(make.block(3, make.four(0)), after: make.section()) == .malformed(.noSuchInterface(0, described: 0)))
    #expect(flaw(make.enhanced(0, 1, first, captured: 9)) == .malformed(.beyondBlock(9, available: 8)))
    #expect(flaw(make.enhanced(0, 1, first, captured: .max)) == .malformed(.beyondBlock(.max, available: 8)))
    #expect(flaw(make.four(6) + make.four(33) + first + first) == .malformed(.blockLength(33)))
    #expect(flaw(make.four(6) + make.four(28) + first + first) == .malformed(.blockLength(28)))
    #expect(flaw(make.four(99) + make.four(8) + first + first) == .malformed(.blockLength(8)))
    #expect(flaw(make.four(6) + make.four(0xffff_fff0) + first) == .malformed(.blockLength(0xffff_fff0)))
    #expect(flaw(make.four(99) + make.four(12) + make.four(16)) == .malformed(.trailingLength(16, expected: 12)))
    #expect(flaw(make.section(major: 2)) == .malformed(.version(major: 2, minor: 0)))
    #expect(flaw(make.interface(options: make.two(2) + make.two(100))) == .malformed(.option(2)))
    #expect(flaw(make.block(0x0a0d_0d0a, first + first + second + second)) == .malformed(.byteOrder(0x0102_0304)))
  }

  @Test func flawsSayWhere() {
    let make = Octets(isBig: false)
    let start = make.section() + make.interface() + make.enhanced(0, 1, first)
    let reading = read(start + make.enhanced(7, 1, first))
    #expect(reading.frames.count == 1)
    #expect(
      reading.error?.description
        == "test: malformed at byte \(start.count) (packet 2): interface 7, but only 1 described in this section")
  }

  @Test func anyOctetFlippedIsReadWithoutATrap() {
    let make = Octets(isBig: false)
    let file =
      make.section() + make.interface(options: make.option(9, [9]) + make.option(14, make.eight(5)))
      + make.enhanced(0, 1, first, options: make.option(2, make.four(1))) + make.block(3, make.four(4) + second)
    for index in file.indices {
      for mask: UInt8 in [0x01, 0x80, 0xff] {
        var flipped = file
        flipped[index] ^= mask
        #expect(read(flipped).frames.count <= 2)
      }
    }
  }
}
