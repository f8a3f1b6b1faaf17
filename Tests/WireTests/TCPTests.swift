import Testing

@testable import Wire

/// A SYN from 192.0.2.1:41522 to 198.51.100.2:443 over Ethernet.
let synchronizeFrame: [UInt8] = [
  0x00, 0x00, 0x5e, 0x00, 0x53, 0x02, 0x00, 0x00, 0x5e, 0x00, 0x53, 0x01, 0x08, 0x00,  // to, from, IPv4
  0x45, 0x00, 0x00, 0x2c, 0x1c, 0x46, 0x40, 0x00, 0x40, 0x06,  // header length 20, total 44, id, DF, ttl 64, TCP
  0x32, 0x4f, 0xc0, 0x00, 0x02, 0x01, 0xc6, 0x33, 0x64, 0x02,  // checksum, addresses
  0xa2, 0x32, 0x01, 0xbb, 0x00, 0x00, 0x00, 0x64, 0x00, 0x00, 0x00, 0x00,  // ports, seq 100, ack 0
  0x60, 0x02, 0xfa, 0xf0, 0x0c, 0xad, 0x00, 0x00,  // header length 24, SYN, window 64240
  0x02, 0x04, 0x05, 0xb4,  // mss 1460
]

func summary(_ octets: [UInt8], linkType: LinkType = .ethernet, originalLength: Int? = nil) -> String {
  withBytes(octets) { bytes in
    let info = FrameInfo(
      timestamp: Timestamp(seconds: 0, nanoseconds: 0), originalLength: UInt32(originalLength ?? octets.count),
      linkType: linkType)
    var text = TextBuffer()
    let layers = LayerStorage()
    Packet(Frame(bytes, info), in: layers).summarize(into: &text)
    return text.string
  }
}

extension TextBuffer {
  /// What was written, for comparisons.
  var string: String {
    var octets: [UInt8] = []
    for index in 0..<bytes.byteCount { octets.append(bytes.uint8(at: index)) }
    return String(decoding: octets, as: UTF8.self)
  }
}

@Suite struct TCPTests {
  @Test func synchronizeSegment() {
    #expect(
      summary(synchronizeFrame)
        == "192.0.2.1:41522 > 198.51.100.2:443 TCP [S] seq 100 win 64240 len 0 <mss 1460>")
  }

  @Test func everyTruncationDecodes() {
    for count in 0..<synchronizeFrame.count {
      #expect(!summary(Array(synchronizeFrame.prefix(count)), originalLength: synchronizeFrame.count).isEmpty)
    }
  }
}
