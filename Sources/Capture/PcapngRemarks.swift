import Wire

/// Reads what is kept for another file and understood by nobody here.
enum PcapngRemarks {
  /// Whether a block is kept whole.
  static func isKept(_ type: UInt32) -> Bool {
    type == PcapngBlockType.nameResolution || type == PcapngBlockType.secrets || type == PcapngBlockType.journal
  }

  /// The body of a kept block, which is given without its trailing length.
  static func body(of block: RawSpan, _ type: UInt32, _ order: ByteOrder) -> [UInt8] {
    let start = 8
    var body: [UInt8] = []
    switch type {
    case PcapngBlockType.nameResolution:
      // Records are as options are, and end as they do.
      let end = append(block, from: start, order, to: &body) { _, _ in .octets }
      body += [0, 0, 0, 0]
      _ = append(block, from: end, order, to: &body) { _, _ in .octets }
    case PcapngBlockType.secrets where block.byteCount >= start &+ 8:
      let length = block.uint32(at: start &+ 4, order)
      append(UInt64(block.uint32(at: start, order)), octets: 4, to: &body)
      append(UInt64(length), octets: 4, to: &body)
      let data = start &+ 8
      let end = min(data &+ (Int(length) &+ 3) & ~3, block.byteCount)
      body += block.slice(from: data, length: end &- data).allOctets
      _ = append(block, from: end, order, to: &body) { _, _ in .octets }
    default: body = block.slice(from: start).allOctets
    }
    return body
  }

  /// A packet's options that are neither taken from it nor of its process.
  static func options(ofPacket block: RawSpan, from start: Int, _ order: ByteOrder) -> [UInt8] {
    var kept: [UInt8] = []
    _ = append(block, from: start, order, to: &kept) { code, value in
      switch code {
      case PcapngOption.comment: ProcessComments.isOwner(value) ? .none : .octets
      case PcapngOption.Packet.hash, PcapngOption.Packet.verdict: .octets
      case PcapngOption.Packet.dropCount, PcapngOption.Packet.identifier, PcapngOption.Packet.queue: .number
      case PcapngOption.customText, PcapngOption.customOctets: .enterprise
      default: .none
      }
    }
    return kept
  }

  /// An interface's options that nobody here has a use for; from behind the fixed part of its block.
  static func options(ofInterface block: RawSpan, from start: Int, _ order: ByteOrder) -> [UInt8] {
    var kept: [UInt8] = []
    _ = append(block, from: start, order, to: &kept) { code, _ in
      switch code {
      case PcapngOption.comment, PcapngOption.Interface.description, PcapngOption.Interface.hardware: .octets
      case PcapngOption.Interface.addresses: .octets
      case PcapngOption.Interface.speed, PcapngOption.Interface.sendSpeed, PcapngOption.Interface.receiveSpeed: .number
      case PcapngOption.customText, PcapngOption.customOctets: .enterprise
      default: .none
      }
    }
    return kept
  }

  /// What a value is made of, where it is kept.
  private enum Value {
    case none, octets, number
    /// The number of an enterprise, and octets.
    case enterprise
  }

  /// Appends the options that are kept; answers where they ended.
  private static func append(
    _ block: RawSpan, from start: Int, _ order: ByteOrder, to kept: inout [UInt8], _ kind: (UInt16, RawSpan) -> Value
  ) -> Int {
    var options = PcapngOptions(start, order)
    var end = start
    while case .option(let code, let offset, let length) = options.next(in: block) {
      end = min(offset &+ (length &+ 3) & ~3, block.byteCount)
      let value = block.slice(from: offset, length: length)
      let kind = kind(code, value)
      if kind == .none { continue }
      append(UInt64(code), octets: 2, to: &kept)
      append(UInt64(length), octets: 2, to: &kept)
      switch (kind, length) {
      case (.number, 8): append(block.uint64(at: offset, order), octets: 8, to: &kept)
      case (.number, 4): append(UInt64(block.uint32(at: offset, order)), octets: 4, to: &kept)
      case (.enterprise, 4...):
        append(UInt64(block.uint32(at: offset, order)), octets: 4, to: &kept)
        kept += value.slice(from: 4).allOctets
      default: kept += value.allOctets
      }
      while kept.count & 3 != 0 { kept.append(0) }
    }
    return min(end &+ 4, block.byteCount)
  }

  private static func append(_ number: UInt64, octets: Int, to kept: inout [UInt8]) {
    for place in 0..<octets { kept.append(UInt8(truncatingIfNeeded: number >> UInt64(8 &* place))) }
  }
}
