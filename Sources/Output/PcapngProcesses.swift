import Wire

/// The processes that a pcapng file tells of, in one of the forms of `ProcessFormat`.
///
/// All that can be is made when a process is added, so that nothing is allocated for a packet.
struct PcapngProcesses {
  /// A process as frames refer to it: several threads may be of one that the file describes once.
  private struct Entry {
    /// Its place in `described`; negative where nothing is told of it.
    var identity: Int
    var pid: UInt32
    var threadID: UInt32
    /// Comments for its packets, each a whole option: when it is the owner, and when it is the other end.
    var comments: [UInt8] = []
    var peerComments: [UInt8] = []
  }

  /// A process that has a block, or is to have one.
  private struct Described {
    let process: CapturedProcess
    /// Its number among the blocks in the file; `FrameOwner.unknown` before it is written.
    var block = FrameOwner.unknown
  }

  private let format: ProcessFormat
  private let redaction: ProcessRedaction
  private var entries: [Entry] = []
  private var described: [Described] = []
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
      return
    }
    let threadID = kept.threadID
    kept.threadID = 0
    kept.others = []
    kept.ancestors = []
    let identity = identities[kept] ?? described.count
    if identity == described.count {
      identities[kept] = identity
      described.append(Described(process: kept))
    }
    var entry = Entry(identity: identity, pid: kept.pid, threadID: threadID)
    if format == .comment {
      kept.threadID = threadID
      entry.comments = ProcessComment.options(of: kept)
      entry.peerComments = ProcessComment.options(ofPeer: kept)
    }
    entries.append(entry)
  }

  // MARK: Blocks

  /// Whether a process needs a block before a packet of its own.
  @inline(__always)
  func mustDescribe(_ place: UInt32) -> Bool {
    guard format == .darwin || format == .wireshark, let entry = entry(place) else { return false }
    return described[entry.identity].block == FrameOwner.unknown
  }

  /// Writes the body of a process's block and answers the block's type; nil where it has none.
  mutating func appendBody(of place: UInt32, to body: inout TextBuffer) -> UInt32? {
    guard let entry = entry(place) else { return nil }
    described[entry.identity].block = blockCount
    blockCount &+= 1
    let process = described[entry.identity].process
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
      if let entry = entry(owner.process) { length &+= entry.comments.count }
      if let entry = entry(owner.peer) { length &+= entry.peerComments.count }
    case .darwin, .wireshark:
      if entry(owner.process) != nil { length &+= format == .darwin ? 20 : 12 }
      if entry(owner.peer) != nil { length &+= 8 }
    }
    return length
  }

  /// Writes the options of a packet's owner.
  func appendOptions(_ owner: FrameOwner, to text: inout TextBuffer) {
    guard owner.isKnown else { return }
    switch format {
    case .none, .pktap: break
    case .comment:
      if let entry = entry(owner.process) { withBytes(entry.comments) { text.append($0) } }
      if let entry = entry(owner.peer) { withBytes(entry.peerComments) { text.append($0) } }
    case .darwin, .wireshark:
      if let entry = entry(owner.process) {
        text.append(
          option: PcapngOption.Packet.process, number: UInt64(entry.threadID) << 32 | UInt64(entry.pid))
        if format == .darwin {
          text.append(option: PcapngOption.Packet.darwinProcess, number: described[entry.identity].block)
        }
      }
      if let entry = entry(owner.peer) {
        text.append(option: PcapngOption.Packet.peerProcess, number: described[entry.identity].block)
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
      PKTAPWriter.append(frame, interface, entry.pid, described[entry.identity].process.name, to: &text)
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
