import Foundation
import Output
import Testing
import Wire

/// A SYN from 192.0.2.1:41522 to 198.51.100.2:443 over Ethernet.
let synchronizeFrame: [UInt8] = [
  0x00, 0x00, 0x5e, 0x00, 0x53, 0x02, 0x00, 0x00, 0x5e, 0x00, 0x53, 0x01, 0x08, 0x00,  // to, from, IPv4
  0x45, 0x00, 0x00, 0x2c, 0x1c, 0x46, 0x40, 0x00, 0x40, 0x06,  // header length 20, total 44, id, DF, ttl 64, TCP
  0x32, 0x4f, 0xc0, 0x00, 0x02, 0x01, 0xc6, 0x33, 0x64, 0x02,  // checksum, addresses
  0xa2, 0x32, 0x01, 0xbb, 0x00, 0x00, 0x00, 0x64, 0x00, 0x00, 0x00, 0x00,  // ports, seq 100, ack 0
  0x60, 0x02, 0xfa, 0xf0, 0x0c, 0xad, 0x00, 0x00,  // header length 24, SYN, window 64240
  0x02, 0x04, 0x05, 0xb4,  // mss 1460
]

extension TextBuffer {
  /// What was written, for comparisons.
  var string: String {
    var octets: [UInt8] = []
    for index in 0..<bytes.byteCount { octets.append(bytes.uint8(at: index)) }
    return String(decoding: octets, as: UTF8.self)
  }
}

/// What a buffer holds after the body wrote into it.
func written(_ body: (inout TextBuffer) -> Void) -> String {
  var text = TextBuffer(capacity: 256)
  body(&text)
  return text.string
}

/// Writes frames through one formatter, one microsecond apart, from 2023-11-14 22:13:20 UTC on.
func formatted(
  _ frames: [[UInt8]], _ style: PacketFormatter.Style = .line, hexadecimal: Bool = false, color: Bool = false,
  names: [String] = [], linkType: LinkType = .ethernet, originalLength: Int? = nil,
  direction: (Int) -> Direction = { _ in .unknown }
) -> String {
  setTimeZone("UTC")
  var formatter = PacketFormatter(style: style, hexadecimal: hexadecimal)
  formatter.setInterfaceNames(names)
  var text = TextBuffer(capacity: 256, color: color)
  for (index, octets) in frames.enumerated() {
    withBytes(octets) { bytes in
      var info = FrameInfo(
        timestamp: Timestamp(seconds: 1_700_000_000, nanoseconds: UInt32(index) * 1000),
        originalLength: UInt32(originalLength ?? octets.count), linkType: linkType,
        interface: UInt32(names.isEmpty ? 0 : index % names.count), direction: direction(index))
      info.number = UInt64(index + 1)
      let layers = LayerStorage()
      formatter.write(Packet(Frame(bytes, info), in: layers), into: &text)
    }
  }
  return text.string
}

/// Sets the time zone that localtime_r(3) uses in this process.
func setTimeZone(_ name: String) {
  // SAFETY: the tests that set it run one at a time.
  unsafe setenv("TZ", name, 1)
  tzset()
}

/// A TCP frame between the endpoints of `synchronizeFrame`, back where `reversed`, without options or data.
func segment(_ flags: UInt8, _ sequence: UInt32, _ acknowledgment: UInt32 = 0, reversed: Bool = false) -> [UInt8] {
  var frame = Array(synchronizeFrame[0..<34])
  frame[17] = 40
  var ports: [UInt8] = [0xa2, 0x32, 0x01, 0xbb]
  if reversed {
    frame.replaceSubrange(26..<34, with: Array(frame[30..<34]) + Array(frame[26..<30]))
    ports = [0x01, 0xbb, 0xa2, 0x32]
  }
  frame += ports
  for value in [sequence, acknowledgment] {
    for shift in [24, 16, 8, 0] as [UInt32] { frame.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }
  return frame + [0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0]
}

extension CaptureFileWriter {
  mutating func write(_ frame: borrowing Frame) throws(CaptureFileError) {
    var frame = Frame(frame.bytes, frame.info)
    try write(&frame)
  }
}

extension PcapngFileWriter {
  mutating func write(_ frame: borrowing Frame) throws(CaptureFileError) {
    var frame = Frame(frame.bytes, frame.info)
    try write(&frame)
  }
}
