import Glibc

/// What one thread finds while it reads the descriptors of processes.
struct DescriptorReader: Sendable {
  /// Descriptors of a process that are to be read by whichever thread is free.
  final class Piece: Sendable {
    let pid: Int32
    let directory: SharedDirectory
    let numbers: ArraySlice<Int32>

    init(pid: Int32, directory: SharedDirectory, numbers: ArraySlice<Int32>) {
      self.pid = pid
      self.directory = directory
      self.numbers = numbers
    }
  }

  /// A directory that several pieces are of: as long as it is open it is of the same process.
  final class SharedDirectory: Sendable {
    let directory: ProcessDirectory
    init(_ directory: consuming ProcessDirectory) { self.directory = directory }
  }

  /// Sockets of one process, at their places in the lists below.
  struct Segment: Sendable {
    var pid: Int32
    var sockets: Range<Int>
  }

  private(set) var descriptors: [Int32] = []
  private(set) var inodes: [UInt64] = []
  private(set) var segments: [Segment] = []
  private(set) var processes: [ProcessDescription] = []
  private(set) var unreadable: [ProcessDescription] = []
  /// What is left of processes that have many descriptors.
  private(set) var rest: [Piece] = []
  /// What ended the thread's work: this process can open nothing more.
  private(set) var failure: SystemError?

  private let wanted: Set<UInt64>?
  private var buffer = [UInt8](repeating: 0, count: 1 << 15)
  private var numbers: [Int32] = []

  /// How many descriptors of a process one thread reads before it leaves the rest to all, and in what pieces.
  private static let pieceLength = 512

  private init(_ wanted: Set<UInt64>?) { self.wanted = wanted }

  /// Makes a reader and works with it.
  static func read(
    _ wanted: Set<UInt64>?,
    _ body: (_ reader: inout DescriptorReader, _ root: borrowing ProcessDirectory) throws(SystemError) -> Void
  ) -> DescriptorReader {
    var reader = DescriptorReader(wanted)
    do throws(SystemError) {
      try body(&reader, try ProcessDirectory.root())
    } catch {
      reader.failure = error
    }
    reader.buffer = []
    return reader
  }

  /// Reads a process's descriptors, and keeps what is asked for. Throws where nothing more can be opened.
  mutating func look(into pid: Int32, below root: borrowing ProcessDirectory) throws(SystemError) {
    guard let process = try root.process(pid) else { return }
    let start = inodes.count
    var hasMore = false
    do throws(SystemError) {
      var directory = try process.directory("fd")
      guard let next = readInOrder(directory) else {
        drop(from: start)
        return unreadable.append(process.statOnly(pid))
      }
      try list(directory, from: next)
      // The first thread may have ended before the others, who then have the descriptors without it.
      if numbers.isEmpty, next == 0, process.threadCount() > 1,
        let other = try descriptorsOfThread(process, except: pid)
      {
        directory = other
      }
      guard read(directory, numbers.prefix(Self.pieceLength)) else {
        drop(from: start)
        return unreadable.append(process.statOnly(pid))
      }
      if numbers.count > Self.pieceLength {
        hasMore = true
        share(pid, directory)
      }
    } catch  where error.code == EACCES || error.code == EPERM {
      drop(from: start)
      return unreadable.append(process.statOnly(pid))
    } catch  where error.code == ENOENT || error.code == ESRCH {
      return drop(from: start)
    }
    guard inodes.count > start || hasMore else { return }
    // What has ended meanwhile is left out: the description is missing when all is joined.
    guard let description = process.describe(pid, withProgram: false) else { return drop(from: start) }
    processes.append(description)
    segments.append(Segment(pid: pid, sockets: start..<inodes.count))
  }

  /// Reads a piece of a process that has many descriptors.
  mutating func look(into piece: Piece) {
    let start = inodes.count
    _ = read(piece.directory.directory, piece.numbers)
    segments.append(Segment(pid: piece.pid, sockets: start..<inodes.count))
  }

  /// Fills `numbers` with what descriptors there are from a number on.
  private mutating func list(_ directory: borrowing ProcessDirectory, from first: Int32 = 0) throws(SystemError) {
    numbers.removeAll(keepingCapacity: true)
    try directory.appendNumbers(to: &numbers, from: first, buffer: &buffer)
  }

  /// Tries one number after another for as long as few are missing: most programs have most of them from 0 on, and to
  /// list them first takes a third of the time.
  ///
  /// - Returns: the first number that was not tried; nil where this user may not know what they are.
  private mutating func readInOrder(_ directory: borrowing ProcessDirectory) -> Int32? {
    let count = directory.descriptorCount()
    // What one process has many of is shared between threads.
    guard count <= Self.pieceLength else { return 0 }
    var next: Int32 = 0
    var found = 0
    while found < count, Int(next) &- found <= 2 &+ found / 4 {
      switch directory.kind(ofDescriptorIfOpen: next) {
      case .socket(let inode):
        found &+= 1
        keep(next, inode)
      case .other: found &+= 1
      case .forbidden: return nil
      case nil: break
      }
      next &+= 1
    }
    return found == 0 ? 0 : next
  }

  /// Keeps a socket that is asked for.
  private mutating func keep(_ number: Int32, _ inode: UInt64) {
    guard wanted?.contains(inode) ?? true else { return }
    descriptors.append(number)
    inodes.append(inode)
  }

  /// Fills `numbers` with the descriptors of a thread that has some, and gives their directory.
  private mutating func descriptorsOfThread(
    _ process: borrowing ProcessDirectory, except first: Int32
  ) throws(SystemError) -> ProcessDirectory? {
    var threads: [Int32] = []
    try process.directory("task").appendNumbers(to: &threads, buffer: &buffer)
    for thread in threads where thread != first {
      guard let directory = try? process.directory("task/\(thread)/fd") else { continue }
      try list(directory)
      if !numbers.isEmpty { return directory }
    }
    return nil
  }

  /// Keeps those descriptors that are sockets and asked for; false where this user may not know what they are.
  private mutating func read(_ directory: borrowing ProcessDirectory, _ numbers: ArraySlice<Int32>) -> Bool {
    for number in numbers {
      switch directory.kind(ofDescriptor: number) {
      case .socket(let inode): keep(number, inode)
      case .other: continue
      case .forbidden: return false
      }
    }
    return true
  }

  /// Leaves what is behind the first piece to all threads.
  private mutating func share(_ pid: Int32, _ directory: consuming ProcessDirectory) {
    let shared = SharedDirectory(directory)
    for start in stride(from: Self.pieceLength, to: numbers.count, by: Self.pieceLength) {
      let end = min(start &+ Self.pieceLength, numbers.count)
      rest.append(Piece(pid: pid, directory: shared, numbers: numbers[start..<end]))
    }
    // The pieces keep the list; the next one is another's.
    numbers = []
  }

  /// Forgets what was found of a process.
  private mutating func drop(from start: Int) {
    descriptors.removeSubrange(start...)
    inodes.removeSubrange(start...)
  }
}

extension ProcessScan {
  /// Puts together what several threads found, by process.
  init(joining parts: [DescriptorReader]) {
    var segments: [Int32: [(part: Int, sockets: Range<Int>)]] = [:]
    for (part, reader) in parts.enumerated() {
      for segment in reader.segments where !segment.sockets.isEmpty {
        segments[segment.pid, default: []].append((part, segment.sockets))
      }
    }
    let count = parts.reduce(0) { $0 &+ $1.inodes.count }
    descriptors.reserveCapacity(count)
    inodes.reserveCapacity(count)
    for description in parts.flatMap(\.processes).sorted(by: { $0.pid < $1.pid }) {
      guard let own = segments[description.pid] else { continue }
      let start = inodes.count
      for segment in own {
        descriptors += parts[segment.part].descriptors[segment.sockets]
        inodes += parts[segment.part].inodes[segment.sockets]
      }
      processes.append(Process(description: description, sockets: start..<inodes.count))
    }
    unreadable = parts.flatMap(\.unreadable).sorted { $0.pid < $1.pid }
  }
}
