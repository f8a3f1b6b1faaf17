import Wire

/// Decodes and shows one input in every way. The first octet chooses the link type, the second how much of the packet
/// the capture cut off; the rest is the frame.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPacket(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start, count >= 2 else { return 0 }
  // SAFETY: libFuzzer owns the octets for the length of this call.
  let input = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(start), byteCount: count)
  let linkTypes: [LinkType] = [.ethernet, .raw, .ipv4, .ipv6, .linuxSLL, .linuxSLL2, .null, .loop]
  let choice = Int(input.uint8(at: 0))
  let bytes = input.slice(from: 2)
  let info = FrameInfo(
    timestamp: Timestamp(seconds: 0, nanoseconds: 0),
    originalLength: UInt32(clamping: bytes.byteCount + Int(input.uint8(at: 1))),
    linkType: linkTypes[choice % linkTypes.count],
    checksumOffload: ChecksumOffload(rawValue: UInt8(choice >> 6)) ?? .unknown,
    frameCheckSequenceLength: choice & 0x20 != 0 ? 4 : 0)
  let layers = LayerStorage()
  let packet = Packet(Frame(bytes, info), in: layers)
  var text = TextBuffer(capacity: 1024)
  packet.summarize(into: &text)
  packet.writeProtocols(into: &text)
  var visitor = CountingVisitor(text: text)
  for index in 0..<packet.layerCount { packet.visitFields(ofLayerAt: index, &visitor) }
  precondition(visitor.depth == 0, "a group or list was left open")
  return 0
}

/// Reads every value that it is given, so that none is left unread.
struct CountingVisitor: FieldVisitor, ~Copyable {
  var text: TextBuffer
  var depth = 0

  init(text: consuming TextBuffer) { self.text = text }

  mutating func number(_ name: StaticString, _ value: UInt64, _ meaning: StaticString?) {
    text.append(decimal: value)
  }
  mutating func hexadecimal(_ name: StaticString, _ value: UInt64, digits: Int, _ meaning: StaticString?) {
    text.append(hexadecimal: value, digits: digits)
  }
  mutating func flags(_ name: StaticString, _ value: UInt64, digits: Int, _ names: [FlagName]) {
    text.append(hexadecimal: value, digits: digits)
  }
  mutating func boolean(_ name: StaticString, _ value: Bool) { text.append(value ? "true" : "false") }
  mutating func hardwareAddress(_ name: StaticString, _ value: UInt64) { text.append(hardwareAddress: value) }
  mutating func ipv4Address(_ name: StaticString, _ value: UInt32) { text.append(ipv4: value) }
  mutating func ipv6Address(_ name: StaticString, _ value: UInt128) { text.append(ipv6: value) }
  mutating func text(_ name: StaticString, _ value: RawSpan) {
    text.appendEscaped(value, for: .terminal)
    text.appendEscaped(value, for: .json)
  }
  mutating func label(_ name: StaticString, _ value: StaticString) { text.append(value) }
  mutating func octets(_ name: StaticString, _ value: RawSpan) { text.append(hexadecimal: value) }
  mutating func time(_ name: StaticString, _ value: Timestamp) { text.append(decimal: value.seconds) }
  mutating func checksumStatus(_ name: StaticString, _ value: ChecksumStatus) { text.append(value.name) }
  mutating func beginGroup(_ name: StaticString) { depth += 1 }
  mutating func endGroup() { depth -= 1 }
  mutating func beginList(_ name: StaticString) { depth += 1 }
  mutating func endList() { depth -= 1 }
  mutating func beginRecord() { depth += 1 }
  mutating func endRecord() { depth -= 1 }
  mutating func beginValues(_ name: StaticString) { depth += 1 }
}
