import CLibpcap
import Glibc
public import Wire

/// A classic pcap file being written by libpcap, with nanosecond timestamps. See pcap_dump(3PCAP).
///
/// `pcap_dump` reports nothing, so this watches the stream under it: every failed write is noticed, and a file is then
/// cut back to the last whole packet that fit. Ignore SIGPIPE, and SIGXFSZ where file sizes are limited.
@safe
public struct CaptureFileWriter: ~Copyable {
  /// How much is collected before it is written, in octets.
  static let bufferLength = 262_144
  /// The octets of a file's header, and of the header of each packet. See pcap-savefile(5).
  static let fileHeaderLength: UInt64 = 24, recordHeaderLength = 16
  /// The snap length that every reader of pcap accepts.
  static let usualSnapLength = 262_144

  /// The file's name as given, or `standard output`.
  public let name: String
  /// The file's device and inode. See stat(2).
  public let identity: (device: UInt64, inode: UInt64)
  /// The link type of all packets in the file.
  public let linkType: LinkType
  /// How many packets were given to it.
  public private(set) var packetCount: UInt64 = 0

  private let handle: OpaquePointer
  private let dumper: OpaquePointer
  private let stream: UnsafeMutablePointer<FILE>
  private let buffer: UnsafeMutableRawPointer
  private let target: OutputFile
  private let snapLength: Int
  /// How much of the file is known to be written, and how many packets that is.
  private var flushed: (octets: UInt64, packets: UInt64) = (Self.fileHeaderLength, 0)
  /// The lengths of the records collected since.
  private var pending: [UInt32]
  private var pendingOctets = 0
  private var hasFailed = false

  /// Creates or empties a file and writes its header; `-` is standard output.
  ///
  /// `input` is the file being read, which is refused before anything happens to it. Packets longer than `snapLength`
  /// (at least 262144) are refused too.
  public init(
    path: String, linkType: LinkType, snapLength: Int = 262_144, input: (device: UInt64, inode: UInt64)? = nil
  ) throws(CaptureFileError) {
    let length = Swift.min(Swift.max(snapLength, Self.usualSnapLength), Int(Int32.max))
    // SAFETY: each pointer is checked for nil, and given back on every way out; the stream's buffer is freed after it.
    guard
      let handle = unsafe pcap_open_dead_with_tstamp_precision(
        Self.dataLinkType(linkType), Int32(length), UInt32(PCAP_TSTAMP_PRECISION_NANO))
    else { throw CaptureFileError(file: path, kind: .cannotOpen(ENOMEM)) }
    let target: OutputFile
    let stream: UnsafeMutablePointer<FILE>
    do {
      target = try OutputFile(path: path, input: input)
      unsafe stream = try target.stream()
    } catch {
      unsafe pcap_close(handle)
      throw error
    }
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: Self.bufferLength, alignment: 4096)
    unsafe setvbuf(stream, buffer.assumingMemoryBound(to: CChar.self), Int32(_IOFBF), Self.bufferLength)
    let opened = unsafe pcap_dump_fopen(handle, stream)
    // The header is written at once: a reader finds a capture file, and a full disk is noticed before any packet.
    guard let dumper = unsafe opened, unsafe pcap_dump_flush(dumper) == 0 else {
      let number = errno
      let words = unsafe String(cString: pcap_geterr(handle))
      if unsafe opened != nil {
        if target.isRegular { target.cut(to: 0) }
        target.detach()
      }
      let kind: CaptureFileError.Kind
      if unsafe opened != nil {
        kind = number == EPIPE ? .closedPipe : .cannotWrite(number)
      } else {
        kind = words.contains("link-layer type") ? .linkType(linkType.rawValue) : .libpcap(words)
      }
      unsafe fclose(stream)
      unsafe buffer.deallocate()
      unsafe pcap_close(handle)
      throw CaptureFileError(file: target.name, kind: kind, packets: target.isRegular ? 0 : nil)
    }
    pending = []
    pending.reserveCapacity(Self.bufferLength / Self.recordHeaderLength)
    name = target.name
    identity = target.identity
    self.linkType = linkType
    self.snapLength = length
    self.target = target
    unsafe self.handle = handle
    unsafe self.dumper = dumper
    unsafe self.stream = stream
    unsafe self.buffer = buffer
  }

  deinit {
    // SAFETY: the pointers came from libpcap and allocate, nobody else holds them, and nothing uses them after this;
    // closing the dumper closes the stream, which must come before its buffer goes.
    unsafe pcap_dump_close(dumper)
    unsafe pcap_close(handle)
    unsafe buffer.deallocate()
  }

  /// Writes a frame, which may stay in the buffer until `flush`. It is not changed: one that is lent would be copied.
  public mutating func write(_ frame: inout Frame) throws(CaptureFileError) {
    guard !hasFailed else { throw error(.cannotWrite(EIO)) }
    let captured = frame.bytes.byteCount
    guard frame.info.linkType == linkType else {
      throw error(.otherLinkType(frame.info.linkType.rawValue, file: linkType.rawValue))
    }
    guard UInt32(exactly: frame.info.timestamp.seconds) != nil else {
      throw error(.timestamp(frame.info.timestamp.seconds))
    }
    guard captured <= snapLength else { throw error(.length(captured, maximum: snapLength)) }
    let length = Self.recordHeaderLength &+ captured
    if pendingOctets &+ length > Self.bufferLength { try flush() }
    var header = pcap_pkthdr()
    header.ts.tv_sec = Int(frame.info.timestamp.seconds)
    header.ts.tv_usec = Int(frame.info.timestamp.nanoseconds)
    header.caplen = UInt32(truncatingIfNeeded: captured)
    header.len = frame.info.originalLength
    let user = unsafe UnsafeMutableRawPointer(dumper).assumingMemoryBound(to: UInt8.self)
    // SAFETY: libpcap reads the header and `caplen` octets of the span, and keeps neither.
    unsafe frame.bytes.withUnsafeBytes { octets in
      unsafe pcap_dump(user, &header, octets.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    pending.append(UInt32(truncatingIfNeeded: length))
    pendingOctets &+= length
    packetCount &+= 1
    // SAFETY: the stream is open for as long as self lives.
    if unsafe ferror(stream) != 0 { throw failure(errno) }
  }

  /// Writes out what is collected, so that a reader of the file sees it now.
  public mutating func flush() throws(CaptureFileError) {
    guard !hasFailed else { throw error(.cannotWrite(EIO)) }
    guard pendingOctets > 0 else { return }
    // SAFETY: the dumper is open for as long as self lives.
    guard unsafe pcap_dump_flush(dumper) == 0, unsafe ferror(stream) == 0 else { throw failure(errno) }
    flushed.octets &+= UInt64(pendingOctets)
    flushed.packets &+= UInt64(pending.count)
    pending.removeAll(keepingCapacity: true)
    pendingOctets = 0
  }

  /// Writes out what is collected and closes the file; errors that the system kept until then are noticed too.
  public consuming func close() throws(CaptureFileError) {
    try flush()
    if let number = target.closingError() { throw error(.cannotWrite(number)) }
  }

  private func error(_ kind: CaptureFileError.Kind) -> CaptureFileError {
    CaptureFileError(file: name, kind: kind, packets: flushed.packets &+ UInt64(pending.count))
  }

  /// Cuts the file back to the last whole packet and forgets what did not fit.
  private mutating func failure(_ number: Int32) -> CaptureFileError {
    hasFailed = true
    defer {
      pending.removeAll()
      target.detach()
    }
    guard target.isRegular, let size = target.size() else {
      return CaptureFileError(file: name, kind: number == EPIPE ? .closedPipe : .cannotWrite(number))
    }
    for length in pending {
      guard flushed.octets &+ UInt64(length) <= size else { break }
      flushed.octets &+= UInt64(length)
      flushed.packets &+= 1
    }
    target.cut(to: flushed.octets)
    return CaptureFileError(file: name, kind: .cannotWrite(number), packets: flushed.packets)
  }

  /// libpcap opens by DLT_ values, which differ from LINKTYPE_ values for a few old types. See pcap-linktype(7).
  private static func dataLinkType(_ linkType: LinkType) -> Int32 {
    switch linkType.rawValue {
    case 100: DLT_ATM_RFC1483
    case 101: DLT_RAW
    case 102: DLT_SLIP_BSDOS
    case 103: DLT_PPP_BSDOS
    case 106: DLT_ATM_CLIP
    default: Int32(linkType.rawValue)
    }
  }
}
