import Scrub
import Wire

/// Frames made octet by octet, and what becomes of them.
enum Frames {
  /// A whole packet of raw IP.
  static func scrub(
    _ octets: [UInt8], _ linkType: LinkType = .raw, length: Int? = nil, snap: PacketScrubber.Snap = .none,
    key: AddressKey? = AddressKey(Array("not much of a key".utf8)), sequence: UInt8 = 0, hidesMachine: Bool = false
  ) -> (octets: [UInt8], info: FrameInfo, totals: PacketScrubber.Totals) {
    var scrubber = PacketScrubber(key: key, snap: snap, hidesMachine: hidesMachine)
    var text = TextBuffer(capacity: 4096)
    let layers = LayerStorage()
    let info = FrameInfo(
      timestamp: Timestamp(seconds: 0, nanoseconds: 0), originalLength: UInt32(length ?? octets.count),
      linkType: linkType,
      frameCheckSequenceLength: sequence)
    let result = withBytes(octets) { scrubber.scrub(Frame($0, info), in: layers, into: &text) }
    var written: [UInt8] = []
    for index in 0..<text.count { written.append(text.bytes.uint8(at: index)) }
    return (written, result, scrubber.totals)
  }

  /// What the checksums of each layer that has one are.
  static func sums(_ octets: [UInt8], _ linkType: LinkType = .raw) -> [ChecksumStatus] {
    let layers = LayerStorage()
    let info = FrameInfo(
      timestamp: Timestamp(seconds: 0, nanoseconds: 0), originalLength: UInt32(octets.count), linkType: linkType)
    return withBytes(octets) {
      let packet = Packet(Frame($0, info), in: layers)
      return (0..<packet.layerCount).map { packet.checksumStatus(ofLayerAt: $0) }
    }
  }

  static func big(_ value: some FixedWidthInteger) -> [UInt8] {
    var octets: [UInt8] = []
    for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
      octets.append(UInt8(truncatingIfNeeded: value >> shift))
    }
    return octets
  }

  /// The Internet checksum, RFC 1071, in the plainest way.
  static func sum(_ octets: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for index in stride(from: 0, to: octets.count, by: 2) {
      sum += UInt32(octets[index]) << 8 | (index + 1 < octets.count ? UInt32(octets[index + 1]) : 0)
    }
    while sum >> 16 != 0 { sum = sum & 0xffff + sum >> 16 }
    return ~UInt16(truncatingIfNeeded: sum)
  }

  /// An IPv4 packet with a right checksum; options are whole words.
  static func ipv4(
    _ number: UInt8, _ payload: [UInt8], options: [UInt8] = [], from source: UInt32 = 0xc000_0201,
    to destination: UInt32 = 0xc633_6402, fragment: UInt16 = 0
  ) -> [UInt8] {
    let length = 20 + options.count
    // Version and header length, service, total length, identification, fragment, time to live, protocol, sum.
    var header: [UInt8] = [0x40 | UInt8(length / 4), 0]
    header += big(UInt16(length + payload.count))
    header += [0, 7]
    header += big(fragment)
    header += [64, number, 0, 0]
    header += big(source)
    header += big(destination)
    header += options
    header.replaceSubrange(10..<12, with: big(sum(header)))
    return header + payload
  }

  /// An IPv6 packet, whose first extension headers are part of the payload.
  static func ipv6(
    _ number: UInt8, _ payload: [UInt8], from source: UInt128 = client6, to destination: UInt128 = server6
  ) -> [UInt8] {
    var header: [UInt8] = [0x60, 0, 0, 0]
    header += big(UInt16(payload.count))
    header += [number, 64]
    header += big(source)
    header += big(destination)
    return header + payload
  }

  static let client6: UInt128 = 0x2001_0db8_0000_0001_0000_0000_0000_0001
  static let server6: UInt128 = 0x2001_0db8_0000_0002_0000_0000_0000_0002

  /// A transport's octets with a right checksum over them and the addresses, at an offset.
  static func summed(_ octets: [UInt8], at offset: Int, _ number: UInt8, _ addresses: [UInt8]) -> [UInt8] {
    var all = octets
    let pseudo = addresses + big(UInt32(octets.count)) + [0, 0, 0, number]
    all.replaceSubrange(offset..<(offset + 2), with: big(sum(pseudo + octets)))
    return all
  }

  static let addresses4 = big(0xc000_0201 as UInt32) + big(0xc633_6402 as UInt32)

  /// A TCP segment from port 40000 to 80, without a checksum.
  static func segment(options: [UInt8] = [], _ payload: [UInt8] = []) -> [UInt8] {
    // Ports, numbers, header length, flags, window, checksum, urgent pointer.
    [0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, (UInt8(20 + options.count) / 4) << 4, 0x18, 4, 0, 0, 0, 0, 0] + options
      + payload
  }

  /// A UDP datagram from port 40000 to another, without a checksum.
  static func datagram(_ port: UInt16, _ payload: [UInt8]) -> [UInt8] {
    [0x9c, 0x40] + big(port) + big(UInt16(8 + payload.count)) + [0, 0] + payload
  }
}
