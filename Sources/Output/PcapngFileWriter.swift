import Glibc
public import Wire

/// A pcapng file being written: several interfaces and link types, directions, counts, and whose the packets are.
///
/// Blocks are collected and written in large pieces; where a write fails, a file is cut back to the last whole packet
/// that fit. Ignore SIGPIPE, and SIGXFSZ where file sizes are limited. See draft-ietf-opsawg-pcapng.
public struct PcapngFileWriter: ~Copyable {
  /// How much is collected before it is written, in octets.
  static let bufferLength = 262_144

  /// The file's name as given, or `standard output`.
  public let name: String
  /// The file's device and inode. See stat(2).
  public let identity: (device: UInt64, inode: UInt64)
  /// How many packets were given to it.
  public private(set) var packetCount: UInt64 = 0

  private let target: OutputFile
  private var interfaces: [PcapngInterface] = []
  /// Their link types, which are asked for with every packet.
  private var linkTypes: [LinkType] = []
  private var processes: PcapngProcesses
  /// What is collected, and one block's body while it is built.
  private var text: TextBuffer
  private var body: TextBuffer
  /// Where each block ends in what is collected, and whether it is a packet.
  private var blocks: [(end: Int, isPacket: Bool)]
  /// How much of the file is known to be written, and how many packets that is.
  private var flushed: (octets: UInt64, packets: UInt64)
  private var lastTime: UInt64 = 0
  private var hasFailed = false
  /// Further options of the packet with a number.
  private var remark: (number: UInt64, options: [UInt8]) = (0, [])

  /// Creates or empties a file and writes the head of its section; `-` is standard output.
  ///
  /// `input` is the file being read, which is refused before anything happens to it.
  public init(
    path: String, section: PcapngSection, processes format: ProcessFormat = .darwin,
    redaction: ProcessRedaction = .arguments, input: (device: UInt64, inode: UInt64)? = nil
  ) throws(CaptureFileError) {
    let target = try OutputFile(path: path, input: input)
    var body = TextBuffer(capacity: 4096)
    var text = TextBuffer(capacity: Self.bufferLength &+ (1 << 16))
    PcapngBlocks.appendSection(section, to: &body)
    PcapngBlocks.append(PcapngBlockType.sectionHeader, body: body, to: &text)
    // At once: a reader finds a capture file, and a full disk is noticed before any packet.
    if let number = target.write(text.bytes) {
      if target.isRegular { target.cut(to: 0) }
      target.closeDescriptor()
      throw CaptureFileError(
        file: target.name, kind: number == EPIPE ? .closedPipe : .cannotWrite(number),
        packets: target.isRegular ? 0 : nil)
    }
    flushed = (UInt64(text.count), 0)
    text.removeAll()
    body.removeAll()
    blocks = []
    blocks.reserveCapacity(Self.bufferLength / 64)
    name = target.name
    identity = target.identity
    processes = PcapngProcesses(format, redaction)
    self.target = target
    self.text = text
    self.body = body
  }

  deinit { target.closeDescriptor() }

  /// How many interfaces were described.
  public var interfaceCount: Int { interfaces.count }

  /// Describes the next interface; frames refer to interfaces by their place in this order.
  public mutating func add(_ interface: PcapngInterface) throws(CaptureFileError) {
    interfaces.append(interface)
    linkTypes.append(interface.linkType)
    var described = interface
    if processes.wraps(interface.linkType) {
      described.linkType = .pktap
      if described.snapLength > 0 {
        described.snapLength = UInt32(clamping: Int(described.snapLength) &+ PKTAPHeader.Field.length)
      }
    }
    PcapngBlocks.appendInterface(described, to: &body)
    endBlock(PcapngBlockType.interfaceDescription)
    try flushWhereFull()
  }

  /// Takes the next process; frames refer to processes by their place in this order. It is written before the first
  /// packet that is its own.
  public mutating func add(_ process: CapturedProcess) { processes.add(process) }

  /// Takes what is told besides packets: a block is written now, options with the packet that has the number.
  public mutating func add(_ remark: PcapngRemark) throws(CaptureFileError) {
    guard !hasFailed else { throw error(.cannotWrite(EIO)) }
    switch remark {
    case .packet(let number, let options): self.remark = (number, options)
    case .block(let type, let octets):
      withBytes(octets) { body.append($0) }
      endBlock(type)
      try flushWhereFull()
    }
  }

  /// Writes a frame, which may stay in the buffer until `flush`. It is not changed: one that is lent would be copied.
  public mutating func write(_ frame: inout Frame) throws(CaptureFileError) {
    guard !hasFailed else { throw error(.cannotWrite(EIO)) }
    guard let time = PcapngBlocks.ticks(frame.info.timestamp) else {
      throw error(.timestamp(frame.info.timestamp.seconds))
    }
    let place = Int(frame.info.interface)
    // A source that has not described the interface still has a link type.
    while interfaces.count <= place, place < 65_536 {
      try add(PcapngInterface(linkType: frame.info.linkType, snapLength: 0))
    }
    guard place < interfaces.count else { throw error(.linkType(frame.info.linkType.rawValue)) }
    guard frame.info.linkType == linkTypes[place] else {
      throw error(.otherLinkType(frame.info.linkType.rawValue, file: linkTypes[place].rawValue))
    }
    describe(frame.info.owner)
    appendPacket(&frame, time)
    packetCount &+= 1
    lastTime = Swift.max(lastTime, time)
    blocks.append((text.count, true))
    try flushWhereFull()
  }

  /// Writes the counts of an interface, which are of use at the end. A time of 0 is that of the last packet.
  public mutating func write(
    _ statistics: PcapngStatistics, ofInterface interface: Int
  ) throws(CaptureFileError) {
    guard !hasFailed else { throw error(.cannotWrite(EIO)) }
    guard interface >= 0, interface < interfaces.count, !statistics.isEmpty else { return }
    var counts = statistics
    if counts.time == 0 { counts.time = lastTime }
    PcapngBlocks.appendStatistics(UInt32(truncatingIfNeeded: interface), counts, to: &body)
    endBlock(PcapngBlockType.interfaceStatistics)
    try flushWhereFull()
  }

  /// Writes out what is collected, so that a reader of the file sees it now.
  public mutating func flush() throws(CaptureFileError) {
    guard !hasFailed else { throw error(.cannotWrite(EIO)) }
    guard text.count > 0 else { return }
    if let number = target.write(text.bytes) { throw failure(number) }
    flushed.octets &+= UInt64(text.count)
    flushed.packets &+= pendingPackets
    forget()
  }

  /// Writes out what is collected and closes the file; errors that the system kept until then are noticed too.
  public consuming func close() throws(CaptureFileError) {
    try flush()
    if let number = target.closingError() { throw error(.cannotWrite(number)) }
  }

  // MARK: Blocks

  /// Writes an Enhanced Packet Block with the packet in it.
  @inline(__always)
  private mutating func appendPacket(_ frame: inout Frame, _ time: UInt64) {
    let wrapped = processes.wraps(frame.info.linkType)
    let front = wrapped ? PKTAPHeader.Field.length : 0
    var kept = frame.bytes.byteCount
    // Readers refuse what is longer than this.
    if wrapped { kept = Swift.min(kept, CaptureFileWriter.usualSnapLength &- front) }
    let flags = PcapngBlocks.flags(frame.info)
    let own = processes.options(of: frame.info.owner.process)
    let peer = processes.options(ofPeer: frame.info.owner.peer)
    let hasRemark = !remark.options.isEmpty && remark.number == frame.info.number
    let optionsLength =
      (flags != 0 ? 8 : 0) &+ Int(own.length) &+ Int(peer.length) &+ (hasRemark ? remark.options.count : 0)
    let captured = front &+ kept
    let length = UInt32(
      truncatingIfNeeded: PcapngBlocks.overhead &+ PcapngBlocks.packetFields &+ PcapngBlocks.padded(captured)
        &+ optionsLength &+ (optionsLength > 0 ? 4 : 0))
    // Two fields at a time: each piece that is written costs as much as a long one.
    text.append(little: PcapngBlockType.enhancedPacket, length)
    text.append(little: frame.info.interface, UInt32(truncatingIfNeeded: time >> 32))
    text.append(little: UInt32(truncatingIfNeeded: time), UInt32(truncatingIfNeeded: captured))
    text.append(little: UInt32(clamping: Int(frame.info.originalLength) &+ front))
    if wrapped { processes.appendWrapper(frame, interfaces[Int(frame.info.interface)].name, to: &text) }
    text.append(frame.bytes.slice(from: 0, length: kept))
    text.append(packed: 0, count: PcapngBlocks.padded(captured) &- captured)
    guard optionsLength > 0 else { return text.append(little: length) }
    processes.append(own, to: &text)
    processes.append(peer, to: &text)
    if flags != 0 { text.append(option: PcapngOption.Packet.flags, number: flags) }
    if hasRemark {
      withBytes(remark.options) { text.append($0) }
      remark.options = []
    }
    // The end of the options.
    text.append(little: 0, length)
  }

  /// Writes the blocks of processes that the file has not told of yet.
  @inline(__always)
  private mutating func describe(_ owner: FrameOwner) {
    if processes.mustDescribe(owner.process) { describe(owner.process) }
    if processes.mustDescribe(owner.peer) { describe(owner.peer) }
  }

  @inline(never)
  private mutating func describe(_ process: UInt32) {
    if let type = processes.appendBody(of: process, to: &body) { endBlock(type) }
  }

  /// Writes the block whose body was built.
  private mutating func endBlock(_ type: UInt32) {
    PcapngBlocks.append(type, body: body, to: &text)
    body.removeAll()
    blocks.append((text.count, false))
  }

  // MARK: Writing

  @inline(__always)
  private mutating func flushWhereFull() throws(CaptureFileError) {
    if text.count >= Self.bufferLength { try flush() }
  }

  private mutating func forget() {
    text.removeAll()
    blocks.removeAll(keepingCapacity: true)
  }

  private var pendingPackets: UInt64 {
    var count: UInt64 = 0
    for block in blocks where block.isPacket { count &+= 1 }
    return count
  }

  private func error(_ kind: CaptureFileError.Kind) -> CaptureFileError {
    CaptureFileError(file: name, kind: kind, packets: flushed.packets &+ pendingPackets)
  }

  /// Cuts the file back to the last whole packet and forgets what did not fit.
  private mutating func failure(_ number: Int32) -> CaptureFileError {
    hasFailed = true
    defer { forget() }
    guard target.isRegular, let size = target.size() else {
      return CaptureFileError(file: name, kind: number == EPIPE ? .closedPipe : .cannotWrite(number))
    }
    var end: UInt64 = 0
    for block in blocks {
      guard flushed.octets &+ UInt64(block.end) <= size else { break }
      end = UInt64(block.end)
      if block.isPacket { flushed.packets &+= 1 }
    }
    target.cut(to: flushed.octets &+ end)
    return CaptureFileError(file: name, kind: .cannotWrite(number), packets: flushed.packets)
  }
}
