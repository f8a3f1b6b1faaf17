import Capture
import Foundation
import Testing
import Wire

private let first: [UInt8] = [1, 2, 3, 4, 5]
private let second: [UInt8] = [6, 7, 8]

@Suite struct SavefilePcapTests {
  @Test(arguments: [true, false])
  func bothByteOrders(isBig: Bool) {
    let make = Octets(isBig: isBig)
    let file =
      make.pcapHeader(network: 276) + make.record(1_700_000_000, 123_456, first)
      + make.record(4_000_000_000, 999_999, second, original: 1500)
    let reading = read(file)
    #expect(reading.error == nil)
    #expect(reading.frames.map(\.octets) == [first, second])
    #expect(reading.frames.map(\.number) == [1, 2])
    #expect(reading.frames.map(\.seconds) == [1_700_000_000, 4_000_000_000])
    #expect(reading.frames.map(\.nanoseconds) == [123_456_000, 999_999_000])
    #expect(reading.frames.map(\.originalLength) == [5, 1500])
    #expect(reading.frames.map(\.linkType) == [276, 276])
    #expect(reading.interfaces.map(\.snapLength) == [65535])
    #expect(reading.interfaces.map(\.resolution) == [.microseconds])
  }

  @Test(arguments: [true, false])
  func nanoseconds(isBig: Bool) {
    let make = Octets(isBig: isBig)
    let reading = read(make.pcapHeader(magic: 0xa1b2_3c4d) + make.record(7, 123_456_789, first))
    #expect(reading.frames.map(\.nanoseconds) == [123_456_789])
    #expect(reading.interfaces.map(\.resolution) == [.nanoseconds])
  }

  @Test func fractionOfMoreThanASecond() {
    let make = Octets(isBig: false)
    let reading = read(make.pcapHeader() + make.record(1, 2_500_000, first))
    #expect(reading.frames.map(\.seconds) == [3])
    #expect(reading.frames.map(\.nanoseconds) == [500_000_000])
  }

  @Test func frameCheckSequence() {
    let make = Octets(isBig: false)
    let reading = read(make.pcapHeader(network: 0x2400_0001) + make.record(1, 0, first))
    #expect(reading.frames.map(\.linkType) == [1])
    #expect(reading.frames.map(\.sequenceLength) == [4])
  }

  @Test func modifiedRecords() {
    let make = Octets(isBig: false)
    let extra: [UInt8] = make.four(2) + make.two(0x0800) + [4, 0]
    let file = make.pcapHeader(magic: 0xa1b2_cd34) + make.record(1, 2, [], captured: 5, original: 5) + extra + first
    let reading = read(file)
    #expect(reading.error == nil)
    #expect(reading.frames.map(\.octets) == [first])
    #expect(reading.frames.map(\.direction) == [.outbound])
  }

  @Test func swappedLengthsOfOldVersions() {
    let make = Octets(isBig: true)
    let reading = read(make.pcapHeader(minor: 2) + make.record(1, 2, first, captured: 60, original: 5))
    #expect(reading.frames.map(\.octets) == [first])
    #expect(reading.frames.map(\.originalLength) == [60])
  }

  @Test func everyTruncationGivesTheWholePackets() {
    let make = Octets(isBig: false)
    let file = make.pcapHeader() + make.record(1, 2, first) + make.record(3, 4, second)
    for count in 0..<file.count {
      let reading = read(Array(file.prefix(count)))
      let whole = count < 24 + 21 ? 0 : 1
      #expect(reading.frames.count == whole)
      if count == 24 || count == 24 + 21 {
        #expect(reading.error == nil)
      } else if count == 0 {
        #expect(reading.error?.kind == .empty)
      } else if count < 4 {
        #expect(reading.error?.kind == .notACapture(Array(file.prefix(count))))
      } else {
        // Within the file's header no packet is concerned yet.
        let packet = count < 24 ? 0 : UInt64(whole + 1)
        #expect(
          reading.error == SavefileError(file: "test", kind: .truncated, offset: UInt64(count), packet: packet))
      }
    }
  }

  @Test func capturedMoreThanTheSnapLengthIsAccepted() {
    let make = Octets(isBig: false)
    #expect(read(make.pcapHeader(snapLength: 2) + make.record(1, 2, first)).frames.map(\.octets) == [first])
  }

  @Test func lyingCapturedLength() {
    let make = Octets(isBig: false)
    let reading = read(make.pcapHeader() + make.record(1, 2, first) + make.record(3, 4, second, captured: 0xffff_fff0))
    #expect(reading.frames.count == 1)
    #expect(
      reading.error
        == SavefileError(
          file: "test", kind: .malformed(.capturedLength(0xffff_fff0, maximum: 262_144)), offset: 45, packet: 2))
    #expect(
      reading.error?.description
        == "test: malformed at byte 45 (packet 2): a captured length of 4294967280 is more than the maximum of 262144")
    #expect(reading.error?.exitCode == 65)
  }

  @Test func recordLargerThanTheBuffer() {
    let make = Octets(isBig: false)
    let large = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0) }
    let file = make.pcapHeader(snapLength: 2_000_000) + make.record(1, 2, large) + make.record(3, 4, second)
    let reading = read(file)
    #expect(reading.error == nil)
    #expect(reading.frames.map(\.octets) == [large, second])
    let cut = read(Array(file.prefix(900_000)))
    #expect(cut.error == SavefileError(file: "test", kind: .truncated, offset: 900_000, packet: 1))
  }

  @Test func manyPiecesGiveEveryPacket() {
    let make = Octets(isBig: false)
    var file = make.pcapHeader()
    for index in 0..<5000 {
      file += make.record(UInt32(index), 0, [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: index % 301))
    }
    let reading = read(file)
    #expect(reading.error == nil)
    #expect(reading.frames.count == 5000)
    #expect(
      reading.frames.enumerated().allSatisfy {
        $0.element.seconds == $0.offset && $0.element.octets.count == $0.offset % 301
      })
  }

  @Test func notACapture() {
    #expect(
      read(Array("GARBAGE!!".utf8)).error?.description
        == "test: not a pcap or pcapng file (it starts with 47 41 52 42 41 47 45 21)")
    #expect(read([0x1f, 0x8b, 8, 0]).error?.description == "test: is compressed: run `zcat FILE | sockeye read -`")
    #expect(read([0x28, 0xb5, 0x2f, 0xfd]).error?.kind == .compressed("zstdcat"))
    #expect(read([]).error?.description == "test: is empty, not a capture file")
    let future = Octets(isBig: true).four(0xa1b2_c3d4) + [0, 9] + [UInt8](repeating: 0, count: 18)
    #expect(read(future).error?.kind == .malformed(.version(major: 9, minor: 0)))
  }

  @Test func stopsAndGoesOn() throws {
    let make = Octets(isBig: false)
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("sockeye-\(UUID()).pcap")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(make.pcapHeader() + make.record(1, 2, first) + make.record(3, 4, second)).write(to: url)
    var file = try Savefile(path: url.path)
    var seen: [UInt64] = []
    try file.forEachFrame { frame in
      seen.append(frame.info.number)
      return false
    }
    #expect(seen == [1])
    try file.forEachFrame { frame in
      seen.append(frame.info.number)
      return true
    }
    #expect(seen == [1, 2])
    #expect(file.packetCount == 2)
  }

  @Test func pathsThatCannotBeRead() {
    func kind(_ path: String) -> SavefileError? {
      do {
        _ = try Savefile(path: path)
        return nil
      } catch { return error }
    }
    #expect(kind("/nowhere/at-all.pcap")?.description == "/nowhere/at-all.pcap: No such file or directory")
    #expect(kind("/nowhere/at-all.pcap")?.exitCode == 66)
    #expect(kind("/tmp")?.kind == .isDirectory)
    #expect(kind("/dev/null")?.kind == .empty)
  }
}
