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
      guard mark != 0, let turns = finder.turns(since: memory) else { continue }
      isTurned = true
      takeBack(&entry, end, turns[0])
      for (number, turn) in turns.enumerated().dropFirst() {
        take(turn, since: Self.beginning(of: turn, after: turns[number &- 1]), &entry[keyPath: end], entry.key)
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
    guard let user, user.last >= entry[keyPath: end].since else { return false }
    entry[keyPath: end].alive = max(entry[keyPath: end].alive, user.last)
    guard !finder.isAmong(user.process, entry[keyPath: end].answer) else { return false }
    entry[keyPath: end].answer = finder.answer(entry[keyPath: end].answer, now: user)
    answers.append(Self.answer(entry))
    return true
  }

  /// Who had the socket of an end before, which is just found, from when on it holds; the end becomes the last one's.
  func takeTurns(before memory: inout EndMemory, _ key: FlowKey) -> [EndMemory] {
    guard let turns = finder.turns(of: memory.answer) else { return [] }
    let found = memory
    var earlier: [EndMemory] = []
    memory.answer = finder.answer(found.answer, now: turns[0])
    if turns[0].isShared, turns[0].since > found.since {
      // Who had it before that is not known.
      var unknown = memory
      unknown.answer = EndAnswer(local: .unattributed, .gone)
      earlier.append(unknown)
      memory.since = turns[0].since &- GoneSockets.sending
    }
    for (number, turn) in turns.enumerated().dropFirst() {
      let since = Self.beginning(of: turn, after: turns[number &- 1])
      if since > found.since { earlier.append(memory) }
      take(turn, since: max(since, found.since), &memory, key)
    }
    memory.alive = found.alive
    guard memory.answer != found.answer else { return earlier }
    // Whoever has it now has not used it yet.
    if let last = turns.last?.last, last >= found.since {
      earlier.append(memory)
      memory = found
      memory.since = last &+ 1
    } else {
      memory = found
    }
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

  /// The socket of an end is another's from a time on.
  private func take(_ turn: SocketUse, since: Int64, _ memory: inout EndMemory, _ key: FlowKey) {
    let answer = finder.answer(memory.answer, now: turn)
    if answer == memory.answer {
      memory.since = min(memory.since, since)
    } else {
      let alive = memory.alive
      memory = EndMemory(answer: answer, since: since)
      memory.alive = alive
    }
    memory.alive = max(memory.alive, turn.last)
    history.note(turn.process, key)
  }

  /// From when on a socket is the one's who is noted to use it after another: what it sends first is noted later, and what it takes was
  /// there before, but both came after the other one's last use.
  private static func beginning(of turn: SocketUse, after other: SocketUse) -> Int64 {
    other.last != 0 ? other.last &+ 1 : turn.since &- GoneSockets.sending
  }
}
