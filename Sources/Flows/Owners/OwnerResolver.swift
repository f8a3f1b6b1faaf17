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
  /// Of this part of the time all processes may be looked into.
  private static var scanShare: Int64 { 10 }
  private static var fullScanShare: Int64 { 50 }

  private let mailbox: OwnerMailbox
  private var finder: EndFinder<Door>
  private var history = OwnerHistory()
  private let scouts: OwnerScouts
  private var processEvents: ProcessEventSource?
  private var destroyEvents: SocketDestroyEvents?
  private var poll = Poll()
  /// Flows that are to be looked at again.
  private var open: Set<FlowKey> = []
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
    nextFullScan = BootClock.nanosecondsSinceStart &+ 1_000_000_000
    while !mailbox.isEnding {
      _ = try? poll.wait(milliseconds: timeout())
      hearOfProcesses()
      // The scouts first: what they saw is newer than what is asked for, and its sockets may be gone sooner.
      scouts.take { ends, sighting in
        hearOfProcesses()
        return look(OwnerQuestion(ends: ends, time: sighting.time, interface: sighting.interface, isRefresh: true))
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
    for key in open { if let entry = history.find(key), entry.next > 0 { next = min(next, entry.next) } }
    if !finder.wanted.isEmpty { next = min(next, nextScan) }
    return next <= now ? 0 : Int32(clamping: (next &- now) / 1_000_000 &+ 1)
  }

  private func send() {
    let news = finder.processes.takeNews()
    guard !answers.isEmpty || !news.isEmpty else { return }
    mailbox.answer(answers, news)
    answers.removeAll(keepingCapacity: true)
  }

  // MARK: Flows

  /// Looks at a flow that a packet is of; true where it is a new one.
  private func look(_ question: OwnerQuestion) -> Bool {
    var sourceIsLower = true
    let key = FlowKey(question.ends, sourceIsLower: &sourceIsLower)
    var entry = history.find(key) ?? OwnerHistory.Entry(key: key, ends: question.ends)
    let isNew = entry.looks == 0
    if question.interface != 0 { entry.interface = question.interface }
    entry.ends = question.ends
    entry.looks = 0
    look(&entry, sourceIsLower: sourceIsLower, time: question.time)
    answers.append(Self.answer(entry))
    keep(entry)
    return isNew
  }

  private static func answer(_ entry: OwnerHistory.Entry) -> OwnerAnswer {
    OwnerAnswer(
      key: entry.key, lower: entry.lower.answer, upper: entry.upper.answer,
      since: max(entry.lower.since, entry.upper.since), lowerClosed: entry.lower.closed, upperClosed: entry.upper.closed)
  }

  private func look(_ entry: inout OwnerHistory.Entry, sourceIsLower: Bool, time: Int64) {
    entry.looks += 1
    for isSource in [true, false] {
      let end = EndFinder<Door>.End(ends: entry.ends, isSource: isSource)
      let found = finder.answer(end, interface: entry.interface)
      let isLower = isSource == sourceIsLower
      let isBeginning = entry.ends.flags.contains(.synchronize) && !entry.ends.flags.contains(.acknowledgment)
      if isLower {
        Self.merge(found, into: &entry.lower, time: time, isBeginning: isBeginning)
      } else {
        Self.merge(found, into: &entry.upper, time: time, isBeginning: isBeginning)
      }
    }
    let isOpen = !entry.lower.answer.isSettled || !entry.upper.answer.isSettled || entry.lower.answer.awaits
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
    memory = OwnerHistory.EndMemory(answer: found, since: time)
  }

  private func keep(_ entry: OwnerHistory.Entry) {
    if entry.next > 0 { open.insert(entry.key) } else { open.remove(entry.key) }
    history.keep(entry)
  }

  /// Looks again at flows whose answer may have become better.
  private func lookAgain() {
    guard !open.isEmpty else { return }
    let now = BootClock.nanosecondsSinceStart
    if open.count > 1 << 13 { open.removeAll() }
    for key in open {
      guard var entry = history.find(key), entry.next > 0 else {
        open.remove(key)
        continue
      }
      guard entry.next <= now else { continue }
      let before = entry
      var sourceIsLower = true
      _ = FlowKey(entry.ends, sourceIsLower: &sourceIsLower)
      look(&entry, sourceIsLower: sourceIsLower, time: max(entry.lower.since, entry.upper.since))
      if entry.lower.answer != before.lower.answer || entry.upper.answer != before.upper.answer || entry.next == 0 {
        answers.append(Self.answer(entry))
      }
      keep(entry)
    }
  }

  // MARK: Scans

  /// Looks into all processes, where that is needed and not too much.
  private func scan() {
    let start = BootClock.nanosecondsSinceStart
    if !finder.wanted.isEmpty, start >= nextScan {
      finder.scanForWanted()
      let end = BootClock.nanosecondsSinceStart
      nextScan = end &+ (end &- start) &* Self.scanShare
      for key in open {
        guard var entry = history.find(key) else { continue }
        entry.next = end
        history.keep(entry)
      }
      lookAgain()
    } else if start >= nextFullScan {
      finder.scanAll()
      let end = BootClock.nanosecondsSinceStart
      nextFullScan = end &+ max((end &- start) &* Self.fullScanShare, 1_000_000_000)
    }
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
      finder.holders.suspect(event.pid)
    case .executed:
      finder.processes.changed(event.pid)
      finder.holders.suspect(event.pid)
    case .named, .changedUser: finder.processes.changed(event.pid)
    case .exited:
      guard event.isProcess else { return }
      finder.processes.ended(event.pid)
      finder.holders.forget(event.pid)
    case .other: break
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
