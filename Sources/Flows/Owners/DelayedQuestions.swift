internal import Wire

/// Flows that are to be asked about, unless soon something is noted of their sockets.
struct DelayedQuestions {
  struct Entry {
    var flow: UInt32
    var serial: UInt32
    var ends: FrameEnds
    var time: Int64
    var interface: Int32
    var isAfterSilence: Bool
    /// When it is to be asked about, in nanoseconds since the system's start.
    var due: Int64
  }

  /// How long after a packet what is noted of its socket is waited for at most, in nanoseconds: about as long as it takes until more
  /// packets come out of the ring, so that nobody is woken up for it.
  static let longest: Int64 = 10_000_000
  /// How old a packet has to be until who used its socket is surely noted, in nanoseconds: whoever sends may be interrupted before that;
  /// and how soon that is looked at again.
  static let noting: Int64 = 5_000_000
  static let notingStep: Int64 = 1_000_000

  /// So many that were taken stay where they are.
  private static let mostTaken = 1 << 10

  private var entries: [Entry] = []
  private var next = 0

  /// How long that is here.
  let delay: Int64

  /// Half of the time that packets wait for their owners is for asking.
  init(wait: Int64, longest: Int64 = Self.longest) { delay = min(wait / 2, longest) }

  var isEmpty: Bool { next == entries.count }

  mutating func add(_ entry: Entry) { entries.append(entry) }

  /// When the first is to be asked about, in nanoseconds since the system's start.
  var first: Int64? { next < entries.count ? entries[next].due : nil }

  /// The first that is to be asked about by then.
  mutating func takeFirst(at now: Int64) -> Entry? {
    guard next < entries.count, now >= entries[next].due else { return nil }
    let entry = entries[next]
    next &+= 1
    if next == entries.count || next > Self.mostTaken {
      entries.removeFirst(next)
      next = 0
    }
    return entry
  }
}
