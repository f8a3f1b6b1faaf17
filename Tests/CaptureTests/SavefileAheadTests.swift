import Capture
import Foundation
import Testing
import Wire

/// A file that a thread reads ahead gives what any other way of reading it gives.
@Suite struct SavefileAheadTests {
  /// A sum over all frames, how many there are, and the error at the end.
  private func read(_ path: String, ahead: Bool) throws -> (sum: UInt64, frames: Int, error: String?) {
    var file = try Savefile(path: path)
    if ahead { file.readAhead() }
    var (sum, frames) = (UInt64(0), 0)
    do {
      try file.forEachFrame { frame in
        frames += 1
        for place in stride(from: 0, to: frame.bytes.byteCount, by: 61) {
          sum = sum &* 31 &+ UInt64(frame.bytes.uint8(at: place)) &+ UInt64(place)
        }
        sum = sum &* 31 &+ UInt64(frame.bytes.byteCount) &+ UInt64(frame.info.timestamp.nanoseconds)
        return true
      }
      return (sum, frames, nil)
    } catch {
      return (sum, frames, "\(error)")
    }
  }

  /// Records of all sizes: some are larger than a piece, and some than what is left over between two.
  private func file(cut: Int) throws -> URL {
    let make = Octets(isBig: false)
    var data = Data(make.pcapHeader(magic: 0xa1b2_3c4d, snapLength: 4 << 20))
    var state: UInt64 = 7
    var number: UInt32 = 0
    while data.count < 12 << 20 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let length: Int
      switch state >> 60 {
      case 0: length = Int(state >> 40) % 400_000
      case 1: length = Int(state >> 40) % 70_000
      default: length = Int(state >> 40) % 1500
      }
      number += 1
      data += make.four(1) + make.four(number % 1_000_000_000) + make.four(UInt32(length)) + make.four(UInt32(length))
      data += Data(repeating: UInt8(truncatingIfNeeded: state >> 32), count: length)
    }
    if cut > 0 { data.removeLast(cut) }
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("sockeye-ahead-\(UUID().uuidString).pcap")
    try data.write(to: url)
    return url
  }

  @Test(arguments: [0, 1, 700])
  func theSameFrames(cut: Int) throws {
    let url = try file(cut: cut)
    defer { try? FileManager.default.removeItem(at: url) }
    let plain = try read(url.path, ahead: false)
    let ahead = try read(url.path, ahead: true)
    #expect(plain.frames > 100 && plain.frames == ahead.frames && plain.sum == ahead.sum)
    #expect((plain.error == nil) == (cut == 0) && plain.error == ahead.error)
  }

  /// Who has seen enough stops, and the thread ends with the file.
  @Test func stoppingEarly() throws {
    let url = try file(cut: 0)
    defer { try? FileManager.default.removeItem(at: url) }
    for wanted in [1, 50] {
      var file = try Savefile(path: url.path)
      file.readAhead()
      var frames = 0
      try file.forEachFrame { _ in
        frames += 1
        return frames < wanted
      }
      #expect(frames == wanted)
    }
  }
}
