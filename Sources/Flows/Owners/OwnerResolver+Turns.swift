internal import Linux
internal import Wire

/// Sockets that several processes had one after another: whose a packet is says who used its socket next after it.
extension OwnerResolver {
  typealias Entry = OwnerHistory.Entry
  typealias EndMemory = OwnerHistory.EndMemory

  /// Tells who had the sockets of a flow since it was looked at, where the kernel noted all of them; true where others had.
  @discardableResult
  func takeTurns(_ entry: inout Entry) -> Bool {
    var isTurned = false
    for end in [\Entry.lower, \Entry.upper] {
      let memory = entry[keyPath: end]
      guard memory.mark != 0 else { continue }
      guard !finder.isCurrent(memory.mark) else {
        if takeBack(&entry, end, finder.lastUser(memory.answer)) { isTurned = true }
        continue
      }
      // What is noted from here on is taken the next time.
      let mark = finder.mark(of: memory)
      guard mark != 0, !memory.answer.isShared else { continue }
      isTurned = true
      guard let turns = finder.turns(since: memory) else {
        // There were more than are remembered: from then on nobody is known to have had it.
        entry[keyPath: end] = EndMemory(
          answer: EndAnswer(local: .unattributed, .gone), since: max(memory.since, memory.used &+ 1))
        answers.append(Self.answer(entry))
        continue
      }
      takeBack(&entry, end, turns[0])
      for (number, turn) in turns.enumerated().dropFirst() {
        let since = Self.beginning(of: turn, after: turns[number &- 1])
        if let unknown = take(turn, since: since, &entry[keyPath: end], entry.key) {
          tell([(end == \Entry.lower, unknown)], of: entry)
        }
        // Whoever has the socket now may be another one, who has not used it.
        answers.append(Self.answer(entry))
      }
      entry[keyPath: end].mark = mark
    }
    return isTurned
  }

  /// Who has a socket and has not used it may have given it back: whoever used it last uses it again. True where that is so.
  @discardableResult
  private func takeBack(_ entry: inout Entry, _ end: WritableKeyPath<Entry, EndMemory>, _ user: SocketUse?) -> Bool {
    guard let user, user.last > entry[keyPath: end].since &+ SocketUse.clocksApart else { return false }
    entry[keyPath: end].alive = max(entry[keyPath: end].alive, user.last)
    entry[keyPath: end].used = user.last
    guard !finder.isAmong(user.process, entry[keyPath: end].answer) else { return false }
    entry[keyPath: end].answer = finder.answer(entry[keyPath: end].answer, now: user)
    answers.append(Self.answer(entry))
    return true
  }

  /// Who had the socket of an end before, which is just found, from when on it holds; the end becomes the last one's.
  ///
  /// - Parameter seen: when it was seen to be whose it is found to be, in nanoseconds since the Epoch.
  func takeTurns(before memory: inout EndMemory, seen: Int64, _ key: FlowKey) -> [EndMemory] {
    guard let turns = finder.turns(of: memory.answer) else { return [] }
    let found = memory
    var earlier: [EndMemory] = []
    let known = turns.first.map { $0.isShared ? $0.since : 0 } ?? BootClock.nanosecondsSinceEpoch
    if known > found.since {
      // Who had it before that is not known.
      earlier.append(EndMemory(answer: EndAnswer(local: .unattributed, .gone), since: found.since))
      memory.since = known
    }
    guard let first = turns.first else { return earlier }
    memory.answer = finder.answer(found.answer, now: first)
    for (number, turn) in turns.enumerated().dropFirst() {
      let since = Self.beginning(of: turn, after: turns[number &- 1])
      if since > found.since { earlier.append(memory) }
      if let unknown = take(turn, since: max(since, found.since), &memory, key) { earlier.append(unknown) }
    }
    memory.alive = found.alive
    // Whoever was seen to have it after its last use has not used it yet.
    guard memory.answer != found.answer, let last = turns.last?.last, seen > last else { return earlier }
    if last >= found.since { earlier.append(memory) }
    memory = found
    memory.since = max(found.since, last &+ 1)
    return earlier
  }

  /// Answers what was of single ends before.
  func tell(_ earlier: [(isLower: Bool, memory: EndMemory)], of entry: Entry) {
    for (isLower, memory) in earlier {
      var before = entry
      if isLower { before.lower = memory } else { before.upper = memory }
      answers.append(Self.answer(before))
    }
  }

  /// The socket of an end is another's from a time on; tells what is of it before that, where it had another program then.
  private func take(_ turn: SocketUse, since: Int64, _ memory: inout EndMemory, _ key: FlowKey) -> EndMemory? {
    let answer = finder.answer(memory.answer, now: turn)
    let change = finder.processes.lastChange
    history.note(turn.process, key)
    let before = memory
    guard answer != before.answer else {
      memory.since = min(before.since, since)
      memory.alive = max(before.alive, turn.last)
      memory.used = turn.last
      return nil
    }
    // What came before it was started it may have taken, and has not sent.
    let since = max(since, turn.started)
    memory = EndMemory(answer: answer, since: max(since, change))
    (memory.closed, memory.isOver, memory.alive) = (before.closed, before.isOver, max(before.alive, turn.last))
    memory.used = turn.last
    guard change > since else { return nil }
    return EndMemory(answer: EndAnswer(local: .unattributed, .gone), since: since)
  }

  /// From when on a socket is the one's who is noted to use it after another: what it sends first is noted later, and what it takes was
  /// there before, but both came after the other one's last use.
  private static func beginning(of turn: SocketUse, after other: SocketUse) -> Int64 {
    guard other.last != 0 else { return turn.since }
    // Who has a connection that is just established is noted to use it until that is acknowledged.
    return other.last < turn.since ? other.last &+ 1 : other.last &- SocketUse.acknowledging &+ 1
  }
}
