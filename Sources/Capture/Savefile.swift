public import Wire

/// A capture file being read from front to back: pcap or pcapng, over a file, a pipe or standard input.
///
/// Memory stays flat whatever the file's size. The octets of a frame are lent for the time of a closure.
public struct Savefile: ~Copyable {
  /// What kind of capture file it is.
  public enum Format: Sendable {
    /// Classic pcap.
    case pcap
    /// pcapng.
    case pcapng
  }

  /// The file's name as given, or `standard input`.
  public let name: String
  /// What kind of capture file it is.
  public let format: Format
  /// The file's device and inode, to see that nothing is written onto it. See stat(2).
  public let identity: (device: UInt64, inode: UInt64)
  /// How long a regular file is, in octets; nil for a pipe or device, which may be silent for long.
  public let regularLength: UInt64?
  /// How many packets have been handed out.
  public private(set) var packetCount: UInt64 = 0

  private var pieces: PieceReader
  private var records: SavefileRecords

  /// Opens a file, or standard input where the path is `-`, and reads up to its first packet.
  ///
  /// With `keepsTables`, what the file keeps of the machine's sockets and processes is there to be asked for; with
  /// `keepsRemarks`, comments and other things for another file are handed out.
  public init(path: String, keepsTables: Bool = false, keepsRemarks: Bool = false) throws(SavefileError) {
    let opened = try OpenedSavefile(path: path)
    try self.init(opened, keepsTables: keepsTables, keepsRemarks: keepsRemarks)
  }

  /// Reads from a descriptor, at its present position, that stays the caller's to close.
  public init(descriptor: Int32, name: String, keepsRemarks: Bool = false) throws(SavefileError) {
    let opened = try OpenedSavefile(descriptor: descriptor, name: name, closing: false)
    try self.init(opened, keepsRemarks: keepsRemarks)
  }

  private init(_ opened: OpenedSavefile, keepsTables: Bool = false, keepsRemarks: Bool = false) throws(SavefileError) {
    var pieces = PieceReader(descriptor: opened.descriptor, closing: opened.closesDescriptor)
    let found = try SavefileStart.format(&pieces, opened.name)
    let records = try SavefileRecords(found, &pieces, opened.name, keepsTables: keepsTables, keepsRemarks: keepsRemarks)
    name = opened.name
    identity = (opened.device, opened.inode)
    regularLength = opened.regularLength
    format = found
    self.pieces = pieces
    self.records = records
  }

  /// From here on reads a regular file ahead in a thread of its own: for who does little with each packet, and in one thread.
  public mutating func readAhead() {
    if let regularLength, regularLength >= Self.worthReadingAhead { pieces.readAhead() }
  }

  /// A file shorter than that is read before a thread has started.
  private static let worthReadingAhead: UInt64 = 8 << 20

  /// The interfaces described so far: one in pcap, in pcapng those of all sections in the order of the file.
  ///
  /// `FrameInfo.interface` is an index into it. It grows while a pcapng file is read.
  public var interfaces: [InterfaceDescription] {
    if let pcap = records.pcap { return [pcap.interface] }
    return records.pcapng.interfaces
  }

  /// The processes told of so far, in the order of the file; `FrameInfo.owner` has places in it.
  public var processes: [CapturedProcess] { records.processes }

  /// The bodies of the blocks with tables of sockets and processes that were read so far, as sockeye-pcapng(5) has them;
  /// none where nobody asked for them.
  public var tables: [[UInt8]] { records.pcapng.tables }

  /// Whether blocks with tables of sockets and processes were read so far, asked for or not.
  public var hasTables: Bool { records.pcapng.hasTables }

  /// What the file says of the machine and the program that made it: in pcapng, its first section's header.
  public var section: SectionDescription { records.pcapng.section }

  /// The descriptor that is read from, to wait on.
  public var descriptor: Int32 { pieces.descriptor }

  /// Hands out each frame in the order of the file, until its end or until `body` answers false; a further call goes
  /// on after that frame.
  ///
  /// `beforeRead` is asked before each read, which may wait where the file is a pipe, and again when a signal has
  /// interrupted one: the time to flush what was printed. Where it answers false, reading ends as if by `body`.
  /// `onNewInterfaces` is given all interfaces when a further one was described, before its first packet;
  /// `onNewProcesses` is given the further processes before the first packet of theirs; `onRemark` what is kept for another
  /// file, before the packet that it is of.
  /// `atPieceEnd` is called before the memory that the last frames lie in is used for others, before `onNewInterfaces`,
  /// and at the end: what it is given exchanges that memory for another piece. Where it answers false, reading ends.
  /// All whole packets are handed out before an error is thrown.
  public mutating func forEachFrame(
    beforeRead: () -> Bool = { true }, onNewInterfaces: ([InterfaceDescription]) -> Void = { _ in },
    onNewProcesses: (ArraySlice<CapturedProcess>) -> Void = { _ in }, onRemark: (PcapngRemark) -> Void = { _ in },
    atPieceEnd: (PieceExchange) -> Bool = { _ in true }, _ body: (inout Frame) -> Bool
  ) throws(SavefileError) {
    try records.read(
      &pieces, &packetCount, name, beforeRead: beforeRead, onNewInterfaces: onNewInterfaces,
      onNewProcesses: onNewProcesses, onRemark: onRemark, atPieceEnd: atPieceEnd, body)
  }

  /// Exchanges the memory that frames were read into for another piece.
  public typealias PieceExchange = (inout SavefilePiece) -> Void
}

/// The reader of the one format or of the other, over the pieces that are read in.
private struct SavefileRecords {
  /// The reader of classic pcap; nil where the file is pcapng.
  private(set) var pcap: PcapReader?
  /// The reader of pcapng.
  var pcapng = PcapngReader()
  /// How many processes were handed over.
  private var processCount = 0

  /// The processes told of so far.
  var processes: [CapturedProcess] { pcap?.processes.table.processes ?? pcapng.processes.table.processes }

  /// Reads the file's header, and in pcapng all that comes before the first packet.
  init(
    _ format: Savefile.Format, _ pieces: inout PieceReader, _ name: String, keepsTables: Bool, keepsRemarks: Bool
  ) throws(SavefileError) {
    pcapng.keepsTables = keepsTables
    pcapng.keepsRemarks = keepsRemarks
    switch format {
    case .pcap:
      pcap = try SavefileStart.pcapHeader(&pieces, name)
    case .pcapng:
      pcap = nil
      var count: UInt64 = 0
      try read(
        &pieces, &count, name, stopsBeforePackets: true, beforeRead: { true }, onNewInterfaces: { _ in },
        onNewProcesses: { _ in }, onRemark: { _ in }, atPieceEnd: { _ in true }, { _ in true })
    }
  }

  /// Reads on until the end of the file, or until a closure says to stop.
  mutating func read(
    _ pieces: inout PieceReader, _ count: inout UInt64, _ name: String, stopsBeforePackets: Bool = false,
    beforeRead: () -> Bool, onNewInterfaces: ([InterfaceDescription]) -> Void,
    onNewProcesses: (ArraySlice<CapturedProcess>) -> Void, onRemark: (PcapngRemark) -> Void,
    atPieceEnd: (Savefile.PieceExchange) -> Bool,
    _ body: (inout Frame) -> Bool
  ) throws(SavefileError) {
    while true {
      let progress: ReadProgress
      do {
        progress = try readFrames(
          in: pieces.unread, number: &count, stopsBeforePackets: stopsBeforePackets, body)
      } catch {
        let place = pieces.offset &+ UInt64(error.offset)
        guard atPieceEnd({ pieces.exchange(&$0) }) else { return }
        throw SavefileError(file: name, kind: .malformed(error.flaw), offset: place, packet: count &+ 1)
      }
      pieces.consume(progress.consumed)
      let goesOn = progress.hasNewProcess || progress.hasRemarks
      if !goesOn, !atPieceEnd({ pieces.exchange(&$0) }) || progress.stopped { return }
      if progress.hasNewInterface {
        onNewInterfaces(pcapng.interfaces)
        continue
      }
      if progress.hasNewProcess {
        onNewProcesses(processes[processCount...])
        processCount = processes.count
        continue
      }
      if progress.hasRemarks {
        for remark in pcapng.takeRemarks() { onRemark(remark) }
        continue
      }
      guard beforeRead() else { return }
      switch pieces.fill(needed: progress.needed) {
      case .more, .interrupted: continue
      case .failed(let number):
        throw SavefileError(file: name, kind: .cannotRead(number), offset: pieces.endOffset, packet: count &+ 1)
      case .end:
        if pieces.unreadCount == 0, !pieces.isSkipping, pcapng.isBetweenBlocks { return }
        throw SavefileError(file: name, kind: .truncated, offset: pieces.endOffset, packet: count &+ 1)
      }
    }
  }

  /// Hands out the packets of the whole records in `bytes`.
  private mutating func readFrames(
    in bytes: RawSpan, number: inout UInt64, stopsBeforePackets: Bool, _ body: (inout Frame) -> Bool
  ) throws(RecordError) -> ReadProgress {
    if let progress = try pcap?.readFrames(in: bytes, number: &number, body) { return progress }
    return try pcapng.readFrames(in: bytes, number: &number, stopsBeforePackets: stopsBeforePackets, body)
  }
}
