import Wire

/// What comments of packets say of their processes, read once for all packets that have the same ones.
///
/// Keys are ptcpdump's, and those that we add to them.
struct ProcessComments {
  /// The most octets of a packet's comments that are looked at, and of those that are remembered.
  private static let longest = 65_536, memory = 16 << 20

  private struct Known {
    var comments: [UInt8]
    var owner: FrameOwner
  }
  private var known: [UInt64: Known] = [:]
  private var octets = 0

  /// The owner that the comments among a packet's options tell of. `options` are the octets from the first comment to the
  /// end of the last one.
  mutating func owner(_ options: RawSpan, _ order: ByteOrder, _ table: inout ProcessTable) -> FrameOwner {
    guard options.byteCount <= Self.longest else { return FrameOwner() }
    let hash = Self.hash(options)
    if let entry = known[hash], Self.equals(entry.comments, options) { return entry.owner }
    let owner = Self.read(options, order, &table)
    if octets > Self.memory {
      known.removeAll()
      octets = 0
    }
    known[hash] = Known(comments: options.allOctets, owner: owner)
    octets &+= options.byteCount &+ 64
    return owner
  }

  /// Whether a comment says whose its packet is.
  static func isOwner(_ comment: RawSpan) -> Bool {
    comment.allOctets.split(separator: UInt8(ascii: "\n")).contains {
      let line = trimmed($0)
      return line.starts(with: Array("PID:".utf8)) || line.starts(with: Array("PeerPID:".utf8))
    }
  }

  private static func read(_ options: RawSpan, _ order: ByteOrder, _ table: inout ProcessTable) -> FrameOwner {
    var process = CapturedProcess(pid: 0)
    var peer = CapturedProcess(pid: 0)
    var (isTold, isPeerTold, isNamed) = (false, false, false)
    var walk = PcapngOptions(0, order)
    while case .option(let code, let offset, let length) = walk.next(in: options) {
      guard code == PcapngOption.comment else { continue }
      for line in options.slice(from: offset, length: length).allOctets.split(separator: UInt8(ascii: "\n")) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
        let value = Self.trimmed(line[(colon + 1)...])
        switch String(decoding: Self.trimmed(line[..<colon]), as: UTF8.self) {
        case "PID":
          guard let pid = Self.number(value).flatMap({ UInt32(exactly: $0) }) else { continue }
          process.pid = pid
          isTold = true
        case "Cmd", "Command": Self.take(command: value, &process, isNamed)
        case "Args" where !value.isEmpty: process.arguments = value.split(separator: 0x20).map(Array.init)
        case "ThreadId", "TID": process.threadID = UInt32(clamping: Self.number(value) ?? 0)
        case "UserId": process.userID = Self.number(value).map { UInt32(clamping: $0) }
        case "ParentPID": process.parent = Self.number(value).map { UInt32(clamping: $0) }
        case "ContainerName": process.containerName = value
        case "ContainerId": process.container = value
        case "ProcessName":
          process.name = value
          isNamed = true
        case "User": process.user = value
        case "StartTime": process.startTime = Self.number(value)
        case "Unit": process.unit = value
        case "PeerPID":
          guard let pid = Self.number(value).flatMap({ UInt32(exactly: $0) }) else { continue }
          peer.pid = pid
          isPeerTold = true
        case "PeerCmd": Self.take(command: value, &peer, false)
        case "PeerName": peer.name = value
        default: break
        }
      }
    }
    if process.threadID == process.pid { process.threadID = 0 }
    return FrameOwner(
      process: isTold ? table.place(of: process) : FrameOwner.unknown,
      peer: isPeerTold ? table.place(of: peer) : FrameOwner.unknown)
  }

  /// Takes a program's path, or only its name; the name is the last part of the path where none was told.
  private static func take(command: [UInt8], _ process: inout CapturedProcess, _ isNamed: Bool) {
    let slash = command.lastIndex(of: UInt8(ascii: "/"))
    if slash != nil { process.executable = command }
    if !isNamed { process.name = slash.map { Array(command[($0 + 1)...]) } ?? command }
  }

  private static func trimmed(_ octets: ArraySlice<UInt8>) -> [UInt8] {
    var rest = octets
    while let first = rest.first, first == 0x20 || first == 0x0d || first == 0x09 { rest.removeFirst() }
    while let last = rest.last, last == 0x20 || last == 0x0d || last == 0x09 { rest.removeLast() }
    return Array(rest)
  }

  private static func number(_ octets: [UInt8]) -> UInt64? { UInt64(String(decoding: octets, as: UTF8.self)) }

  /// FNV-1a over eight octets at a time: fast, and of no use to who would fill one bucket, since there are no buckets to
  /// search, only one place for each hash.
  private static func hash(_ octets: RawSpan) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var index = 0
    while index &+ 8 <= octets.byteCount {
      hash = (hash ^ octets.uint64(at: index)) &* 0x0000_0100_0000_01b3
      hash ^= hash >> 32
      index &+= 8
    }
    while index < octets.byteCount {
      hash = (hash ^ UInt64(octets.uint8(at: index))) &* 0x0000_0100_0000_01b3
      index &+= 1
    }
    return hash
  }

  private static func equals(_ octets: [UInt8], _ span: RawSpan) -> Bool {
    guard octets.count == span.byteCount else { return false }
    for index in octets.indices where octets[index] != span.uint8(at: index) { return false }
    return true
  }
}
