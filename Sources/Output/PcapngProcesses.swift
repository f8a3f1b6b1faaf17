import Wire

/// The processes that a pcapng file tells of, in one of the forms of `ProcessFormat`.
///
/// All that can be is made when a process is added, so that nothing is allocated for a packet.
struct PcapngProcesses: ~Copyable {
  /// A process as frames refer to it: several threads may be of one that the file describes once.
  private struct Entry: BitwiseCopyable {
    /// Its place in `described`; negative where nothing is told of it.
    var identity: Int32
    var pid: UInt32
    var threadID: UInt32
    /// Whether a block is to be written before a packet of its own.
    var needsBlock = false
    /// What a packet of its own is told with, and one that comes to it or goes to it.
    var own = Options()
    var peer = Options()
  }

  /// Whole options in the text of all.
  struct Options: BitwiseCopyable {
    fileprivate var start: UInt32 = 0
    /// How many octets they are.
    fileprivate(set) var length: UInt32 = 0
  }

  private let format: ProcessFormat
  private let redaction: ProcessRedaction
  private var entries: [Entry] = []
  /// The options of all entries.
  private var text = TextBuffer(capacity: 4096)
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
      return entries.append(Entry(identity: -1, pid: 0, threadID: 0))
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
    var entry = Entry(identity: Int32(clamping: identity), pid: kept.pid, threadID: threadID)
    switch format {
    case .none, .pktap: break
    case .comment:
      kept.threadID = threadID
      entry.own = keep { text in withBytes(ProcessComment.options(of: kept)) { text.append($0) } }
      entry.peer = keep { text in withBytes(ProcessComment.options(ofPeer: kept)) { text.append($0) } }
    case .darwin, .wireshark: entry.needsBlock = true
    }
    entries.append(entry)
  }

  /// Keeps options that are written into the text of all.
  private mutating func keep(_ write: (inout TextBuffer) -> Void) -> Options {
    let start = text.count
    write(&text)
    return Options(start: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: text.count &- start))
  }

  // MARK: Blocks

  /// Whether a process needs a block before a packet of its own.
  @inline(__always)
  func mustDescribe(_ place: UInt32) -> Bool { place < entries.count && entries[Int(place)].needsBlock }

  /// Writes the body of a process's block, where the file has none yet, and answers the block's type.
  mutating func appendBody(of place: UInt32, to body: inout TextBuffer) -> UInt32? {
    guard mustDescribe(place) else { return nil }
    let identity = Int(entries[Int(place)].identity)
    var type: UInt32?
    if blocks[identity] == FrameOwner.unknown {
      blocks[identity] = blockCount
      blockCount &+= 1
      if format == .wireshark {
        ProcessBlock.appendWireshark(described[identity], to: &body)
        type = PcapngBlockType.custom
      } else {
        ProcessBlock.appendDarwin(described[identity], to: &body)
        type = PcapngBlockType.darwinProcess
      }
    }
    let (entry, block, format) = (entries[Int(place)], blocks[identity], format)
    entries[Int(place)].needsBlock = false
    entries[Int(place)].own = keep { text in
      text.append(little: 8 << 16 | UInt32(PcapngOption.Packet.process), entry.pid)
      text.append(little: entry.threadID)
      if format == .darwin { text.append(option: PcapngOption.Packet.darwinProcess, number: block) }
    }
    entries[Int(place)].peer = keep { $0.append(option: PcapngOption.Packet.peerProcess, number: block) }
    return type
  }

  // MARK: Packets

  /// The options of packets of a process's own; none where it is not known.
  @inline(__always)
  func options(of place: UInt32) -> Options { place < entries.count ? entries[Int(place)].own : Options() }

  /// The options of packets whose other end is a process's.
  @inline(__always)
  func options(ofPeer place: UInt32) -> Options { place < entries.count ? entries[Int(place)].peer : Options() }

  /// Writes options.
  @inline(__always)
  func append(_ options: Options, to target: inout TextBuffer) {
    let start = Int(options.start)
    target.append(from: start, to: start &+ Int(options.length), of: text)
  }

  // MARK: PKTAP

  /// Whether packets of a link type get a PKTAP header.
  @inline(__always)
  func wraps(_ linkType: LinkType) -> Bool { format == .pktap && linkType != .pktap }

  /// Writes the PKTAP header of a packet.
  func appendWrapper(_ frame: borrowing Frame, _ interface: String?, to text: inout TextBuffer) {
    let place = frame.info.owner.process
    if place < entries.count, entries[Int(place)].identity >= 0 {
      let entry = entries[Int(place)]
      PKTAPWriter.append(frame, interface, entry.pid, described[Int(entry.identity)].name, to: &text)
    } else {
      PKTAPWriter.append(frame, interface, nil, [], to: &text)
    }
  }
}
