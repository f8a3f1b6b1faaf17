public import Wire

/// What kind of capture file is written.
public enum CaptureFileFormat: String, Sendable, CaseIterable {
  /// Classic pcap: packets of one link type, and no more.
  case pcap
  /// pcapng: several interfaces and link types, directions, counts and processes.
  case pcapng

  /// The format that a file's name asks for.
  public init(path: String) {
    self = path.lowercased().hasSuffix(".pcapng") ? .pcapng : .pcap
  }
}

/// A capture file being written: by libpcap, or as pcapng by ourselves.
public struct CaptureWriter: ~Copyable {
  private var pcap: CaptureFileWriter?
  private var pcapng: PcapngFileWriter?

  /// Writes classic pcap.
  public init(_ writer: consuming CaptureFileWriter) {
    pcap = consume writer
    pcapng = nil
  }

  /// Writes pcapng.
  public init(_ writer: consuming PcapngFileWriter) {
    pcap = nil
    pcapng = consume writer
  }

  /// Tells of the source's interfaces: all of them, of which the first may be described already. Classic pcap has no
  /// place for it.
  public mutating func describe(_ interfaces: [PcapngInterface]) throws(CaptureFileError) {
    while let count = pcapng?.interfaceCount, count < interfaces.count {
      try pcapng?.add(interfaces[count])
    }
  }

  /// Takes the next process of the source's table. Classic pcap has no place for it.
  public mutating func add(_ process: CapturedProcess) { pcapng?.add(process) }

  /// Takes what is told besides packets: a block is written now, options with the packet that has the number. Classic pcap has
  /// no place for it.
  public mutating func add(_ remark: PcapngRemark) throws(CaptureFileError) { try pcapng?.add(remark) }

  /// Writes a frame, which may stay in the buffer until `flush`. It is not changed: one that is lent would be copied.
  @inline(__always)
  public mutating func write(_ frame: inout Frame) throws(CaptureFileError) {
    if pcap != nil { try pcap?.write(&frame) } else { try pcapng?.write(&frame) }
  }

  /// Writes the counts of all interfaces, in their order. Classic pcap has no place for them.
  public mutating func write(_ statistics: [PcapngStatistics]) throws(CaptureFileError) {
    for (index, counts) in statistics.enumerated() { try pcapng?.write(counts, ofInterface: index) }
  }

  /// Writes blocks of the socket and process tables, by their bodies. Classic pcap has no place for them.
  public mutating func write(tables blocks: [[UInt8]]) throws(CaptureFileError) {
    for block in blocks { try add(.block(PcapngBlockType.tables, body: block)) }
  }

  /// Writes out what is collected, so that a reader of the file sees it now.
  public mutating func flush() throws(CaptureFileError) {
    try pcap?.flush()
    try pcapng?.flush()
  }

  /// Writes out what is collected and closes the file; errors that the system kept until then are noticed too.
  public consuming func close() throws(CaptureFileError) {
    if let writer = pcap.take() { try writer.close() }
    if let writer = pcapng.take() { try writer.close() }
  }
}
