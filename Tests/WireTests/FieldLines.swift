@testable import Wire

/// Gathers a layer's fields as lines such as `options.mss_val=1460`, for comparisons.
struct FieldLines: FieldVisitor {
  var lines: [String] = []
  private var path: [String] = []

  private mutating func add(_ name: StaticString, _ value: String) {
    lines.append((path + ["\(name)"]).filter { !$0.isEmpty }.joined(separator: ".") + "=" + value)
  }
  private static func written(_ write: (inout TextBuffer) -> Void) -> String {
    var text = TextBuffer()
    write(&text)
    return text.string
  }

  mutating func number(_ name: StaticString, _ value: UInt64, _ meaning: StaticString?) { add(name, "\(value)") }
  mutating func hexadecimal(_ name: StaticString, _ value: UInt64, digits: Int, _ meaning: StaticString?) {
    add(name, "0x" + Self.written { $0.append(hexadecimal: value, digits: digits) })
  }
  mutating func flags(_ name: StaticString, _ value: UInt64, digits: Int, _ names: [FlagName]) {
    hexadecimal(name, value, digits: digits, nil)
  }
  mutating func boolean(_ name: StaticString, _ value: Bool) { add(name, value ? "1" : "0") }
  mutating func hardwareAddress(_ name: StaticString, _ value: UInt64) {
    add(name, Self.written { $0.append(hardwareAddress: value) })
  }
  mutating func ipv4Address(_ name: StaticString, _ value: UInt32) {
    add(name, Self.written { $0.append(ipv4: value) })
  }
  mutating func ipv6Address(_ name: StaticString, _ value: UInt128) {
    add(name, Self.written { $0.append(ipv6: value) })
  }
  mutating func text(_ name: StaticString, _ value: RawSpan) {
    var text = TextBuffer()
    text.appendEscaped(value, for: .terminal)
    add(name, text.string)
  }
  mutating func domainName(_ name: StaticString, _ value: RawSpan) {
    var text = TextBuffer()
    text.appendEscaped(value, for: .terminalKeepingBackslashes)
    add(name, text.string)
  }
  mutating func label(_ name: StaticString, _ value: StaticString) { add(name, "\(value)") }
  mutating func octets(_ name: StaticString, _ value: RawSpan) {
    var text = TextBuffer()
    text.append(hexadecimal: value, separator: UInt8(ascii: ":"))
    add(name, text.string)
  }
  mutating func time(_ name: StaticString, _ value: Timestamp) {
    add(name, "\(value.seconds).\(Self.written { $0.append(decimal: value.nanoseconds, digits: 9) })")
  }
  mutating func checksumStatus(_ name: StaticString, _ value: ChecksumStatus) { add(name, "\(value.number)") }

  mutating func beginGroup(_ name: StaticString) { path.append("\(name)") }
  mutating func endGroup() { path.removeLast() }
  mutating func beginList(_ name: StaticString) { path.append("\(name)") }
  mutating func endList() { path.removeLast() }
  mutating func beginRecord() {}
  mutating func endRecord() {}
  mutating func beginValues(_ name: StaticString) { path.append("\(name)") }
}

/// A packet decoded for a test: its one-line view, its protocols, and the fields of its layers, and of the last one.
struct Shown {
  var summary = ""
  var protocols = ""
  var fields: [String] = []
  var fieldsByLayer: [[String]] = []
  var layerCount = 0
  var stop: DecodeError?

  init(_ octets: [UInt8], linkType: LinkType = .ethernet, originalLength: Int? = nil) {
    withBytes(octets) { bytes in
      let info = FrameInfo(
        timestamp: Timestamp(seconds: 0, nanoseconds: 0), originalLength: UInt32(originalLength ?? octets.count),
        linkType: linkType)
      let layers = LayerStorage()
      let packet = Packet(Frame(bytes, info), in: layers)
      var text = TextBuffer()
      packet.summarize(into: &text)
      summary = text.string
      text.removeAll()
      packet.writeProtocols(into: &text)
      protocols = text.string
      stop = packet.stop
      layerCount = packet.layerCount
      for index in 0..<packet.layerCount {
        var lines = FieldLines()
        packet.visitFields(ofLayerAt: index, &lines)
        fields = lines.lines
        fieldsByLayer.append(lines.lines)
      }
    }
  }
}

/// The octets within an IPv4 datagram of UDP from 192.0.2.1 to 192.0.2.2, as raw IP; UDP's checksum is left out.
func datagram(_ payload: [UInt8], from source: UInt16, to destination: UInt16) -> [UInt8] {
  let length = UInt16(8 + payload.count)
  let header =
    ipv4(17, Int(length)) + source.octets + destination.octets + length.octets + [0, 0]
  return header + payload
}

/// The octets within a TCP segment from 192.0.2.1 to 192.0.2.2, as raw IP; TCP's checksum is wrong.
func segment(_ payload: [UInt8], from source: UInt16, to destination: UInt16) -> [UInt8] {
  ipv4(6, 20 + payload.count) + source.octets + destination.octets
    + [0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xfa, 0xf0, 0, 0, 0, 0] + payload
}

func ipv4(_ number: UInt8, _ length: Int) -> [UInt8] {
  var header = [0x45, 0] + UInt16(20 + length).octets + [0, 1, 0, 0, 64, number, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]
  var sum = stride(from: 0, to: 20, by: 2).reduce(0) { $0 + Int(header[$1]) << 8 + Int(header[$1 + 1]) }
  sum = (sum & 0xffff) + sum >> 16
  header.replaceSubrange(10..<12, with: (~UInt16(truncatingIfNeeded: sum)).octets)
  return header
}

extension UInt16 {
  var octets: [UInt8] { [UInt8(self >> 8), UInt8(truncatingIfNeeded: self)] }
}

/// Decodes a packet cut at every length, and with each octet from one on set to several other values: no input may trap.
func decodeDamaged(_ octets: [UInt8], _ linkType: LinkType = .raw, from first: Int = 20) -> Int {
  var count = 0
  for length in 0..<octets.count {
    _ = Shown(Array(octets.prefix(length)), linkType: linkType, originalLength: octets.count)
    _ = Shown(Array(octets.prefix(length)), linkType: linkType)
    count += 1
  }
  var damaged = octets
  for position in first..<octets.count {
    for value: UInt8 in [0, 1, 0x3f, 0x7f, 0x80, 0xc0, 0xff, octets[position] ^ 1] {
      damaged[position] = value
      _ = Shown(damaged, linkType: linkType)
      count += 1
    }
    damaged[position] = octets[position]
  }
  return count
}
