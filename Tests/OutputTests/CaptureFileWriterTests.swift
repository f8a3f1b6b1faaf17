import Foundation
import Testing
import Wire

@testable import Output

/// A path that nobody else uses, and a folder that goes with the value.
final class Folder {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("sockeye-writer-\(UUID().uuidString)")
  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: url) }
  func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

private func info(
  _ index: Int, length: Int, linkType: LinkType = .ethernet, seconds: Int64 = 1_700_000_000
) -> FrameInfo {
  FrameInfo(
    timestamp: Timestamp(seconds: seconds, nanoseconds: UInt32(index)), originalLength: UInt32(length),
    linkType: linkType)
}

/// Writes packets of a length until one fails or there are enough, and closes the file.
private func writePackets(
  _ count: Int, length: Int, to path: String, input: (device: UInt64, inode: UInt64)? = nil
) -> CaptureFileError? {
  let octets = [UInt8](repeating: 0xab, count: length)
  do {
    var writer = try CaptureFileWriter(path: path, linkType: .ethernet, input: input)
    for index in 0..<count {
      try withBytes(octets) { bytes throws(CaptureFileError) in
        try writer.write(Frame(bytes, info(index, length: length)))
      }
    }
    try writer.close()
    return nil
  } catch {
    return error
  }
}

/// Why a packet of a length is refused; nil where it is not.
private func refusal(_ writer: inout CaptureFileWriter, _ info: FrameInfo, length: Int = 4) -> CaptureFileError.Kind? {
  withBytes([UInt8](repeating: 0, count: length)) { bytes -> CaptureFileError.Kind? in
    do throws(CaptureFileError) {
      try writer.write(Frame(bytes, info))
      return nil
    } catch {
      return error.kind
    }
  }
}

/// A program's exit code and output; nil where it is not installed.
func run(_ program: String, _ arguments: [String]) throws -> (code: Int32, text: String)? {
  guard
    let path = ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"].map({ $0 + program }).first(where: {
      FileManager.default.isExecutableFile(atPath: $0)
    })
  else { return nil }
  let process = Process()
  process.executableURL = URL(fileURLWithPath: path)
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = FileHandle.nullDevice
  process.environment = ["TZ": "UTC", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"]
  try process.run()
  let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}

let tcpdump = (try? run("tcpdump", ["--version"])) != nil
let isRoot = NSUserName() == "root"

@Suite struct CaptureFileWriterTests {
  @Test func theFileIsPcapWithNanoseconds() throws {
    let folder = try Folder()
    let path = folder.path("a.pcap")
    var writer = try CaptureFileWriter(path: path, linkType: .raw)
    try withBytes([1, 2, 3]) { bytes throws(CaptureFileError) in
      try writer.write(
        Frame(
          bytes,
          FrameInfo(
            timestamp: Timestamp(seconds: 4_000_000_000, nanoseconds: 123_456_789), originalLength: 60, linkType: .raw))
      )
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == 24)
    try writer.flush()
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == 24 + 19)
    #expect(writer.packetCount == 1)
    try writer.close()
    let octets = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    withBytes(octets) { bytes in
      #expect(bytes.littleEndianUInt32(at: 0) == 0xa1b2_3c4d)
      #expect(bytes.littleEndianUInt32(at: 20) == 101)
      #expect(bytes.littleEndianUInt32(at: 24) == 4_000_000_000)
      #expect(bytes.littleEndianUInt32(at: 28) == 123_456_789)
      #expect(bytes.littleEndianUInt32(at: 32) == 3)
      #expect(bytes.littleEndianUInt32(at: 36) == 60)
    }
    #expect(octets.suffix(3) == [1, 2, 3])
  }

  @Test(.enabled(if: tcpdump, "tcpdump is not installed"))
  func tcpdumpReadsItBack() throws {
    let folder = try Folder()
    let path = folder.path("a.pcap")
    #expect(writePackets(5000, length: 100, to: path) == nil)
    let lines = try #require(try run("tcpdump", ["-tt", "--nano", "-nr", path])).text.split(separator: "\n")
      .filter { $0.hasPrefix("1700000000.") }
    #expect(lines.count == 5000)
    #expect(lines.last?.hasPrefix("1700000000.000004999 ") == true)
  }

  @Test func anExistingFileIsReplaced() throws {
    let folder = try Folder()
    #expect(writePackets(100, length: 100, to: folder.path("a.pcap")) == nil)
    #expect(writePackets(1, length: 100, to: folder.path("a.pcap")) == nil)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("a.pcap"))).count == 24 + 116)
  }

  @Test func theInputIsNotOverwritten() throws {
    let folder = try Folder()
    let path = folder.path("a.pcap")
    var identity: (device: UInt64, inode: UInt64)
    do {
      let writer = try CaptureFileWriter(path: path, linkType: .ethernet)
      identity = writer.identity
    }
    #expect(writePackets(1, length: 100, to: path, input: identity)?.kind == .isInput)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == 24)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let folder = try Folder()
    var writer = try CaptureFileWriter(path: folder.path("a.pcap"), linkType: .ethernet)
    var refused = refusal(&writer, info(0, length: 4, seconds: -1))
    #expect(refused == .timestamp(-1))
    refused = refusal(&writer, info(0, length: 4, seconds: 1 << 32))
    #expect(refused == .timestamp(1 << 32))
    refused = refusal(&writer, info(0, length: 4, linkType: .raw))
    #expect(refused == .otherLinkType(101, file: 1))
    refused = refusal(&writer, info(0, length: 262_145), length: 262_145)
    #expect(refused == .length(262_145, maximum: 262_144))
    refused = refusal(&writer, info(0, length: 262_144), length: 262_144)
    #expect(refused == nil)
    refused = refusal(&writer, info(0, length: 4))
    #expect(refused == nil)
    try writer.close()
  }

  @Test(arguments: [0, 1, 101, 108, 113, 228, 229, 276] as [UInt16])
  func linkTypesKeepTheirNumber(number: UInt16) throws {
    let folder = try Folder()
    let path = folder.path("a.pcap")
    try CaptureFileWriter(path: path, linkType: LinkType(rawValue: number)).close()
    let octets = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(withBytes(octets) { $0.littleEndianUInt32(at: 20) } == UInt32(number))
  }

  @Test func pathsThatCannotBeWritten() throws {
    let folder = try Folder()
    #expect(writePackets(1, length: 1, to: folder.path("no/such/a.pcap"))?.kind == .cannotOpen(2))
    #expect(writePackets(1, length: 1, to: folder.url.path)?.kind == .isDirectory)
    var unknown: CaptureFileError?
    do { _ = try CaptureFileWriter(path: folder.path("a.pcap"), linkType: LinkType(rawValue: 65000)) } catch {
      unknown = error
    }
    #expect(unknown?.kind == .linkType(65000))
  }

  @Test func aFullDeviceIsNoticed() throws {
    let error = try #require(writePackets(1, length: 100, to: "/dev/full"))
    #expect(error.kind == .cannotWrite(28))
    #expect(error.description == "/dev/full: No space left on device")
    #expect(error.exitCode == 74)
  }

  @Test(.enabled(if: isRoot, "needs root to mount a small file system"), arguments: [1, 60, 1500, 20_000, 65_535])
  func aFullDiskLeavesWholePackets(length: Int) throws {
    let folder = try Folder()
    guard let mounted = try run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.url.path]), mounted.code == 0
    else { return }
    defer { _ = try? run("umount", [folder.url.path]) }
    let path = folder.path("a.pcap")
    let error = try #require(writePackets(100_000, length: length, to: path))
    #expect(error.kind == .cannotWrite(28))
    let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
    let packets = (size - 24) / (16 + length)
    #expect((size - 24) % (16 + length) == 0)
    #expect(size <= 1_048_576 && size + 16 + length > 1_048_576, "the last packet that fits is there")
    #expect(error.packets == UInt64(packets))
    #expect(error.description == "\(path): No space left on device; it holds \(packets) whole packets")
    if tcpdump {
      let reading = try #require(try run("tcpdump", ["-tt", "-nr", path]))
      #expect(reading.code == 0)
    }
  }
}
