internal import Wire

/// Frames that wait for their owner, with memory of their own: the ring goes on without them. In the order in which they
/// came.
struct HeldFrames: ~Copyable {
  /// A frame that waits.
  struct Entry {
    var start: Int
    var length: Int
    var info: FrameInfo
    var ends: FrameEnds
    /// The flow that it is of, and what tells that from a later one of the same number; 0 for none.
    var flow: UInt32
    var serial: UInt32
    var sourceIsLower: Bool
    /// Until when it waits, in nanoseconds since the system's start.
    var deadline: Int64
  }

  /// A part of the frames.
  private final class Chunk {
    var octets = Octets()
    var entries: [Entry] = []
    var next = 0
  }

  /// The octets of a part.
  private struct Octets: ~Copyable {
    var text = TextBuffer(capacity: HeldFrames.chunkOctets &+ (1 << 16))

    func lend(_ entry: Entry, _ info: FrameInfo, _ body: (inout Frame) -> Bool) -> Bool {
      var frame = Frame(text.bytes.slice(from: entry.start, length: entry.length), info)
      return body(&frame)
    }
  }

  fileprivate static let chunkOctets = 1 << 18
  /// How many octets may wait; beyond that the first goes on without its owner.
  private static let mostOctets = 16 << 20

  private var chunks: [Chunk] = []
  private var spare: Chunk?
  private var octets = 0
  /// How many wait.
  private(set) var count = 0

  /// Whether none waits.
  var isEmpty: Bool { count == 0 }
  /// Whether the first has to go on.
  var isFull: Bool { octets > Self.mostOctets }

  /// The first frame's description.
  var first: Entry? {
    guard let chunk = chunks.first, chunk.next < chunk.entries.count else { return nil }
    return chunk.entries[chunk.next]
  }

  /// Adds a copy of a frame.
  mutating func append(
    _ frame: borrowing Frame, _ ends: FrameEnds, flow: UInt32, serial: UInt32, sourceIsLower: Bool, deadline: Int64
  ) {
    let needsChunk = chunks.last.map { $0.octets.text.count > Self.chunkOctets } ?? true
    if needsChunk {
      chunks.append(spare ?? Chunk())
      spare = nil
    }
    guard let chunk = chunks.last else { return }
    chunk.entries.append(
      Entry(
        start: chunk.octets.text.count, length: frame.bytes.byteCount, info: frame.info, ends: ends, flow: flow,
        serial: serial, sourceIsLower: sourceIsLower, deadline: deadline))
    chunk.octets.text.append(frame.bytes)
    octets &+= frame.bytes.byteCount
    count &+= 1
  }

  /// Takes the first frame out and lends it with what `complete` makes of its description.
  mutating func takeFirst(_ complete: (Entry) -> FrameInfo, _ body: (inout Frame) -> Bool) -> Bool {
    guard let chunk = chunks.first, chunk.next < chunk.entries.count else { return true }
    let entry = chunk.entries[chunk.next]
    chunk.next &+= 1
    count &-= 1
    octets &-= entry.length
    let goesOn = chunk.octets.lend(entry, complete(entry), body)
    if chunk.next == chunk.entries.count {
      chunk.octets.text.removeAll()
      chunk.entries.removeAll(keepingCapacity: true)
      chunk.next = 0
      spare = chunk
      chunks.removeFirst()
    }
    return goesOn
  }
}
