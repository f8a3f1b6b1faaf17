import Foundation
import Testing
import Wire

@testable import Output

private let section = PcapngSection(application: "t")
private let octets: [UInt8] = [0xab, 0xcd, 0xef]

private func info(_ interface: UInt32 = 0, linkType: LinkType = .ethernet, seconds: Int64 = 1) -> FrameInfo {
  FrameInfo(
    timestamp: Timestamp(seconds: seconds, nanoseconds: 2), originalLength: 60, linkType: linkType,
    interface: interface, direction: .outbound)
}

private func content(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

/// What a writer wrote behind the head of its section, which takes 40 octets.
private func written(
  _ format: ProcessFormat = .darwin, _ redaction: ProcessRedaction = .none,
  _ body: (inout PcapngFileWriter) throws -> Void
) throws -> [UInt8] {
  let folder = try Folder()
  var writer = try PcapngFileWriter(
    path: folder.path("a"), section: section, processes: format, redaction: redaction)
  try writer.add(PcapngInterface(linkType: .ethernet, snapLength: 96))
  try body(&writer)
  try writer.close()
  return Array(try content(folder.path("a")).dropFirst(40 + 32))
}

private func write(
  _ writer: inout PcapngFileWriter, _ info: FrameInfo, _ bytes: [UInt8] = octets
) throws(CaptureFileError) {
  try withBytes(bytes) { span throws(CaptureFileError) in try writer.write(Frame(span, info)) }
}

private func refusal(_ writer: inout PcapngFileWriter, _ info: FrameInfo) -> CaptureFileError.Kind? {
  do throws(CaptureFileError) {
    try write(&writer, info)
    return nil
  } catch {
    return error.kind
  }
}

private func text(_ string: String) -> [UInt8] { Array(string.utf8) }

/// A process of which all is known.
private var known: CapturedProcess {
  var process = CapturedProcess(pid: 1234, name: text("curl"))
  process.executable = text("/usr/bin/curl")
  process.arguments = [text("curl"), text("https://example.com/")]
  process.parent = 1
  process.userID = 1000
  process.user = text("alice")
  process.uuid = 0x6b8b_4567_327b_23c6_643c_9869_6633_4873
  process.startTime = 0x1886_7251_edfa_0000
  return process
}

/// Writes packets of a length until one fails or there are enough, and closes the file.
private func writePackets(_ count: Int, length: Int, to path: String) -> CaptureFileError? {
  let packet = [UInt8](repeating: 0xab, count: length)
  do {
    var writer = try PcapngFileWriter(path: path, section: section)
    try writer.add(PcapngInterface(linkType: .ethernet, snapLength: 0))
    for _ in 0..<count { try write(&writer, info(), packet) }
    try writer.close()
    return nil
  } catch {
    return error
  }
}

@Suite struct PcapngFileWriterTests {
  @Test func theHeadIsThereAtOnce() throws {
    let folder = try Folder()
    var writer = try PcapngFileWriter(path: folder.path("a"), section: section)
    #expect(
      try content(folder.path("a")) == [
        0x0a, 0x0d, 0x0d, 0x0a, 40, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a,  // section header, 40 octets, byte order
        1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  // version 1.0, length not known
        4, 0, 1, 0, 0x74, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0,  // written by "t", no more options, 40 octets
      ])
    try writer.add(PcapngInterface(linkType: .raw, snapLength: 96))
    try writer.flush()
    #expect(
      Array(try content(folder.path("a")).dropFirst(40)) == [
        1, 0, 0, 0, 32, 0, 0, 0, 101, 0, 0, 0, 96, 0, 0, 0,  // interface, 32 octets, RAW, snap length
        9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0,  // nanoseconds, no more options, 32 octets
      ])
  }

  @Test func aPacketAndCounts() throws {
    let file = try written { writer in
      try write(&writer, info())
      try writer.write(PcapngStatistics(time: 0, received: 7, dropped: 5), ofInterface: 0)
      // There is no such interface.
      try writer.write(PcapngStatistics(time: 0, received: 7, dropped: 5), ofInterface: 1)
    }
    #expect(
      file == [
        6, 0, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0xca, 0x9a, 0x3b,  // packet, interface 0, 1.000000002 s
        3, 0, 0, 0, 60, 0, 0, 0, 0xab, 0xcd, 0xef, 0,  // 3 of 60 octets, padded
        2, 0, 4, 0, 2, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0,  // sent, no more options
        5, 0, 0, 0, 52, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0xca, 0x9a, 0x3b,  // counts, at the last packet
        4, 0, 8, 0, 7, 0, 0, 0, 0, 0, 0, 0, 5, 0, 8, 0, 5, 0, 0, 0, 0, 0, 0, 0,  // received, dropped
        0, 0, 0, 0, 52, 0, 0, 0,
      ])
  }

  @Test func nothingIsSaidOfWhatIsNotKnown() throws {
    let file = try written { writer in
      var plain = info()
      plain.direction = .unknown
      try write(&writer, plain)
    }
    #expect(file.count == 36)
  }

  @Test func aProcessIsDescribedOnceBeforeItsFirstPacket() throws {
    let file = try written { writer in
      writer.add(CapturedProcess(pid: 4242, name: text("curl")))
      var other = CapturedProcess(pid: 4242, name: text("curl"))
      other.threadID = 4243
      writer.add(other)
      writer.add(CapturedProcess(pid: 9, name: text("unused")))
      var owned = info()
      owned.direction = .unknown
      owned.owner = FrameOwner(process: 0)
      try write(&writer, owned)
      owned.owner = FrameOwner(process: 1, peer: 0)
      try write(&writer, owned)
    }
    let number: [UInt8] = [0x92, 0x10, 0, 0]
    let packet: [UInt8] =
      [0, 0, 0, 0, 0, 0, 0, 0, 2, 0xca, 0x9a, 0x3b, 3, 0, 0, 0, 60, 0, 0, 0, 0xab, 0xcd, 0xef, 0]
    #expect(
      file == [1, 0, 0, 0x80, 28, 0, 0, 0] + number  // Apple's process block
        + [2, 0, 4, 0] + text("curl") + [0, 0, 0, 0, 28, 0, 0, 0]
        + [6, 0, 0, 0, 60, 0, 0, 0] + packet + [8, 0, 8, 0] + number + [0, 0, 0, 0]  // process, no thread
        + [1, 0x80, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 0, 0, 0]  // block 0
        + [6, 0, 0, 0, 68, 0, 0, 0] + packet + [8, 0, 8, 0] + number + [0x93, 0x10, 0, 0]  // process, thread
        + [1, 0x80, 4, 0, 0, 0, 0, 0, 1, 0x90, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 68, 0, 0, 0])  // block 0; peer 0
  }

  /// The block of Wireshark's own tests, but for the comment in it.
  @Test func wiresharksProcessInformation() throws {
    let file = try written(.wireshark) { writer in
      writer.add(known)
      var owned = info()
      owned.owner = FrameOwner(process: 0)
      try write(&writer, owned)
    }
    let options: [UInt8] =
      [2, 0, 4, 0] + text("curl") + [3, 0, 13, 0] + text("/usr/bin/curl") + [0, 0, 0]
      + [4, 0, 0x19, 0] + text("curl\0https://example.com/") + [0, 0, 0] + [5, 0, 4, 0, 1, 0, 0, 0]
      + [6, 0, 4, 0, 0xe8, 3, 0, 0] + [7, 0, 5, 0] + text("alice") + [0, 0, 0]
      + [8, 0, 16, 0, 0x6b, 0x8b, 0x45, 0x67, 0x32, 0x7b, 0x23, 0xc6, 0x64, 0x3c, 0x98, 0x69, 0x66, 0x33, 0x48, 0x73]
      + [9, 0, 8, 0, 0, 0, 0xfa, 0xed, 0x51, 0x72, 0x86, 0x18, 0, 0, 0, 0]
    let length = UInt8(4 + options.count)
    #expect(
      Array(file.prefix(Int(length) + 24))
        == [0xad, 0x0b, 0, 0, length + 24, 0, 0, 0, 0x6e, 0x7f, 0, 0, 3, 0, 0, 0, length, 0, 0, 0, 0xd2, 4, 0, 0]
        + options + [length + 24, 0, 0, 0])
  }

  @Test func packetTaps() throws {
    let file = try written(.pktap) { writer in
      writer.add(known)
      var owned = info()
      owned.owner = FrameOwner(process: 0)
      try write(&writer, owned, [UInt8](repeating: 0, count: 12) + [0x86, 0xdd])
      try write(&writer, info())
    }
    withBytes(Array(file.dropFirst(28))) { bytes in
      let header = try? PKTAPHeader(bytes)
      #expect(header?.process == 1234)
      #expect(header?.dataLinkType == 1)
      #expect(header?.family == 30)
      #expect(header?.direction == .outbound)
      #expect(header?.name.byteCount == 4)
    }
    #expect(file.count == (32 + 124 + 12) + (32 + 112 + 12))
  }

  @Test func whatIsRedactedIsNotInTheFile() throws {
    func has(_ needle: String, _ format: ProcessFormat, _ redaction: ProcessRedaction) throws -> Bool {
      let file = try written(format, redaction) { writer in
        writer.add(known)
        var owned = info()
        owned.owner = FrameOwner(process: 0, peer: 0)
        try write(&writer, owned)
      }
      return String(decoding: file, as: UTF8.self).contains(needle)
    }
    for format in [ProcessFormat.darwin, .comment, .wireshark] {
      #expect(try has("https://example.com/", format, .none))
      #expect(try !has("https://example.com/", format, .arguments))
      #expect(try has("/usr/bin/curl", format, .arguments))
      #expect(try !has("/usr/bin", format, .paths))
      #expect(try has("curl", format, .paths))
      #expect(try !has("curl", format, .all))
      #expect(try !has("1234", format, .all))
    }
  }

  @Test func aCommentCannotBeForged() throws {
    let file = try written(.comment) { writer in
      writer.add(CapturedProcess(pid: 5, name: text("a\nPID: 6\u{1b}[31m")))
      var owned = info()
      owned.owner = FrameOwner(process: 0)
      try write(&writer, owned)
    }
    #expect(String(decoding: file, as: UTF8.self).contains("PID: 5\nCmd: a_PID: 6_[31m"))
  }

  @Test func severalLinkTypesInOneFile() throws {
    let folder = try Folder()
    var writer = try PcapngFileWriter(path: folder.path("a"), section: section)
    try writer.add(PcapngInterface(linkType: .ethernet, snapLength: 0))
    try writer.add(PcapngInterface(linkType: .raw, snapLength: 0))
    try write(&writer, info(1, linkType: .raw))
    try write(&writer, info(0))
    // An interface that was not told of is described when its first packet comes.
    try write(&writer, info(3, linkType: .linuxSLL2))
    #expect(writer.interfaceCount == 4)
    var refused = refusal(&writer, info(1))
    #expect(refused == .otherLinkType(1, file: 101))
    refused = refusal(&writer, info(seconds: -1))
    #expect(refused == .timestamp(-1))
    refused = refusal(&writer, info(seconds: 18_446_744_074))
    #expect(refused == .timestamp(18_446_744_074))
    #expect(writer.packetCount == 3)
    try writer.close()
  }

  @Test func aFullDeviceIsNoticed() throws {
    let error = try #require(writePackets(1, length: 100, to: "/dev/full"))
    #expect(error.kind == .cannotWrite(28))
    #expect(error.exitCode == 74)
  }

  @Test(.enabled(if: isRoot, "needs root to mount a small file system"), arguments: [1, 60, 1500, 20_000, 65_535])
  func aFullDiskLeavesWholePackets(length: Int) throws {
    let folder = try Folder()
    guard let mounted = try run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.url.path]), mounted.code == 0
    else { return }
    defer { _ = try? run("umount", [folder.url.path]) }
    let path = folder.path("a.pcapng")
    let error = try #require(writePackets(100_000, length: length, to: path))
    #expect(error.kind == .cannotWrite(28))
    let size = try content(path).count
    let block = 32 + (length + 3) / 4 * 4 + 12
    #expect((size - 72) % block == 0)
    #expect(size <= 1_048_576 && size + block > 1_048_576, "the last packet that fits is there")
    #expect(error.packets == UInt64((size - 72) / block))
    if tcpdump {
      let reading = try #require(try run("tcpdump", ["-tt", "-nr", path]))
      #expect(reading.code == 0)
    }
  }
}
