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
  /// Within how many nanoseconds a packet tells nothing new of a flow.
  private static var sameTime: Int64 { 50_000_000 }
  /// The flows of a process with more of them than that are not looked at when it has a child.
  static var mostShared: Int { 64 }
  /// So many questions at once are more than can be answered one by one.
  private static var flood: Int { 128 }
  /// How long a question waits that no packet waits for, in nanoseconds.
  private static var unhurried: Int64 { 50_000_000 }
  /// How long it does not wait for more of what the kernel and the scouts tell after some of it, in nanoseconds, where the kernel
  /// notes who uses sockets: nothing is lost then by being somewhat later, and each time that it wakes up costs as much as a look.
  private static var pause: Int64 { 500_000 }
  /// How many answers are sent together.
  private static var mostAnswers: Int { 4 }

  let mailbox: OwnerMailbox
  var finder: EndFinder<Door>
  var history = OwnerHistory()
  private let scouts: OwnerScouts
  var processEvents: ProcessEventSource?
  var destroyEvents: SocketDestroyEvents?
  /// Sockets that have gone, of which nothing was said yet; and how often some were not told of.
  var goneSockets: [SocketRecord] = []
  var missedGoneSockets = 0
  var gone = GoneSockets()
  var addressEvents: AddressEventSource?
  /// Processes that begin to use sockets, where connections are found by what is noted of them.
  var users: SocketUsers?
  private var poll: Poll
  /// The places of their descriptors, where there are some.
  private let processPlace, destroyPlace, addressPlace, userPlace: Int?
  private let scoutPlace: Int
  /// When it waits for what is told again, in nanoseconds since the system's start; 0: it does.
  private var resumes: Int64 = 0
  /// Flows that are to be looked at again, and when; and when the first of them is. In nanoseconds since the system's start.
  var open: [FlowKey: Int64] = [:]
  var nextLook = Int64.max
  /// What was seen of those of them that a socket is of whose use is waited for.
  var unused: [FlowKey: (source: EndSight, destination: EndSight, seen: Int64)] = [:]
  /// For how long it may be searched now, and when it was searched last, in nanoseconds since the system's start.
  var searchCredit: Int64 = 0
  var searched: Int64 = 0
  var nextFullScan: Int64 = 0
  var nextWantedScan: Int64 = 0
  /// Programs of a captured command that have just begun, until when each is to be looked into, and when next; for how long that may
  /// be done now, and when it was done last. In nanoseconds, and since the system's start.
  var newcomers: [Int32: Int64] = [:]
  var nextNewcomerLook = Int64.max
  var newcomerCredit: Int64 = 0
  var newcomerLooked: Int64 = 0
  var answers: [OwnerAnswer] = []
  /// Whether there were questions when it looked last.
  private var isAsked = false
  /// Whether the packet that asks is the first after a silence.
  private(set) var isAfterSilence = false
  /// Flows whose process has had a child, or has become another program.
  var shared: Set<FlowKey> = []
  /// Flows whose process has another name or user.
  var renamed: Set<FlowKey> = []
  /// What was heard of processes, for whoever wants to know their descendants.
  let family: ProcessFamily?

  init(
    _ mailbox: OwnerMailbox, _ finder: consuming EndFinder<Door>, scouts: OwnerScouts,
    processEvents: consuming ProcessEventSource?, destroyEvents: consuming SocketDestroyEvents?,
    addressEvents: consuming AddressEventSource?, users: consuming SocketUsers?, family: ProcessFamily?
  ) {
    self.mailbox = mailbox
    self.finder = finder
    self.scouts = scouts
    self.family = family
    var poll = Poll()
    poll.add(mailbox.descriptor)
    processPlace = (processEvents?.descriptor).map { poll.add($0) }
    destroyPlace = (destroyEvents?.descriptor).map { poll.add($0) }
    addressPlace = (addressEvents?.descriptor).map { poll.add($0) }
    userPlace = (users?.descriptor).map { poll.add($0) }
    scoutPlace = poll.count
    for descriptor in scouts.descriptors { poll.add(descriptor) }
    self.poll = poll
    self.processEvents = processEvents
    self.destroyEvents = destroyEvents
    self.addressEvents = addressEvents
    self.users = users
    // Where it is told when one has gone, too.
    if destroyPlace != nil { self.finder.namespaces.own.hear(of: self.finder.uses) }
  }

  /// What the thread does until it shall end.
  func run() {
    WorkerThread.hurry()
    var hasMore = false
    while !mailbox.isEnding {
      pauseOrGoOn(hasMore: hasMore)
      _ = try? poll.wait(nanoseconds: timeout())
      // The scouts first: what they saw is newer than what is asked for, and its sockets may be gone sooner.
      hasMore = scouts.take(of: { isReady(scoutPlace &+ $0) }) { ends, sighting in
        let isNew = look(ends, sighting)
        scanForWanted()
        return isNew
      }
      hearOfProcesses()
      if isReady(userPlace) { meetUsers() }
      lookAtNewcomers()
      if isReady(destroyPlace) || !goneSockets.isEmpty { hearOfSockets() }
      if isReady(addressPlace) { hearOfAddresses() }
      let questions = mailbox.takeQuestions(isCalled: isReady(0))
      isAsked = !questions.isEmpty
      finder.isFlooded = questions.count > Self.flood
      for question in questions { _ = look(question) }
      lookAtShared()
      lookAgain()
      scan()
      finder.namespaces.scanNowAndThen()
      send()
    }
  }

  /// Whether something waits at a descriptor, by its place.
  private func isReady(_ place: Int?) -> Bool { place.map { !poll.events(at: $0).isEmpty } ?? false }

  /// Waits for nothing but questions for a while after what tells of flows, processes and sockets has told something.
  private func pauseOrGoOn(hasMore: Bool) {
    // The programs of a command may end at once.
    guard finder.uses != nil, family == nil else { return }
    let now = BootClock.nanosecondsSinceStart
    let isTold = resumes == 0 && !hasMore && (1..<poll.count).contains { $0 != userPlace && isReady($0) }
    let isOver = resumes != 0 && now >= resumes
    guard isTold || isOver else { return }
    resumes = isTold ? now &+ Self.pause : 0
    // The first place is the questions'; and who begins to use sockets may end soon.
    for place in 1..<poll.count where place != userPlace { poll.setActive(isOver, at: place) }
  }

  /// How long nothing is to be done, in nanoseconds.
  private func timeout() -> Int64 {
    // What was heard of processes after their flows were looked at.
    guard shared.isEmpty, renamed.isEmpty, goneSockets.isEmpty else { return 0 }
    let now = BootClock.nanosecondsSinceStart
    var next = min(nextLook, nextNewcomerLook, scouts.nextChange, finder.namespaces.nextScan)
    if resumes != 0 { next = resumes }
    // More questions that nobody waits for do not wake this thread.
    if isAsked { next = min(next, now &+ Self.unhurried) }
    let isSearching = !finder.holders.wanted.isEmpty
    next = min(next, !isSearching ? nextFullScan : searchCredit > 0 ? now : now &+ Self.searchPiece)
    return max(next &- now, 0)
  }

  private func send() {
    let news = finder.processes.takeNews()
    let identities = finder.processes.takeIdentities()
    guard !answers.isEmpty || !news.isEmpty || !identities.isEmpty else { return }
    mailbox.answer(answers, news, identities)
    answers.removeAll(keepingCapacity: true)
  }

  // MARK: Flows

  /// Looks at what a scout saw, unless that was just looked at; true where it is a new flow.
  private func look(_ ends: FrameEnds, _ sighting: FlowScout.Sighting) -> Bool {
    // What only passes by is no news, however often it is seen.
    if finder.namespaces.areForeign(ends) { return false }
    var sourceIsLower = true
    let key = FlowKey(ends, sourceIsLower: &sourceIsLower)
    if let known = history.find(key), abs(sighting.time &- known.asked) < Self.sameTime,
      known.lower.closed == 0, known.upper.closed == 0,
      !ends.begins || known.asked == sighting.time
    {
      return false
    }
    return look(OwnerQuestion(ends: ends, time: sighting.time, interface: sighting.interface))
  }

  /// Looks at a flow that a packet is of; true where it is a new one.
  private func look(_ question: OwnerQuestion) -> Bool {
    var (question, sourceIsLower) = (question, true)
    let key = FlowKey(question.ends, sourceIsLower: &sourceIsLower)
    var entry = history.find(key) ?? OwnerHistory.Entry(key: key, ends: question.ends)
    if let noted = question.noted, noted.found > entry.found {
      entry.take(noted)
      for end in [noted.lower, noted.upper] where end.hasProcess {
        for process in finder.processes.processes(at: end.place) { history.note(process, key) }
      }
      history.keep(entry)
    }
    if question.began != 0, question.began > entry.began, !question.ends.begins {
      let first = question.began &- OwnedFlows.sameBeginning
      if [entry.lower, entry.upper].contains(where: { $0.answer.hasProcess && $0.since < first }) {
        // What is known is of an earlier connection: this one is looked at from its beginning on.
        question.ends.begin(fromOther: sourceIsLower == question.isAcceptedBelow)
        (question.time, sourceIsLower) = (question.began, !question.isAcceptedBelow)
      } else {
        (entry.began, entry.isAcceptedBelow, entry.isTraced) = (question.began, question.isAcceptedBelow, false)
      }
    }
    let isNew = entry.looks == 0
    let isTurned = takeTurns(&entry)
    // It has been looked at since, because of the same packet or of a later one.
    if !isNew, !isTurned, entry.found >= question.time, finder.areUsersCurrent(entry),
      !question.ends.begins || entry.isBegun(by: question.time, within: Self.sameTime)
    {
      answer(with: entry)
      return false
    }
    entry.asked = question.time
    if question.interface != 0 { entry.interface = question.interface }
    entry.ends = question.ends
    if question.ends.begins {
      (entry.began, entry.isAcceptedBelow, entry.isTraced) = (question.time, !sourceIsLower, false)
    }
    if !isNew, !isTurned, isUnchanged(&entry, sourceIsLower: sourceIsLower, time: question.time) {
      answer(with: entry)
      history.keep(entry)
      return false
    }
    let isUnused = unused.removeValue(forKey: key) != nil && !question.ends.begins
    if !entry.isShared || entry.next == 0 {
      if !isUnused { entry.looks = 0 }
      entry.isShared = false
    }
    isAfterSilence = question.isAfterSilence
    look(&entry, sourceIsLower: sourceIsLower, time: question.time)
    isAfterSilence = false
    answer(with: entry)
    keep(entry)
    return isNew
  }

  /// Whether a flow that was found is surely as it was when a packet was captured: its sockets are held by whom they were.
  private func isUnchanged(_ entry: inout OwnerHistory.Entry, sourceIsLower: Bool, time: Int64) -> Bool {
    guard !entry.ends.begins, !entry.isShared, entry.next == 0 else { return false }
    guard entry.lower.answer.isLocal || entry.upper.answer.isLocal else { return false }
    let now = BootClock.nanosecondsSinceEpoch
    finder.begin(becauseOf: min(time, now))
    // What is noted from here on changes what is said here; where it is not unchanged, the earlier marks tell since when.
    let marks = (finder.mark(of: entry.lower), finder.mark(of: entry.upper))
    for (memory, isLower) in [(entry.lower, true), (entry.upper, false)] where memory.answer.isLocal {
      let end = OwnedEnd(ends: entry.ends, isSource: isLower == sourceIsLower)
      guard memory.closed == 0, !memory.isOver, memory.mark != 0 || !finder.mayHaveGoneAround(memory.answer),
        finder.isUnchanged(
          memory.answer, of: end, interface: entry.interface, from: memory.since, since: memory.alive)
      else { return false }
    }
    entry.found = min(now, finder.oldestSeen)
    entry.lower.alive = entry.found
    entry.upper.alive = entry.found
    (entry.lower.mark, entry.upper.mark) = marks
    return true
  }

  /// Answers, and not too late where there is much to answer.
  func answer(with entry: OwnerHistory.Entry) {
    var answer = Self.answer(entry)
    if !answer.isUnsure {
      answer.lowerHold = finder.hold(of: entry.lower.answer)
      answer.upperHold = finder.hold(of: entry.upper.answer)
      (answer.lowerMark, answer.upperMark) = (entry.lower.mark, entry.upper.mark)
      answer.lowerIsUnused = entry.lower.mark != 0 && finder.hasOtherUser(entry.lower.answer)
      answer.upperIsUnused = entry.upper.mark != 0 && finder.hasOtherUser(entry.upper.answer)
      answer.lowerUser = finder.portUser(of: entry.lower)
      answer.upperUser = finder.portUser(of: entry.upper)
    }
    answers.append(answer)
    if answers.count >= Self.mostAnswers { send() }
  }

  static func answer(_ entry: OwnerHistory.Entry) -> OwnerAnswer {
    // The kernel ends a connection by itself; a datagram that comes or goes later is of another socket.
    let isOver = entry.ends.protocolNumber != .tcp && (entry.lower.closed != 0 || entry.upper.closed != 0)
    return OwnerAnswer(
      key: entry.key, lower: entry.lower.answer, upper: entry.upper.answer,
      lowerSince: entry.lower.since, upperSince: entry.upper.since, found: entry.found,
      isUnsure: isOver || entry.lower.isOver || entry.upper.isOver || entry.isShared && entry.next > 0,
      lowerClosed: entry.lower.closed, upperClosed: entry.upper.closed)
  }

  func look(_ entry: inout OwnerHistory.Entry, sourceIsLower: Bool, time: Int64) {
    entry.looks += 1
    takeTurns(&entry)
    entry.found = BootClock.nanosecondsSinceEpoch
    // Who was seen to have a socket before others used it may not have it now.
    finder.begin(becauseOf: min(max(time, finder.lastTurn(entry.lower), finder.lastTurn(entry.upper)), entry.found))
    let sourceEnd = OwnedEnd(ends: entry.ends, isSource: true)
    let destinationEnd = OwnedEnd(ends: entry.ends, isSource: false)
    // Those that began meanwhile are the likeliest owners.
    hearOfProcesses()
    finder.awaitsUse = entry.looks <= Self.looksForUse
    let (source, destination, seen) = unused.removeValue(forKey: entry.key) ?? sight(entry, sourceEnd, destinationEnd)
    entry.found = min(entry.found, seen)
    noteGoneSockets()
    var earlier: [(isLower: Bool, memory: OwnerHistory.EndMemory)] = []
    // What holds for this packet, where some of those who hold a socket now were started after it.
    var before = entry
    var hasBefore = false
    var (isOpen, awaitsNews) = (false, false)
    for (sight, end, isLower) in [
      (source, sourceEnd, sourceIsLower), (destination, destinationEnd, !sourceIsLower),
    ] {
      var found = finder.answer(sight)
      finder.remember(found, of: end)
      var isOver = false
      var memory = isLower ? entry.lower : entry.upper
      let (gone, isToBeTold) = goneOwner(of: end, sight, found, memory, entry)
      if let gone { (found, isOver) = (finder.answer(gone), true) }
      if gone == nil, isLower == entry.isAcceptedBelow {
        if sight.isTrace { entry.isTraced = true }
        if let acceptor = acceptor(of: end, sight, found, entry) { (found, isOver) = (acceptor, true) }
      }
      entry.found = min(entry.found, finder.oldestSeen)
      if found.end.method == .exact { for process in finder.lastHolders { history.note(process, entry.key) } }
      var memoryBefore: OwnerHistory.EndMemory?
      if let earlier = finder.earlier, !memory.answer.hasProcess {
        hasBefore = true
        memory = OwnerHistory.EndMemory(answer: earlier, since: memory.since != 0 ? memory.since : time)
        memory.alive = finder.processes.lastChange &- 1
        memoryBefore = memory
      }
      if case .listener = sight, !isOver {
        merge(listener: found, into: &memory, &entry, time: time)
      } else {
        merge(found, into: &memory, entry.ends, time: time, now: entry.found, isGone: gone != nil)
        if isOver { memory.isOver = true }
        if let gone { memory.end(gone, hasBegun: end.ends.protocolNumber == .tcp && entry.began != 0) }
      }
      if !memory.answer.isSettled { isOpen = true }
      if isToBeTold, !memory.answer.hasProcess {
        memory.answer.isSettled = false
        awaitsNews = true
      }
      if memory.awaits { isOpen = true }
      // A socket that nobody has may be on its way to another process.
      let known = isLower ? entry.lower : entry.upper
      let isThere = found.end.cookie != 0 && found.end.cookie == memory.answer.end.cookie
      let isKnown = known.mark != 0 && known.answer.end.cookie == memory.answer.end.cookie
      if !isKnown { earlier += takeTurns(before: &memory, seen: entry.found, entry.key).map { (isLower, $0) } }
      // What was noted since the turns were taken is taken the next time.
      memory.mark = !finder.canMark(memory, isThere: isThere) ? 0 : isKnown ? known.mark : finder.lastMark
      if isLower { entry.lower = memory } else { entry.upper = memory }
      if isLower { before.lower = memoryBefore ?? memory } else { before.upper = memoryBefore ?? memory }
    }
    before.found = entry.found
    if hasBefore { answers.append(Self.answer(before)) }
    tell(earlier, of: entry)
    // Nobody shares what is over.
    if entry.isShared, entry.isOpen { isOpen = true }
    entry.next = next(entry.looks, isOpen: isOpen, awaitsNews: awaitsNews)
    if entry.next != 0, finder.awaitsUse(source) || finder.awaitsUse(destination) {
      unused[entry.key] = (source, destination, seen)
    }
  }

  /// Looks for the sockets at both ends.
  private func sight(
    _ entry: OwnerHistory.Entry, _ sourceEnd: OwnedEnd, _ destinationEnd: OwnedEnd
  ) -> (source: EndSight, destination: EndSight, seen: Int64) {
    // Each is looked for in the likeliest processes at once: it may be gone before all is known of the other end.
    let source = finder.sight(sourceEnd, interface: entry.interface)
    finder.seek(source)
    let destination = finder.sight(destinationEnd, interface: entry.interface)
    finder.seek(destination)
    hearOfProcesses()
    return (source, destination, entry.found)
  }
}

extension FrameEnds {
  /// Makes it that which its connection began with.
  fileprivate mutating func begin(fromOther isReply: Bool) {
    if isReply {
      swap(&source, &destination)
      swap(&sourcePort, &destinationPort)
    }
    flags = .synchronize
  }
}
