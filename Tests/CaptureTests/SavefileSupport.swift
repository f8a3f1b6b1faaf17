import Capture
import Foundation
import Wire

/// What one frame of a capture file was, kept beyond its lending.
struct KeptFrame: Equatable {
  var octets: [UInt8]
  var number: UInt64
  var seconds: Int64
  var nanoseconds: UInt32
  var originalLength: UInt32
  var linkType: UInt16
  var interface: UInt32
  var direction: Direction
  var offload: ChecksumOffload
  var sequenceLength: UInt8
  var owner: FrameOwner

  init(_ frame: borrowing Frame) {
    octets = []
    for index in 0..<frame.bytes.byteCount { octets.append(frame.bytes.uint8(at: index)) }
    number = frame.info.number
    seconds = frame.info.timestamp.seconds
    nanoseconds = frame.info.timestamp.nanoseconds
    originalLength = frame.info.originalLength
    linkType = frame.info.linkType.rawValue
    interface = frame.info.interface
    direction = frame.info.direction
    offload = frame.info.checksumOffload
    sequenceLength = frame.info.frameCheckSequenceLength
    owner = frame.info.owner
  }
}

/// All that reading a capture gave.
struct Reading {
  var frames: [KeptFrame] = []
  var interfaces: [InterfaceDescription] = []
  var processes: [CapturedProcess] = []
  /// The processes as they were announced.
  var announced: [CapturedProcess] = []
  var error: SavefileError?
}

/// Reads a capture of these octets through a pipe.
func read(_ octets: [UInt8]) -> Reading {
  let pipe = Pipe()
  let writer = Thread {
    // A reader that stops early closes its end only after the test; nothing here is larger than a pipe holds then.
    try? pipe.fileHandleForWriting.write(contentsOf: Data(octets))
    try? pipe.fileHandleForWriting.close()
  }
  writer.start()
  var reading = Reading()
  do {
    var file = try Savefile(descriptor: pipe.fileHandleForReading.fileDescriptor, name: "test")
    defer {
      reading.interfaces = file.interfaces
      reading.processes = file.processes
    }
    try file.forEachFrame(onNewProcesses: { reading.announced += $0 }) { frame in
      reading.frames.append(KeptFrame(frame))
      return true
    }
  } catch {
    reading.error = error
  }
  _ = try? pipe.fileHandleForReading.readToEnd()
  return reading
}

/// Numbers as octets in a byte order.
struct Octets {
  var isBig: Bool
  func two(_ value: UInt16) -> [UInt8] { ordered([UInt8(value >> 8), UInt8(value & 255)]) }
  func four(_ value: UInt32) -> [UInt8] { ordered((0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }) }
  func eight(_ value: UInt64) -> [UInt8] { ordered((0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }) }
  private func ordered(_ octets: [UInt8]) -> [UInt8] { isBig ? octets : octets.reversed() }

  // Classic pcap.

  func pcapHeader(magic: UInt32 = 0xa1b2_c3d4, minor: UInt16 = 4, snapLength: UInt32 = 65535, network: UInt32 = 1)
    -> [UInt8]
  {
    four(magic) + two(2) + two(minor) + four(0) + four(0) + four(snapLength) + four(network)
  }

  func record(
    _ seconds: UInt32, _ fraction: UInt32, _ octets: [UInt8], captured: UInt32? = nil, original: UInt32? = nil
  ) -> [UInt8] {
    four(seconds) + four(fraction) + four(captured ?? UInt32(octets.count)) + four(original ?? UInt32(octets.count))
      + octets
  }

  // pcapng.

  func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
    let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
    return four(type) + four(UInt32(padded.count + 12)) + padded + four(UInt32(padded.count + 12))
  }

  func section(length: UInt64 = .max, major: UInt16 = 1, options: [UInt8] = []) -> [UInt8] {
    block(0x0a0d_0d0a, four(0x1a2b_3c4d) + two(major) + two(0) + eight(length) + options)
  }

  func interface(_ linkType: UInt16 = 1, snapLength: UInt32 = 0, options: [UInt8] = []) -> [UInt8] {
    block(1, two(linkType) + two(0) + four(snapLength) + options)
  }

  func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] {
    two(code) + two(UInt16(value.count)) + value + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
  }

  func enhanced(_ interface: UInt32, _ ticks: UInt64, _ octets: [UInt8], captured: UInt32? = nil, options: [UInt8] = [])
    -> [UInt8]
  {
    block(
      6,
      four(interface) + four(UInt32(ticks >> 32)) + four(UInt32(ticks & 0xffff_ffff))
        + four(captured ?? UInt32(octets.count)) + four(UInt32(octets.count)) + octets
        + [UInt8](repeating: 0, count: (4 - octets.count % 4) % 4) + options)
  }
}
