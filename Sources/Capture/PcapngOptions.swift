import Wire

/// A walk over the options of a pcapng block: code, length and value, padded to four octets.
struct PcapngOptions {
  /// What stands at a place of the walk.
  enum Item {
    /// An option: where its value lies in the block, and its length without padding.
    case option(code: UInt16, offset: Int, length: Int)
    /// The options end here.
    case end
    /// An option's length goes beyond the block.
    case beyondBlock(code: UInt16)
  }

  private var offset: Int
  private let order: ByteOrder

  /// A walk that starts at an offset of a block.
  init(_ offset: Int, _ order: ByteOrder) {
    self.offset = offset
    self.order = order
  }

  /// The next option of a block that is given without its trailing length.
  mutating func next(in block: RawSpan) -> Item {
    guard block.byteCount &- offset >= 4 else { return .end }
    let code = block.uint16(at: offset, order)
    let length = Int(block.uint16(at: offset &+ 2, order))
    guard code != 0 else { return .end }
    let value = offset &+ 4
    guard block.byteCount &- value >= length else { return .beyondBlock(code: code) }
    offset = value &+ ((length &+ 3) & ~3)
    return .option(code: code, offset: value, length: length)
  }
}

extension InterfaceDescription {
  /// Reads an Interface Description Block, given without its trailing length.
  init(_ block: RawSpan, _ order: ByteOrder) throws(SavefileFlaw) {
    self.init(linkType: LinkType(rawValue: block.uint16(at: 8, order)), snapLength: block.uint32(at: 12, order))
    var options = PcapngOptions(16, order)
    while true {
      switch options.next(in: block) {
      case .end:
        remarks = PcapngRemarks.options(ofInterface: block, from: 16, order)
        return
      case .beyondBlock(let code): throw .option(code)
      case .option(let code, let offset, let length): take(code, block.slice(from: offset, length: length), order)
      }
    }
  }

  private mutating func take(_ code: UInt16, _ value: RawSpan, _ order: ByteOrder) {
    switch (code, value.byteCount) {
    case (PcapngOption.Interface.name, _): name = value.text
    case (PcapngOption.Interface.filter, 2...) where value.uint8(at: 0) == 0: filter = value.slice(from: 1).text
    case (PcapngOption.Interface.operatingSystem, _): operatingSystem = value.text
    case (PcapngOption.Interface.resolution, 1): resolution = TimestampResolution(rawValue: value.uint8(at: 0))
    case (PcapngOption.Interface.checkSequenceLength, 1):
      // The draft counts bits where Wireshark counts octets; no check sequence is a single octet or 16 of them.
      let length = value.uint8(at: 0)
      frameCheckSequenceLength = length >= 8 ? length / 8 : length
    case (PcapngOption.Interface.timestampOffset, 8): timestampOffset = Int64(bitPattern: value.uint64(at: 0, order))
    default: break
    }
  }

  /// Takes the counts of an Interface Statistics Block, given without its trailing length.
  mutating func takeStatistics(_ block: RawSpan, _ order: ByteOrder) {
    var options = PcapngOptions(20, order)
    while case .option(let code, let offset, let length) = options.next(in: block) {
      guard length == 8 else { continue }
      if code == PcapngOption.Statistics.received { received = block.uint64(at: offset, order) }
      if code == PcapngOption.Statistics.dropped { dropped = block.uint64(at: offset, order) }
    }
  }
}

/// What a pcapng file says of the machine and the program that made it: its first Section Header Block.
public struct SectionDescription: Equatable, Sendable {
  /// The processor; nil: not told. Like the others it comes from the file: escape it when shown.
  public var hardware: String?
  /// The operating system; nil: not told.
  public var operatingSystem: String?
  /// The program that wrote the file; nil: not told.
  public var application: String?

  /// A section of which nothing is told.
  public init() {}

  /// Reads a Section Header Block, given without its trailing length.
  init(_ block: RawSpan, _ order: ByteOrder) {
    var options = PcapngOptions(24, order)
    while case .option(let code, let offset, let length) = options.next(in: block) {
      let value = block.slice(from: offset, length: length)
      switch code {
      case PcapngOption.Section.hardware: hardware = value.text
      case PcapngOption.Section.operatingSystem: operatingSystem = value.text
      case PcapngOption.Section.application: application = value.text
      default: break
      }
    }
  }
}

extension RawSpan {
  /// The most octets kept of a text from a file.
  private static var longestText: Int { 1 << 16 }

  /// The octets as text, at most 64 KiB of them, without zeros at the end.
  var text: String {
    var octets: [UInt8] = []
    for index in 0..<Swift.min(byteCount, Self.longestText) { octets.append(uint8(at: index)) }
    while octets.last == 0 { octets.removeLast() }
    return String(decoding: octets, as: UTF8.self)
  }
}
