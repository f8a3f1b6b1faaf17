import Wire

/// The processes that a pcapng file tells of, in one of the forms of `ProcessFormat`.
///
/// All that can be is made when a process is added, so that nothing is allocated for a packet.
struct PcapngProcesses {
  /// A process as frames refer to it: several threads may be of one that the file describes once.
  private struct Entry: BitwiseCopyable {
    /// Its place in `described`; negative where nothing is told of it.
    var identity: Int
    var pid: UInt32
    var threadID: UInt32
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
  /// The processes that have a block, or are to have one.
  private var described: [CapturedProcess] = []
  /// Their numbers among the blocks in the file; `FrameOwner.unknown` before they are written.
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
      entries.append(Entry(identity: -1, pid: 0, threadID: 0))
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
    entries.append(Entry(identity: identity, pid: kept.pid, threadID: threadID))
    guard format == .comment else { return }
    kept.threadID = threadID
    comments.append(
      Comments(ofOwner: ProcessComment.options(of: kept), ofPeer: ProcessComment.options(ofPeer: kept)))
  }

  // MARK: Blocks

  /// Whether a process needs a block before a packet of its own.
  @inline(__always)
  func mustDescribe(_ place: UInt32) -> Bool {
    guard format == .darwin || format == .wireshark, let entry = entry(place) else { return false }
    return blocks[entry.identity] == FrameOwner.unknown
  }

  /// Writes the body of a process's block and answers the block's type; nil where it has none.
  mutating func appendBody(of place: UInt32, to body: inout TextBuffer) -> UInt32? {
    guard let entry = entry(place) else { return nil }
    blocks[entry.identity] = blockCount
    blockCount &+= 1
    let process = described[entry.identity]
    if format == .wireshark {
      ProcessBlock.appendWireshark(process, to: &body)
      return PcapngBlockType.custom
    }
    ProcessBlock.appendDarwin(process, to: &body)
    return PcapngBlockType.darwinProcess
  }

  // MARK: Packets

  /// How many octets the options of a packet's owner take.
  @inline(__always)
  func optionsLength(_ owner: FrameOwner) -> Int {
    guard owner.isKnown else { return 0 }
    var length = 0
    switch format {
    case .none, .pktap: break
    case .comment:
      if entry(owner.process) != nil { length &+= comments[Int(owner.process)].ofOwner.count }
      if entry(owner.peer) != nil { length &+= comments[Int(owner.peer)].ofPeer.count }
    case .darwin, .wireshark:
      if entry(owner.process) != nil { length &+= format == .darwin ? 20 : 12 }
      if entry(owner.peer) != nil { length &+= 8 }
    }
    return length
  }

  /// Writes the options of a packet's owner.
  @inline(__always)
  func appendOptions(_ owner: FrameOwner, to text: inout TextBuffer) {
    guard owner.isKnown else { return }
    switch format {
    case .none, .pktap: break
    case .comment:
      if entry(owner.process) != nil { withBytes(comments[Int(owner.process)].ofOwner) { text.append($0) } }
      if entry(owner.peer) != nil { withBytes(comments[Int(owner.peer)].ofPeer) { text.append($0) } }
    case .darwin, .wireshark:
      if let entry = entry(owner.process) {
        text.append(little: 8 << 16 | UInt32(PcapngOption.Packet.process), entry.pid)
        if format == .darwin {
          text.append(little: entry.threadID, 4 << 16 | UInt32(PcapngOption.Packet.darwinProcess))
          text.append(little: blocks[entry.identity])
        } else {
          text.append(little: entry.threadID)
        }
      }
      if let entry = entry(owner.peer) {
        text.append(option: PcapngOption.Packet.peerProcess, number: blocks[entry.identity])
      }
    }
  }

  // MARK: PKTAP

  /// Whether packets of a link type get a PKTAP header.
  @inline(__always)
  func wraps(_ linkType: LinkType) -> Bool { format == .pktap && linkType != .pktap }

  /// Writes the PKTAP header of a packet.
  func appendWrapper(_ frame: borrowing Frame, _ interface: String?, to text: inout TextBuffer) {
    if let entry = entry(frame.info.owner.process) {
      PKTAPWriter.append(frame, interface, entry.pid, described[entry.identity].name, to: &text)
    } else {
      PKTAPWriter.append(frame, interface, nil, [], to: &text)
    }
  }

  @inline(__always)
  private func entry(_ place: UInt32) -> Entry? {
    guard place < entries.count, entries[Int(place)].identity >= 0 else { return nil }
    return entries[Int(place)]
  }
}
