import Wire

/// What a packet's options say of its owner, before it is looked up.
struct OwnerSigns {
  /// `epb_processid_threadid`: 0 is not known.
  var pid: UInt32 = 0
  var threadID: UInt32 = 0
  /// Which block of the section describes the process, and which the other end's.
  var block: UInt32?
  var peerBlock: UInt32?
  /// Where the comments begin and end in the block; no comments where both are 0.
  var commentStart = 0
  var commentEnd = 0

  /// Whether there are none.
  var isEmpty: Bool { pid == 0 && block == nil && peerBlock == nil && commentEnd == 0 }
}

/// The processes that a capture file tells of, in all the ways in which pcapng files do.
struct SectionProcesses {
  /// The most blocks that one number is described by before the oldest is forgotten.
  private static let blocksOfOne = 64

  private(set) var table = ProcessTable()
  private var comments = ProcessComments()
  private var taps = ProcessTaps()
  /// The section's process blocks in their order.
  private var blocks: [BlockProcess] = []
  /// The section's process blocks by number, in their order.
  private var numbers: [UInt32: [BlockProcess]] = [:]
  /// Whether we wrote the section: options of local use are then ours.
  private var isOurs = false
  /// How many processes the reader of the file has been told of.
  private(set) var announced = 0

  /// Whether there are processes that the reader of the file has not been told of.
  @inline(__always)
  var hasNews: Bool { announced != table.processes.count }

  /// Remembers that the reader of the file is told of all of them now.
  mutating func announce() { announced = table.processes.count }

  /// Begins a section: blocks are counted anew.
  mutating func beginSection(application: String?) {
    blocks.removeAll()
    numbers.removeAll()
    isOurs = application?.hasPrefix("sockeye") ?? false
  }

  /// Takes a block that describes a process; another kind of block is passed over.
  mutating func take(_ block: RawSpan, _ type: UInt32, _ order: ByteOrder) {
    let told =
      type == PcapngBlockType.darwinProcess
      ? CapturedProcess(darwin: block, order) : CapturedProcess(wireshark: block, order)
    guard let process = told else { return skip(type) }
    guard blocks.count < ProcessTable.maximum else { return }
    let known = BlockProcess(place: table.place(of: process), startTime: process.startTime)
    blocks.append(known)
    var same = numbers[process.pid] ?? []
    if same.count >= Self.blocksOfOne { same.removeFirst() }
    same.append(known)
    numbers[process.pid] = same
  }

  /// Counts a block that tells of nothing, or is too long for what it tells: every block of Apple's has a number.
  mutating func skip(_ type: UInt32) {
    guard type == PcapngBlockType.darwinProcess, blocks.count < ProcessTable.maximum else { return }
    blocks.append(BlockProcess(place: FrameOwner.unknown))
  }

  /// The owner of a packet by its options' signs.
  mutating func owner(
    _ signs: OwnerSigns, at time: Timestamp, in block: RawSpan, _ order: ByteOrder
  ) -> FrameOwner {
    var owner = FrameOwner()
    if let index = signs.block { owner.process = place(ofBlock: index) }
    if owner.process == FrameOwner.unknown, signs.pid != 0 { owner.process = place(ofNumber: signs.pid, at: time) }
    if owner.process != FrameOwner.unknown {
      owner.process = table.place(ofThread: signs.threadID, in: owner.process)
    }
    if isOurs, let index = signs.peerBlock { owner.peer = place(ofBlock: index) }
    if !owner.isKnown, signs.commentEnd > 0 {
      let options = block.slice(from: signs.commentStart, length: signs.commentEnd &- signs.commentStart)
      owner = comments.owner(options, order, &table)
    }
    return owner
  }

  /// The owner of a frame by its PKTAP header.
  @inline(__always)
  mutating func owner(ofTap frame: RawSpan) -> FrameOwner { taps.owner(frame, &table) }

  private func place(ofBlock index: UInt32) -> UInt32 {
    index < blocks.count ? blocks[Int(index)].place : FrameOwner.unknown
  }

  /// The process that had a number at a time: that which was started last before it, or first where none was; without
  /// the times of starts, the last that was described.
  private mutating func place(ofNumber pid: UInt32, at time: Timestamp) -> UInt32 {
    guard let same = numbers[pid], let last = same.last else { return table.place(of: CapturedProcess(pid: pid)) }
    guard same.count > 1 else { return last.place }
    let now = UInt64(clamping: time.seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let moment = now.overflow ? UInt64.max : now.partialValue &+ UInt64(time.nanoseconds)
    var best: BlockProcess?
    var first: BlockProcess?
    for candidate in same {
      guard let start = candidate.startTime else { return last.place }
      if start <= moment, start >= best?.startTime ?? 0 { best = candidate }
      if start <= first?.startTime ?? UInt64.max { first = candidate }
    }
    return (best ?? first ?? last).place
  }
}

/// The processes that PKTAP headers name, so that a name is copied once.
struct ProcessTaps {
  /// A process's number and the octets of its name.
  private struct Key: Hashable {
    var number: UInt32
    var first: UInt64
    var second: UInt64
    var third: UInt32
  }
  private var known: [Key: UInt32] = [:]

  mutating func owner(_ frame: RawSpan, _ table: inout ProcessTable) -> FrameOwner {
    guard frame.byteCount >= PKTAPHeader.Field.length else { return FrameOwner() }
    let start = PKTAPHeader.Field.process
    let key = Key(
      number: frame.uint32(at: start), first: frame.uint64(at: start &+ 4), second: frame.uint64(at: start &+ 12),
      third: frame.uint32(at: start &+ 20))
    if let place = known[key] { return FrameOwner(process: place) }
    let place = CapturedProcess(tap: frame).map { table.place(of: $0) } ?? FrameOwner.unknown
    if known.count < ProcessTable.maximum { known[key] = place }
    return FrameOwner(process: place)
  }
}
