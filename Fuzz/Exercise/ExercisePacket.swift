import Flows
import Output
import Scrub
public import Wire

/// What fuzzing, and the tests that replay what it found, do with an input.
///
/// Nothing is expected of the outcome but that it comes: no trap, no read beyond a header's end, no group left open.
public struct Exercise: ~Copyable {
  /// How many packets were decoded and shown.
  public private(set) var packets = 0

  private var line = PacketFormatter(style: .line, hexadecimal: true)
  private var tree = PacketFormatter(style: .tree)
  private var json = PacketFormatter(style: .json, hexadecimal: true)
  private var text = TextBuffer(capacity: 1 << 14, color: true)
  // Few flows, so that they are put out all the time.
  private var flows = FlowTable(Self.flowOptions)
  private let owners = FlowOwners()
  private var assembler = StreamAssembler(limit: 4096)
  private var stream = StreamWriter(form: .text, color: true)

  // Few keys, so that the addresses of many packets are remembered.
  private var scrubber = PacketScrubber(key: AddressKey([1]))
  private var headers = PacketScrubber(key: AddressKey([2]), snap: .headers, hidesMachine: true)
  private var scrubbed = TextBuffer(capacity: 1 << 14)

  private static var flowOptions: FlowTable.Options {
    var options = FlowTable.Options()
    options.maximumFlows = 16
    options.keepsEnded = true
    options.timeouts.udp = 1_000_000_000
    return options
  }

  /// The link types that are decoded, as the first octet of a packet's input chooses them.
  public static let linkTypes: [LinkType] = [
    .ethernet, .raw, .ipv4, .ipv6, .linuxSLL, .linuxSLL2, .null, .loop, .pktap, .ppp, .pppHDLC, .pppoe, .ciscoHDLC,
  ]

  /// An exercise that has not begun.
  public init() {}

  /// One packet: the first octet chooses the link type and what is known of the checksum, the second how much of it
  /// the capture cut off; the rest is the frame.
  public mutating func packet(_ input: RawSpan) {
    guard input.byteCount >= 2 else { return }
    let choice = Int(input.uint8(at: 0))
    let bytes = input.slice(from: 2)
    let info = FrameInfo(
      timestamp: Timestamp(seconds: 0, nanoseconds: 0),
      originalLength: UInt32(clamping: bytes.byteCount + Int(input.uint8(at: 1))),
      linkType: Self.linkTypes[choice % Self.linkTypes.count],
      checksumOffload: ChecksumOffload(rawValue: UInt8(choice >> 6)) ?? .unknown,
      frameCheckSequenceLength: choice & 0x20 != 0 ? 4 : 0)
    show(Frame(bytes, info))
  }

  /// A process that a file tells of, in every form of output.
  mutating func add(_ process: CapturedProcess) {
    line.add(process)
    tree.add(process)
    json.add(process)
  }

  /// A frame in every form of output.
  public mutating func show(_ frame: borrowing Frame) {
    let layers = LayerStorage()
    let packet = Packet(frame, in: layers)
    var ends = FrameEnds(frame)
    if ends.kind == .echoReply { ends.turnToRequest() }
    text.removeAll()
    line.write(packet, into: &text)
    tree.write(packet, into: &text)
    json.write(packet, into: &text)
    follow(packet)
    visit(packet)
    scrub(frame, layers)
  }

  /// A frame made fit to share is no longer than it was, and is decoded again.
  private mutating func scrub(_ frame: borrowing Frame, _ layers: borrowing LayerStorage) {
    _ = headers.scrub(frame, in: layers, into: &scrubbed)
    let length = scrubbed.count
    let info = scrubber.scrub(frame, in: layers, into: &scrubbed)
    precondition(length <= scrubbed.count && scrubbed.count <= frame.bytes.byteCount, "a frame became longer")
    precondition(Self.layerCount(scrubbed, info, layers) <= Packet.maximumLayers, "a frame has too many layers")
  }

  private static func layerCount(
    _ octets: borrowing TextBuffer, _ info: FrameInfo, _ layers: borrowing LayerStorage
  ) -> Int {
    let packet = Packet(Frame(octets.bytes, info), in: layers)
    return packet.layerCount
  }

  /// A frame in its flow, and in a conversation.
  private mutating func follow(_ packet: borrowing Packet) {
    let update = flows.update(packet)
    for flow in flows.takeEnded() {
      FlowJSONWriter().write(flow, owners, into: &text)
      FlowCSVWriter().write(flow, owners, into: &text)
      var writer = FlowTableWriter(isVerbose: true)
      writer.write(flow, owners, into: &text)
    }
    if let flow = packet.flowPacket() {
      assembler.take(packet, flow, isForward: update.isForward, into: &stream)
      stream.text.removeAll()
    }
  }

  /// A frame's summary and fields only: quicker.
  public mutating func decode(_ frame: borrowing Frame) {
    let layers = LayerStorage()
    let packet = Packet(frame, in: layers)
    text.removeAll()
    packet.summarize(into: &text)
    packet.writeProtocols(into: &text)
    follow(packet)
    visit(packet)
    scrub(frame, layers)
  }

  private mutating func visit(_ packet: borrowing Packet) {
    packets += 1
    var visitor = CountingVisitor(text: TextBuffer(capacity: 1024))
    for index in 0..<packet.layerCount { packet.visitFields(ofLayerAt: index, &visitor) }
    precondition(visitor.depth == 0, "a group or list was left open")
  }
}
