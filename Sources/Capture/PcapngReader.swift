import Wire

/// The blocks of a pcapng file. See draft-ietf-opsawg-pcapng.
struct PcapngReader {
  /// Block types, in either byte order read by the section's own.
  typealias BlockType = PcapngBlockType

  /// Offsets in blocks: what is common to all, then each kind's.
  enum Field {
    static let type = 0, length = 4, body = 8
    static let trailer = 4, minimum = 12
    /// Section Header Block.
    static let magic = 8, major = 12, minor = 14, sectionMinimum = 28
    /// Enhanced Packet Block; the obsolete Packet Block differs in the interface only.
    static let interface = 8, ticksHigh = 12, ticksLow = 16, capturedLength = 20, originalLength = 24, data = 28
    /// Simple Packet Block.
    static let simpleOriginalLength = 8, simpleData = 12
  }

  /// The most interfaces over all sections; more is an attack or a mistake.
  static let maximumInterfaces = 65_536
  private static let packetMaximum = UInt32(PieceReader.maximumLength)

  /// The first section's header.
  private(set) var section = SectionDescription()
  private var hasSection = false
  /// All interfaces, over all sections, in the order of the file.
  private(set) var interfaces: [InterfaceDescription] = []
  /// The most octets kept of tables over a whole file.
  private static let maximumTables = 1 << 28
  /// Whether blocks with tables of sockets and processes are kept.
  var keepsTables = false
  /// The bodies of those blocks, in the order of the file.
  private(set) var tables: [[UInt8]] = []
  /// Whether there were any, kept or not.
  private(set) var hasTables = false
  private var tablesLength = 0
  /// Whether what nobody here has a use for is kept for another file.
  var keepsRemarks = false
  /// What was kept and not been taken yet.
  private var remarks: [PcapngRemark] = []
  /// The last packet whose options were kept, by its number.
  private var remarked: UInt64 = 0
  /// All processes, over all sections.
  private(set) var processes = SectionProcesses()
  private var packetInterfaces: [PacketInterface] = []
  /// The index of the present section's first interface.
  private var sectionStart = 0
  private var order = ByteOrder.little
  /// The length that must stand at the end of a block that was skipped unread.
  private var skippedLength: UInt32?

  /// Whether the octets consumed so far end where a block ends.
  var isBetweenBlocks: Bool { skippedLength == nil }

  /// Hands out the packets of the whole blocks in `bytes`, numbered on from `number`.
  ///
  /// With `stopsBeforePackets` it stops before the first packet instead, when the first interfaces are known.
  mutating func readFrames(
    in bytes: RawSpan, number: inout UInt64, stopsBeforePackets: Bool = false, _ body: (inout Frame) -> Bool
  ) throws(RecordError) -> ReadProgress {
    var offset = 0
    if let expected = skippedLength {
      guard bytes.byteCount >= Field.trailer else { return ReadProgress(needed: Field.trailer) }
      try checkTrailer(bytes.uint32(at: 0, order), expected, offset)
      skippedLength = nil
      offset = Field.trailer
    }
    if !remarks.isEmpty, !stopsBeforePackets { return ReadProgress(consumed: offset, hasRemarks: true) }
    while bytes.byteCount &- offset >= Field.minimum {
      let type = bytes.uint32(at: offset &+ Field.type, order)
      if type == BlockType.sectionHeader { try takeByteOrder(bytes.uint32(at: offset &+ Field.magic), offset) }
      let length = bytes.uint32(at: offset &+ Field.length, order)
      guard length >= minimumLength(type), length & 3 == 0 else {
        throw RecordError(flaw: .blockLength(length), offset: offset)
      }
      guard bytes.byteCount &- offset >= Int(length) else {
        if isSkippable(type, length), length > UInt32(PieceReader.pieceLength) {
          processes.skip(type)
          if type == BlockType.tables { hasTables = true }
          skippedLength = length
          return ReadProgress(consumed: offset &+ Int(length) &- Field.trailer, needed: Field.trailer)
        }
        guard length <= Self.packetMaximum else { throw RecordError(flaw: .blockLength(length), offset: offset) }
        return ReadProgress(consumed: offset, needed: Int(length))
      }
      try checkTrailer(bytes.uint32(at: offset &+ Int(length) &- Field.trailer, order), length, offset)
      let block = bytes.slice(from: offset, length: Int(length) &- Field.trailer)
      switch type {
      case BlockType.enhancedPacket, BlockType.simplePacket, BlockType.packet:
        if stopsBeforePackets { return ReadProgress(consumed: offset, stopped: true) }
        var frame: Frame
        do { frame = try packet(block, type, number: number &+ 1) } catch {
          throw RecordError(flaw: error, offset: offset)
        }
        if processes.hasNews {
          processes.announce()
          return ReadProgress(consumed: offset, hasNewProcess: true)
        }
        if !remarks.isEmpty { return ReadProgress(consumed: offset, hasRemarks: true) }
        number &+= 1
        offset &+= Int(length)
        if !body(&frame) { return ReadProgress(consumed: offset, stopped: true) }
        continue
      default:
        do { try takeDescription(block, type) } catch { throw RecordError(flaw: error, offset: offset) }
      }
      offset &+= Int(length)
      if type == BlockType.interfaceDescription, !stopsBeforePackets {
        return ReadProgress(consumed: offset, hasNewInterface: true)
      }
      if !remarks.isEmpty, !stopsBeforePackets { return ReadProgress(consumed: offset, hasRemarks: true) }
    }
    return ReadProgress(consumed: offset, needed: Field.minimum)
  }

  // MARK: Packets

  @inline(__always)
  @_lifetime(copy block)
  private mutating func packet(_ block: RawSpan, _ type: UInt32, number: UInt64) throws(SavefileFlaw) -> Frame {
    guard type != BlockType.simplePacket else { return try simplePacket(block, number: number) }
    let index =
      type == BlockType.enhancedPacket
      ? block.uint32(at: Field.interface, order) : UInt32(block.uint16(at: Field.interface, order))
    let place = sectionStart &+ Int(index)
    guard place < packetInterfaces.count else { throw noSuchInterface(index) }
    let interface = packetInterfaces[place]
    let ticks =
      UInt64(block.uint32(at: Field.ticksHigh, order)) << 32 | UInt64(block.uint32(at: Field.ticksLow, order))
    let captured = block.uint32(at: Field.capturedLength, order)
    let room = block.byteCount &- Field.data
    guard Int(captured) <= room else { throw .beyondBlock(captured, available: UInt32(clamping: room)) }
    var info = FrameInfo(
      timestamp: interface.timestamp(ticks), originalLength: block.uint32(at: Field.originalLength, order),
      linkType: interface.linkType, interface: UInt32(truncatingIfNeeded: place),
      frameCheckSequenceLength: interface.frameCheckSequenceLength)
    info.number = number
    let options = Field.data &+ ((Int(captured) &+ 3) & ~3)
    if options < block.byteCount { takeOptions(block, from: options, &info) }
    let frame = block.slice(from: Field.data, length: Int(captured))
    if info.linkType == .pktap, !info.owner.isKnown { info.owner = processes.owner(ofTap: frame) }
    return Frame(frame, info)
  }

  @_lifetime(copy block)
  private func simplePacket(_ block: RawSpan, number: UInt64) throws(SavefileFlaw) -> Frame {
    guard sectionStart < packetInterfaces.count else { throw noSuchInterface(0) }
    let interface = packetInterfaces[sectionStart]
    let original = block.uint32(at: Field.simpleOriginalLength, order)
    let room = block.byteCount &- Field.simpleData
    let captured = interface.snapLength == 0 ? original : Swift.min(original, interface.snapLength)
    guard Int(captured) <= room else { throw .beyondBlock(captured, available: UInt32(clamping: room)) }
    // The block has no time of its own.
    var info = FrameInfo(
      timestamp: Timestamp(seconds: 0, nanoseconds: 0), originalLength: original, linkType: interface.linkType,
      interface: UInt32(truncatingIfNeeded: sectionStart),
      frameCheckSequenceLength: interface.frameCheckSequenceLength)
    info.number = number
    return Frame(block.slice(from: Field.simpleData, length: Int(captured)), info)
  }

  /// Takes what a packet's options tell; those that run beyond their block end it, for the frame is sound without them.
  private mutating func takeOptions(_ block: RawSpan, from start: Int, _ info: inout FrameInfo) {
    var options = PcapngOptions(start, order)
    var signs = OwnerSigns()
    var hasFlags = false
    while case .option(let code, let offset, let length) = options.next(in: block) {
      switch (code, length) {
      case (PcapngOption.Packet.flags, 4) where !hasFlags:
        takeFlags(block.uint32(at: offset, order), &info)
        hasFlags = true
      case (PcapngOption.Packet.process, 8):
        signs.pid = block.uint32(at: offset, order)
        signs.threadID = block.uint32(at: offset &+ 4, order)
      case (PcapngOption.Packet.darwinProcess, 4): signs.block = block.uint32(at: offset, order)
      case (PcapngOption.Packet.peerProcess, 4): signs.peerBlock = block.uint32(at: offset, order)
      case (PcapngOption.comment, _):
        if signs.commentEnd == 0 { signs.commentStart = offset &- 4 }
        signs.commentEnd = offset &+ length
      default: break
      }
    }
    if keepsRemarks { keepOptions(of: block, from: start, number: info.number) }
    if !signs.isEmpty { info.owner = processes.owner(signs, at: info.timestamp, in: block, order) }
  }

  /// Keeps a packet's further options, once: it may be read again after what had to be told before it.
  @inline(never)
  private mutating func keepOptions(of block: RawSpan, from start: Int, number: UInt64) {
    guard number != remarked else { return }
    remarked = number
    let options = PcapngRemarks.options(ofPacket: block, from: start, order)
    if !options.isEmpty { remarks.append(.packet(number, options: options)) }
  }

  /// Takes what was kept.
  mutating func takeRemarks() -> [PcapngRemark] {
    defer { remarks.removeAll() }
    return remarks
  }

  /// Takes what `epb_flags` says.
  @inline(__always)
  private func takeFlags(_ flags: UInt32, _ info: inout FrameInfo) {
    switch flags & 3 {
    case 1: info.direction = .inbound
    case 2: info.direction = .outbound
    default: break
    }
    let sequenceLength = UInt8(truncatingIfNeeded: flags >> 5 & 15)
    if sequenceLength > 0 { info.frameCheckSequenceLength = sequenceLength }
    if flags & 1 << 9 != 0 {
      info.checksumOffload = .notReady
    } else if flags & 1 << 10 != 0 {
      info.checksumOffload = .valid
    }
  }

  private func noSuchInterface(_ index: UInt32) -> SavefileFlaw {
    .noSuchInterface(index, described: UInt32(clamping: packetInterfaces.count &- sectionStart))
  }

  // MARK: Sections and interfaces

  private mutating func takeDescription(_ block: RawSpan, _ type: UInt32) throws(SavefileFlaw) {
    switch type {
    case BlockType.sectionHeader:
      let major = block.uint16(at: Field.major, order)
      guard major == 1 else { throw .version(major: major, minor: block.uint16(at: Field.minor, order)) }
      sectionStart = interfaces.count
      let description = SectionDescription(block, order)
      if !hasSection { section = description }
      hasSection = true
      processes.beginSection(application: description.application)
    case BlockType.interfaceDescription:
      guard interfaces.count < Self.maximumInterfaces else { throw .tooManyInterfaces(Self.maximumInterfaces) }
      var description = try InterfaceDescription(block, order)
      if !keepsRemarks { description.remarks = [] }
      interfaces.append(description)
      packetInterfaces.append(PacketInterface(description))
    case BlockType.interfaceStatistics:
      let place = sectionStart &+ Int(block.uint32(at: Field.interface, order))
      guard place < interfaces.count else { return }
      interfaces[place].takeStatistics(block, order)
    case BlockType.tables:
      hasTables = true
      guard keepsTables, tablesLength < Self.maximumTables else { return }
      tables.append(block.slice(from: Field.body).allOctets)
      tablesLength &+= block.byteCount
    case BlockType.darwinProcess, BlockType.custom: processes.take(block, type, order)
    case _ where keepsRemarks && PcapngRemarks.isKept(type):
      remarks.append(.block(type, body: PcapngRemarks.body(of: block, type, order)))
    default:
      break  // Custom blocks and all that is to come.
    }
  }

  private mutating func takeByteOrder(_ magic: UInt32, _ offset: Int) throws(RecordError) {
    switch magic {
    case 0x1a2b_3c4d: order = .big
    case 0x4d3c_2b1a: order = .little
    default: throw RecordError(flaw: .byteOrder(magic), offset: offset)
    }
  }

  // MARK: Lengths

  /// The least total length of a block of a kind: its fixed part, and both lengths.
  @inline(__always)
  private func minimumLength(_ type: UInt32) -> UInt32 {
    switch type {
    case BlockType.enhancedPacket, BlockType.packet: 32
    case BlockType.sectionHeader: 28
    case BlockType.interfaceDescription: 20
    case BlockType.interfaceStatistics: 24
    case BlockType.simplePacket: 16
    default: 12
    }
  }

  /// Whether nothing in a block of this kind is wanted.
  private func isSkippable(_ type: UInt32, _ length: UInt32) -> Bool {
    minimumLength(type) == 12 && !(keepsTables && type == BlockType.tables)
      && !(keepsRemarks && PcapngRemarks.isKept(type) && length <= Self.packetMaximum)
  }

  @inline(__always)
  private func checkTrailer(_ length: UInt32, _ expected: UInt32, _ offset: Int) throws(RecordError) {
    guard length == expected else {
      throw RecordError(flaw: .trailingLength(length, expected: expected), offset: offset)
    }
  }
}
