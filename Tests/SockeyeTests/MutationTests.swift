import Capture
import Exercise
import Foundation
import Synchronization
import Testing
import Wire

/// Every frame of every capture in fixtures/, damaged in every simple way, is decoded and shown without a trap; and
/// what the fuzzers have found stays mended. Reads beyond a header's end stop a debug build, which this is.
@Suite struct MutationTests {
  /// How many octets of a frame are flipped and cut at; behind them every sixteenth is, as far as `furthest`.
  private static let dense = 256, furthest = 2048, stride = 16

  private static let finished = Atomic(0), packets = Atomic(0)

  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("fixtures")

  private static func files(_ folder: String) -> [String] {
    let found = try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path)
    return (found ?? []).sorted().map { "\(folder)/\($0)" }
  }

  @Test(arguments: files("captures"))
  func damagedFramesAreDecoded(_ path: String) throws {
    var frames: [(octets: [UInt8], info: FrameInfo)] = []
    var file = try Savefile(path: Self.root.appendingPathComponent(path).path)
    try? file.forEachFrame { frame in
      var octets: [UInt8] = []
      for index in 0..<frame.bytes.byteCount { octets.append(frame.bytes.uint8(at: index)) }
      frames.append((octets, frame.info))
      return true
    }
    var exercise = Exercise()
    for (octets, info) in frames {
      var damaged = octets
      withBytes(octets) { exercise.show(Frame($0, info)) }
      for position in Self.positions(octets.count) {
        damaged[position] ^= 0xff
        withBytes(damaged) { exercise.decode(Frame($0, info)) }
        damaged[position] ^= 0xff
        withBytes(octets) { exercise.decode(Frame($0.slice(from: 0, length: position), info)) }
      }
    }
    let sum = Self.packets.add(exercise.packets, ordering: .relaxed).newValue
    if Self.finished.add(1, ordering: .relaxed).newValue == Self.files("captures").count {
      print("\(sum) packets were decoded, damaged in one place each")
    }
  }

  private static func positions(_ count: Int) -> [Int] {
    Array(0..<min(count, dense)) + Array(Swift.stride(from: dense, to: min(count, furthest), by: stride))
  }

  @Test(arguments: files("captures") + files("malformed"))
  func damagedFilesAreRead(_ path: String) throws {
    guard let data = try? Data(contentsOf: Self.root.appendingPathComponent(path)) else { return }
    let octets = [UInt8](data.prefix(1024))
    var exercise = Exercise()
    // The headers of the file and of its first packets or blocks.
    for position in 0..<min(octets.count, 64) {
      var damaged = octets
      damaged[position] ^= 0xff
      withBytes(damaged) { exercise.savefile($0) }
      withBytes(octets) { exercise.savefile($0.slice(from: 0, length: position)) }
    }
  }

  @Test func whatFuzzingFoundStaysMended() {
    for name in ["FuzzPacket", "FuzzPcap", "FuzzPcapng", "FuzzFilter", "FuzzDiag"] {
      for path in Self.files("fuzz/\(name)") {
        guard let data = try? Data(contentsOf: Self.root.appendingPathComponent(path)) else { continue }
        var exercise = Exercise()
        withBytes([UInt8](data)) {
          switch name {
          case "FuzzPacket": exercise.packet($0)
          case "FuzzFilter": exercise.filter($0)
          case "FuzzDiag": exercise.diagnostics($0)
          default: exercise.savefile($0)
          }
        }
      }
    }
  }
}
