import Wire

/// The processes that a pcapng file tells of, in one of the forms of `ProcessFormat`.
///
/// All that can be is made when a process is added, so that nothing is allocated for a packet.
struct PcapngProcesses {
  /// A process as frames refer to it: several threads may be of one that the file describes once.
  private struct Entry: BitwiseCopyable {
    /// Its place in `described`; negative where nothing is told of it.
    var identity: Int32 = -1
    /// The number of its block in the file; `FrameOwner.unknown` before that is written.
    var block = FrameOwner.unknown
    /// Its thread in the high half, and its process.
    var numbers: UInt64 = 0

    var isTold: Bool { identity >= 0 }
  }

  /// Comments for a process's packets, each a whole option.
  private struct Comments {
    var ofOwner: [UInt8] = []
    var ofPeer: [UInt8] = []
  }

  private let format: ProcessFormat
  private let redaction: ProcessRedaction
  private var entries: [Entry] = []
  /// Beside the entries, where processes are told in comments.
  private var comments: [Comments] = []
  /// The processes that have a block, or are to have one, and their numbers among the blocks in the file.
  private var described: [CapturedProcess] = []
  private var blocks: [UInt32] = []
  private var identities: [CapturedProcess: Int] = [:]
  private var blockCount: UInt32 = 0

  init(_ format: ProcessFormat, _ redaction: ProcessRedaction) {
    self.format = format
    self.redaction = redaction
  }

  /// Takes the next process.
  mutating func add(_ process: CapturedProcess) {
    // Who it is among several is not known, and a file says only what is.
    guard format != .none, !process.isOneOfSeveral, var kept = redaction.redacted(process) else {
      entries.append(Entry())
      if format == .comment { comments.append(Comments()) }
      return
    }
    let threadID = kept.threadID
    kept.threadID = 0
    kept.others = []
    kept.ancestors = []
    let identity = identities[kept] ?? described.count
    if identity == described.count {
      identities[kept] = identity
      described.append(kept)
      blocks.append(FrameOwner.unknown)
    }
    entries.append(
      Entry(
        identity: Int32(clamping: identity), block: blocks[identity], numbers: UInt64(threadID) << 32 | UInt64(kept.pid)
      ))
    guard format == .comment else { return }
    kept.threadID = threadID
    comments.append(
      Comments(ofOwner: ProcessComment.options(of: kept), ofPeer: ProcessComment.options(ofPeer: kept)))
  }

  // MARK: Blocks

  /// Whether a process needs a block before a packet of its own.
  @inline(__always)
  func mustDescribe(_ place: UInt32) -> Bool {
    guard hasBlocks, place < entries.count else { return false }
    return entries[Int(place)].block == FrameOwner.unknown && entries[Int(place)].isTold
  }

  /// Writes the body of a process's block and answers the block's type; nil where it has one already.
  mutating func appendBody(of place: UInt32, to body: inout TextBuffer) -> UInt32? {
    guard let entry = entry(place) else { return nil }
    let identity = Int(entry.identity)
    guard blocks[identity] == FrameOwner.unknown else {
      entries[Int(place)].block = blocks[identity]
      return nil
    }
    entries[Int(place)].block = blockCount
    blocks[identity] = blockCount
    blockCount &+= 1
    if format == .wireshark {
      ProcessBlock.appendWireshark(described[identity], to: &body)
      return PcapngBlockType.custom
    }
    ProcessBlock.appendDarwin(described[identity], to: &body)
    return PcapngBlockType.darwinProcess
  }

  // MARK: Packets

  /// How many octets the options of a packet's owner take.
  @inline(__always)
  func optionsLength(_ owner: FrameOwner) -> Int {
    guard owner.isKnown else { return 0 }
    guard hasBlocks else { return format == .comment ? commentsLength(owner) : 0 }
    var length = 0
    if isTold(owner.process) { length &+= format == .darwin ? 20 : 12 }
    if isTold(owner.peer) { length &+= 8 }
    return length
  }

  /// Writes the options of a packet's owner.
  @inline(__always)
  func appendOptions(_ owner: FrameOwner, to text: inout TextBuffer) {
    guard owner.isKnown else { return }
    guard hasBlocks else { return appendComments(owner, to: &text) }
    if let entry = entry(owner.process) {
      // The option's head, the process, its thread.
      text.append(packed: UInt64(Self.processHead) | entry.numbers << 32, count: 8)
      text.append(packed: entry.numbers >> 32, count: 4)
      if format == .darwin { text.append(packed: UInt64(Self.blockHead) | UInt64(entry.block) << 32, count: 8) }
    }
    if let entry = entry(owner.peer) {
      text.append(packed: UInt64(Self.peerHead) | UInt64(entry.block) << 32, count: 8)
    }
  }

  /// The heads of options: the code, and above it the length.
  private static var processHead: UInt32 { UInt32(PcapngOption.Packet.process) | 8 << 16 }
  private static var blockHead: UInt32 { UInt32(PcapngOption.Packet.darwinProcess) | 4 << 16 }
  private static var peerHead: UInt32 { UInt32(PcapngOption.Packet.peerProcess) | 4 << 16 }

  @inline(never)
  private func commentsLength(_ owner: FrameOwner) -> Int {
    var length = 0
    if isTold(owner.process) { length &+= comments[Int(owner.process)].ofOwner.count }
    if isTold(owner.peer) { length &+= comments[Int(owner.peer)].ofPeer.count }
    return length
  }

  @inline(never)
  private func appendComments(_ owner: FrameOwner, to text: inout TextBuffer) {
    guard format == .comment else { return }
    if isTold(owner.process) { withBytes(comments[Int(owner.process)].ofOwner) { text.append($0) } }
    if isTold(owner.peer) { withBytes(comments[Int(owner.peer)].ofPeer) { text.append($0) } }
  }

  // MARK: PKTAP

  /// Whether packets of a link type get a PKTAP header.
  @inline(__always)
  func wraps(_ linkType: LinkType) -> Bool { format == .pktap && linkType != .pktap }

  /// Writes the PKTAP header of a packet.
  func appendWrapper(_ frame: borrowing Frame, _ interface: String?, to text: inout TextBuffer) {
    if let entry = entry(frame.info.owner.process) {
      PKTAPWriter.append(
        frame, interface, UInt32(truncatingIfNeeded: entry.numbers), described[Int(entry.identity)].name, to: &text)
    } else {
      PKTAPWriter.append(frame, interface, nil, [], to: &text)
    }
  }

  /// Whether the file has a block for each process.
  @inline(__always)
  private var hasBlocks: Bool { format == .darwin || format == .wireshark }

  /// Whether anything is told of a process.
  @inline(__always)
  private func isTold(_ place: UInt32) -> Bool { place < entries.count && entries[Int(place)].isTold }

  @inline(__always)
  private func entry(_ place: UInt32) -> Entry? { isTold(place) ? entries[Int(place)] : nil }
}
