internal import Glibc
internal import Linux
internal import Sockets
internal import Wire

/// Answers whose flows are: a thread of its own, since the answer takes system calls and the packets must not wait in the
/// ring for it.
///
/// It hears of new flows before their packets come out of the ring, from scouts, and of processes and sockets that go,
/// from the kernel.
///
/// All of it is the thread's once that runs, which is why it may be handed to it.
final class OwnerResolver<Door: OwnerDoor>: @unchecked Sendable {
  /// When a connection that nobody has accepted is looked at again, in nanoseconds after the look before.
  private static var patience: [Int64] {
    [500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000, 16_000_000, 50_000_000, 200_000_000, 1_000_000_000]
  }
  /// Within how many nanoseconds a packet tells nothing new of a flow.
  private static var sameTime: Int64 { 50_000_000 }
  /// The flows of a process with more of them than that are not looked at when it has a child.
  private static var mostShared: Int { 64 }
  /// Of this part of the time all processes may be looked into.
  private static var likelyScanShare: Int64 { 3 }
  private static var scanShare: Int64 { 10 }
  private static var fullScanShare: Int64 { 50 }

  private let mailbox: OwnerMailbox
  private var finder: EndFinder<Door>
  private var history = OwnerHistory()
  private let scouts: OwnerScouts
  private var processEvents: ProcessEventSource?
  private var destroyEvents: SocketDestroyEvents?
  private var poll = Poll()
  /// Flows that are to be looked at again, and when; and when the first of them is. In nanoseconds since the system's start.
  private var open: [FlowKey: Int64] = [:]
  private var nextLook = Int64.max
  private var nextLikelyScan: Int64 = 0
  private var nextScan: Int64 = 0
  private var nextFullScan: Int64 = 0
  private var answers: [OwnerAnswer] = []
  /// What was heard of processes, for whoever wants to know their descendants.
  private let family: ProcessFamily?

  init(
    _ mailbox: OwnerMailbox, _ finder: consuming EndFinder<Door>, scouts: OwnerScouts,
    processEvents: consuming ProcessEventSource?, destroyEvents: consuming SocketDestroyEvents?, family: ProcessFamily?
  ) {
    self.mailbox = mailbox
    self.finder = finder
    self.scouts = scouts
    self.family = family
    poll.add(mailbox.descriptor)
    if let descriptor = processEvents?.descriptor { poll.add(descriptor) }
    if let descriptor = destroyEvents?.descriptor { poll.add(descriptor) }
    for descriptor in scouts.descriptors { poll.add(descriptor) }
    self.processEvents = processEvents
    self.destroyEvents = destroyEvents
  }

  /// What the thread does until it shall end.
  func run() {
    WorkerThread.hurry()
    nextFullScan = BootClock.nanosecondsSinceStart &+ 1_000_000_000
    while !mailbox.isEnding {
      _ = try? poll.wait(milliseconds: timeout())
      hearOfProcesses()
      // The scouts first: what they saw is newer than what is asked for, and its sockets may be gone sooner.
      var sightings = 0
      scouts.take { ends, sighting in
        sightings &+= 1
        // Those that began meanwhile are the likeliest owners.
        if sightings % 8 == 0 { hearOfProcesses() }
        return look(ends, sighting)
      }
      for question in mailbox.takeQuestions() { _ = look(question) }
      hearOfSockets()
      lookAgain()
      scan()
      send()
    }
  }

  private func timeout() -> Int32 {
    let now = BootClock.nanosecondsSinceStart
    var next = now &+ 500_000_000
    next = min(next, nextLook)
    if !finder.holders.wanted.isEmpty { next = min(next, nextLikelyScan, nextScan) }
    return next <= now ? 0 : Int32(clamping: (next &- now) / 1_000_000 &+ 1)
  }

  private func send() {
    let news = finder.processes.takeNews()
    guard !answers.isEmpty || !news.isEmpty else { return }
    mailbox.answer(answers, news)
    answers.removeAll(keepingCapacity: true)
  }

  // MARK: Flows

  /// Looks at what a scout saw, unless that was just looked at; true where it is a new flow.
  private func look(_ ends: FrameEnds, _ sighting: FlowScout.Sighting) -> Bool {
    var sourceIsLower = true
    let key = FlowKey(ends, sourceIsLower: &sourceIsLower)
    if let known = history.find(key), abs(sighting.time &- known.asked) < Self.sameTime,
      known.lower.closed == 0, known.upper.closed == 0,
      !ends.flags.contains(.synchronize) || ends.flags.contains(.acknowledgment) || known.asked == sighting.time
    {
      return false
    }
    return look(OwnerQuestion(ends: ends, time: sighting.time, interface: sighting.interface))
  }

  /// Looks at a flow that a packet is of; true where it is a new one.
  private func look(_ question: OwnerQuestion) -> Bool {
    var sourceIsLower = true
    let key = FlowKey(question.ends, sourceIsLower: &sourceIsLower)
    var entry = history.find(key) ?? OwnerHistory.Entry(key: key, ends: question.ends)
    let isNew = entry.looks == 0
    entry.asked = question.time
    if question.interface != 0 { entry.interface = question.interface }
    entry.ends = question.ends
    if !entry.isShared || entry.next == 0 {
      entry.looks = 0
      entry.isShared = false
    }
    look(&entry, sourceIsLower: sourceIsLower, time: question.time)
    answers.append(Self.answer(entry))
    keep(entry)
    return isNew
  }

  private static func answer(_ entry: OwnerHistory.Entry) -> OwnerAnswer {
    OwnerAnswer(
      key: entry.key, lower: entry.lower.answer, upper: entry.upper.answer,
      since: max(entry.lower.since, entry.upper.since), found: entry.found, lowerClosed: entry.lower.closed, upperClosed: entry.upper.closed)
  }

  private func look(_ entry: inout OwnerHistory.Entry, sourceIsLower: Bool, time: Int64) {
    entry.looks += 1
    entry.found = BootClock.nanosecondsSinceEpoch
    for isSource in [true, false] {
      let end = EndFinder<Door>.End(ends: entry.ends, isSource: isSource)
      let found = finder.answer(end, interface: entry.interface)
      if found.end.method == .exact { for process in finder.lastHolders { history.note(process, entry.key) } }
      let isLower = isSource == sourceIsLower
      // A datagram after its socket was closed is another socket's, and so is a segment that begins a connection.
      let isBeginning =
        entry.ends.kind == .ports && entry.ends.protocolNumber != .tcp
        || entry.ends.flags.contains(.synchronize) && !entry.ends.flags.contains(.acknowledgment)
      if isLower {
        Self.merge(found, into: &entry.lower, time: time, isBeginning: isBeginning)
      } else {
        Self.merge(found, into: &entry.upper, time: time, isBeginning: isBeginning)
      }
    }
    let isOpen = entry.isShared || !entry.lower.answer.isSettled || !entry.upper.answer.isSettled || entry.lower.answer.awaits
      || entry.upper.answer.awaits
    let place = entry.looks - 1
    entry.next = isOpen && place < Self.patience.count ? BootClock.nanosecondsSinceStart &+ Self.patience[place] : 0
  }

  /// Puts together what is found now and what was.
  private static func merge(
    _ found: EndAnswer, into memory: inout OwnerHistory.EndMemory, time: Int64, isBeginning: Bool
  ) {
    let known = memory.answer
    if known.end.method == .exact || known.end.method == .port, !found.hasProcess, found.isLocal, found.isSettled {
      // The socket is gone, and its last packets are its all the same; a connection that begins later is not.
      if !(isBeginning && memory.closed != 0 && time > memory.closed) { return }
    }
    if found.hasProcess, known.hasProcess, found.end.cookie == known.end.cookie, found.place == known.place,
      found.end.method == known.end.method
    {
      memory.closed = 0
      return
    }
    // What was known of this end before its owner was found holds for the packets of then, too.
    let isBetter = memory.since != 0 && found.hasProcess && (!known.hasProcess || known.end.method == .listener)
    memory = OwnerHistory.EndMemory(answer: found, since: isBetter ? memory.since : time)
  }

  private func keep(_ entry: OwnerHistory.Entry) {
    if entry.next > 0 {
      open[entry.key] = entry.next
      nextLook = min(nextLook, entry.next)
    } else if !open.isEmpty {
      open[entry.key] = nil
    }
    history.keep(entry)
  }

  /// Looks again at flows whose answer may have become better.
  private func lookAgain() {
    let now = BootClock.nanosecondsSinceStart
    guard now >= nextLook else { return }
    if open.count > 1 << 13 { open.removeAll() }
    nextLook = .max
    for (key, next) in open {
      guard next <= now else {
        nextLook = min(nextLook, next)
        continue
      }
      guard var entry = history.find(key) else {
        open[key] = nil
        continue
      }
      let before = entry
      var sourceIsLower = true
      _ = FlowKey(entry.ends, sourceIsLower: &sourceIsLower)
      look(&entry, sourceIsLower: sourceIsLower, time: BootClock.nanosecondsSinceEpoch)
      if entry.lower.answer != before.lower.answer || entry.upper.answer != before.upper.answer || entry.next == 0 {
        answers.append(Self.answer(entry))
      }
      keep(entry)
    }
  }

  // MARK: Scans

  /// Looks into many processes at once, where that is needed and not too much: into the likely ones often, into all of them
  /// less often, and into all of them for all sockets now and then.
  private func scan() {
    guard !finder.holders.wanted.isEmpty else {
      if BootClock.nanosecondsSinceStart >= nextFullScan {
        timed(&nextFullScan, share: Self.fullScanShare, atLeast: 1_000_000_000) {
          try? finder.holders.scanAll(through: finder.door)
        }
      }
      return
    }
    let start = BootClock.nanosecondsSinceStart
    if start >= nextLikelyScan {
      timed(&nextLikelyScan, share: Self.likelyScanShare, atLeast: 1_000_000) {
        try? finder.holders.scanLikely(through: finder.door)
      }
      lookAgainAtAll()
    }
    if !finder.holders.wanted.isEmpty, start >= nextScan {
      timed(&nextScan, share: Self.scanShare, atLeast: 1_000_000) {
        try? finder.holders.scanAllForWanted(through: finder.door)
      }
      lookAgainAtAll()
    }
  }

  /// Does something, and says when it may be done again so that it takes no more than one part in `share` of the time.
  private func timed(_ next: inout Int64, share: Int64, atLeast: Int64, _ work: () -> Void) {
    let start = BootClock.nanosecondsSinceStart
    work()
    let end = BootClock.nanosecondsSinceStart
    next = end &+ max((end &- start) &* share, atLeast)
  }

  private func lookAgainAtAll() {
    for key in open.keys { open[key] = 0 }
    nextLook = 0
    lookAgain()
  }

  // MARK: What the kernel tells

  private func hearOfProcesses() {
    while let (events, lost) = processEvents.flatMap2({ try? ProcessEvent.next(from: &$0) }) {
      if lost { finder.processes.heardTooLittle() }
      for event in events { hear(event) }
      if events.isEmpty { return }
    }
  }

  private func hear(_ event: ProcessEvent) {
    switch event.kind {
    case .forked(let parent):
      guard event.isProcess else { return }
      finder.processes.began(event.pid, parent: parent)
      family?.began(event.pid, parent: parent)
      finder.holders.began(event.pid, parent: parent)
      lookAgain(atFlowsOf: parent)
    case .executed:
      finder.processes.changed(event.pid)
      finder.holders.suspect(event.pid)
      lookAgain(atFlowsOf: event.pid)
    case .named, .changedUser: finder.processes.changed(event.pid)
    case .exited:
      guard event.isProcess else { return }
      finder.processes.ended(event.pid)
      finder.holders.forget(event.pid)
    case .other: break
    }
  }

  /// A process has shared its sockets with a child, or closed some: its flows are looked at as often as new ones, unless
  /// there are too many.
  private func lookAgain(atFlowsOf process: Int32) {
    let flows = history.flows(of: process)
    guard !flows.isEmpty, flows.count <= Self.mostShared else { return }
    let now = BootClock.nanosecondsSinceStart
    for key in flows {
      guard var entry = history.find(key), entry.lower.closed == 0 || entry.upper.closed == 0 else { continue }
      entry.looks = 0
      entry.next = now
      entry.isShared = true
      keep(entry)
    }
  }

  private func hearOfSockets() {
    while let socket = destroyEvents.flatMap2({ try? $0.next() }) {
      guard let cookie = socket.cookie, var entry = history.flow(ofCookie: cookie) else { continue }
      let now = BootClock.nanosecondsSinceEpoch
      if entry.lower.answer.end.cookie == cookie { entry.lower.closed = now }
      if entry.upper.answer.end.cookie == cookie { entry.upper.closed = now }
      history.keep(entry)
      answers.append(Self.answer(entry))
    }
  }
}

extension EndAnswer {
  /// Whether the kernel will tell more of this end: once its connection is accepted, or has a socket at all.
  var awaits: Bool { end.method == .listener }
}

extension Optional where Wrapped: ~Copyable {
  /// Does something with a value that cannot be copied, where there is one.
  fileprivate mutating func flatMap2<Result>(_ body: (inout Wrapped) -> Result?) -> Result? {
    guard var value = take() else { return nil }
    let result = body(&value)
    self = consume value
    return result
  }
}
