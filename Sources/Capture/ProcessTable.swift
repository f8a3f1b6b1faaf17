import Wire

/// The processes that a capture file tells of, each once, in the order in which it tells of them.
struct ProcessTable {
  /// The most processes over a whole file; packets of later ones have no owner.
  static let maximum = 1 << 18

  /// All of them; `FrameOwner` has places in it.
  private(set) var processes: [CapturedProcess] = []
  private var places: [CapturedProcess: UInt32] = [:]
  /// Places of a process's threads: the process's own place in the high word, the thread's number in the low one.
  private var threads: [UInt64: UInt32] = [:]

  /// The place of a process, which is added where it is new; not known where there are too many.
  mutating func place(of process: CapturedProcess) -> UInt32 {
    if let place = places[process] { return place }
    guard processes.count < Self.maximum else { return FrameOwner.unknown }
    let place = UInt32(truncatingIfNeeded: processes.count)
    processes.append(process)
    places[process] = place
    return place
  }

  /// The place of a thread of a process that has a place.
  @inline(__always)
  mutating func place(ofThread thread: UInt32, in process: UInt32) -> UInt32 {
    guard process < processes.count, thread != 0 else { return process }
    let key = UInt64(process) << 32 | UInt64(thread)
    return threads[key] ?? addThread(thread, process, key)
  }

  @inline(never)
  private mutating func addThread(_ thread: UInt32, _ process: UInt32, _ key: UInt64) -> UInt32 {
    // Of a process with one thread, thread and process have the same number: nothing is added by telling it.
    var place = process
    if processes[Int(process)].pid != thread, processes[Int(process)].threadID != thread {
      var entry = processes[Int(process)]
      entry.threadID = thread
      place = self.place(of: entry)
    }
    if threads.count < Self.maximum { threads[key] = place }
    return place
  }
}
