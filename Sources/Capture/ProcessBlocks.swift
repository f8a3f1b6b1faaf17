import Wire

/// A process that one of a pcapng section's blocks describes.
struct BlockProcess {
  /// Its place in the table.
  var place: UInt32
  var startTime: UInt64?
}

extension CapturedProcess {
  /// Reads the body of Apple's Process Information Block, given without its trailing length; nil where it has none.
  init?(darwin block: RawSpan, _ order: ByteOrder) {
    guard block.byteCount >= 12 else { return nil }
    self.init(pid: block.uint32(at: 8, order))
    var options = PcapngOptions(12, order)
    while case .option(let code, let offset, let length) = options.next(in: block) {
      let value = block.slice(from: offset, length: length)
      switch code {
      case PcapngOption.DarwinProcess.name: name = value.octetsBeforeZero
      case PcapngOption.DarwinProcess.path: executable = value.octetsBeforeZero
      case PcapngOption.DarwinProcess.uuid where length == 16: uuid = value.uint128(at: 0)
      case 0x9000...: take(code, value, order)
      default: break
      }
    }
  }

  /// Reads the entry of Wireshark's process information, which is in little-endian order in every file; nil where the
  /// block holds something else.
  init?(wireshark block: RawSpan, _ order: ByteOrder) {
    // After type and length: enterprise number, entry type, entry length, number.
    guard block.byteCount >= 24, block.uint32(at: 8, order) == PcapngOption.Process.enterprise,
      block.uint32(at: 12, .little) == PcapngOption.Process.entry
    else { return nil }
    let length = Int(block.uint32(at: 16, .little))
    guard length >= 4, length <= block.byteCount &- 20 else { return nil }
    let entry = block.slice(from: 20, length: length)
    self.init(pid: entry.uint32(at: 0, .little))
    var options = PcapngOptions(4, .little)
    while case .option(let code, let offset, let length) = options.next(in: entry) {
      let value = entry.slice(from: offset, length: length)
      switch code {
      case PcapngOption.Process.name: name = value.octetsBeforeZero
      case PcapngOption.Process.path: executable = value.octetsBeforeZero
      case PcapngOption.Process.uuid where length == 16: uuid = value.uint128(at: 0)
      default: take(code, value, .little)
      }
    }
  }

  /// Takes an option that both blocks have, under Wireshark's code or behind it.
  private mutating func take(_ code: UInt16, _ value: RawSpan, _ order: ByteOrder) {
    switch code {
    case PcapngOption.Process.container: container = value.octetsBeforeZero
    case PcapngOption.Process.containerName: containerName = value.octetsBeforeZero
    case PcapngOption.Process.unit: unit = value.octetsBeforeZero
    default: takeWireshark(code & ~PcapngOption.Process.local, value, order)
    }
  }

  private mutating func takeWireshark(_ code: UInt16, _ value: RawSpan, _ order: ByteOrder) {
    switch (code, value.byteCount) {
    case (PcapngOption.Process.arguments, 1...):
      arguments = value.allOctets.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
    case (PcapngOption.Process.parent, 4): parent = value.uint32(at: 0, order)
    case (PcapngOption.Process.userID, 4): userID = value.uint32(at: 0, order)
    case (PcapngOption.Process.user, _): user = value.octetsBeforeZero
    case (PcapngOption.Process.startTime, 8): startTime = value.uint64(at: 0, order)
    default: break
    }
  }

  /// Reads the PKTAP header of a frame; nil where it has none, or tells of no process.
  init?(tap frame: RawSpan) {
    guard let header = try? PKTAPHeader(frame), header.process >= 0 else { return nil }
    let name = header.name.octetsBeforeZero
    guard header.process > 0 || !name.isEmpty else { return nil }
    self.init(pid: UInt32(bitPattern: header.process), name: name)
  }
}

extension RawSpan {
  /// A copy of all octets.
  var allOctets: [UInt8] {
    var octets: [UInt8] = []
    octets.reserveCapacity(byteCount)
    for index in 0..<byteCount { octets.append(uint8(at: index)) }
    return octets
  }

  /// A copy of the octets up to the first zero, or all.
  var octetsBeforeZero: [UInt8] {
    var count = 0
    while count < byteCount, uint8(at: count) != 0 { count &+= 1 }
    return slice(from: 0, length: count).allOctets
  }
}
