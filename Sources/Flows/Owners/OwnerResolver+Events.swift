internal import Glibc
internal import Linux
internal import Sockets
internal import Wire

/// What the kernel tells the resolver: of processes that begin, change and end, and of sockets that go.
extension OwnerResolver {
  func hearOfProcesses() {
    while let (events, lost) = processEvents.flatMap2({ try? ProcessEvent.next(from: &$0) }) {
      if lost { finder.heardTooLittle() }
      for event in events { hear(event) }
      if events.isEmpty { return }
    }
  }

  /// Looks at processes that use sockets for the first time, while they are there.
  func meetUsers() {
    while let user = users.flatMap2({ $0.next() }) {
      finder.processes.prepare(user.process, startTime: SocketUses.ticks(user.start), through: finder.door)
    }
  }

  private func hear(_ event: ProcessEvent) {
    // The kernel tells the time since the system's start.
    let time = BootClock.nanosecondsSinceEpoch &- BootClock.monotonicNanoseconds &+ Int64(clamping: event.timestamp)
    switch event.kind {
    case .forked(let parent):
      guard event.isProcess else { return }
      finder.processes.began(event.pid, parent: parent, at: time)
      // This program starts nothing but the command, which may go on before whoever started it says so.
      if parent == getpid() { family?.add(event.pid) }
      family?.began(event.pid, parent: parent)
      finder.askers.forget(event.pid)
      finder.holders.began(event.pid, parent: parent)
      share(flowsOf: parent)
    case .executed:
      finder.processes.changed(event.pid, at: time)
      for process in finder.holders.executed(event.pid, through: finder.door).union([event.pid]) {
        share(flowsOf: process)
      }
      finder.askers.forget(event.pid)
      welcome(event.pid)
    case .named, .changedUser:
      finder.processes.changed(event.pid, at: time)
      let flows = history.flows(of: event.pid)
      if flows.count <= Self.mostShared { renamed.formUnion(flows) }
    case .exited:
      guard event.isProcess else { return }
      withdraw(event.pid, at: time)
      // What it had others may have now: those that it has started.
      share(flowsOf: event.pid)
      finder.processes.ended(event.pid, hadChildren: finder.holders.hasChildren(event.pid))
      finder.ended(event.pid, at: time)
      finder.holders.forget(event.pid)
      newcomers[event.pid] = nil
    case .other: break
    }
  }

  /// A process has shared its sockets with a child, or closed some: its flows are to be looked at as often as new ones,
  /// unless there are too many. Not at once: one of them may be looked at just now.
  private func share(flowsOf process: Int32) {
    let flows = openFlows(of: process)
    if flows.count <= Self.mostShared { shared.formUnion(flows) }
  }

  private func openFlows(of process: Int32) -> Set<FlowKey> {
    let uses = finder.uses
    return history.openFlows(of: process) { uses?.isOver($0) ?? false }
  }

  /// A process has ended: what it held together with others is theirs alone from then on.
  private func withdraw(_ process: Int32, at time: Int64) {
    for key in openFlows(of: process) {
      guard var entry = history.find(key) else { continue }
      let lower = withdraw(process, at: time, from: &entry.lower)
      let upper = withdraw(process, at: time, from: &entry.upper)
      guard lower || upper else { continue }
      history.keep(entry)
      answer(with: entry)
    }
  }

  private func withdraw(_ process: Int32, at time: Int64, from memory: inout OwnerHistory.EndMemory) -> Bool {
    // The others may have closed it before, which nobody tells.
    guard memory.answer.isShared,
      finder.holders.isHeld(memory.answer.end.inode, byOthersThan: process, through: finder.door),
      let place = finder.processes.place(of: memory.answer.place, without: process)
    else { return false }
    memory.answer.place = place
    memory.answer.isShared = finder.processes.isGroup(place)
    memory.since = max(memory.since, time)
    return true
  }

  func lookAtShared() {
    guard !shared.isEmpty || !renamed.isEmpty else { return }
    let now = BootClock.nanosecondsSinceStart
    for key in renamed.subtracting(shared) {
      guard var entry = history.find(key), entry.next == 0 else { continue }
      entry.next = now
      keep(entry)
    }
    renamed.removeAll()
    for key in shared {
      guard var entry = history.find(key), entry.isOpen else { continue }
      entry.looks = 0
      entry.next = now
      entry.isShared = true
      keep(entry)
    }
    shared.removeAll()
  }

  /// The addresses of this network namespace have changed: the thread that captures is told of them.
  func hearOfAddresses() {
    guard addressEvents.flatMap2({ $0.hasChanged() ? true : nil }) != nil else { return }
    finder.namespaces.own.readAddresses()
    mailbox.tell(addresses: finder.namespaces.own.taken)
  }

  /// Takes what the kernel tells of sockets that have gone: of those that listened at once, of the others later.
  func noteGoneSockets() {
    while let socket = destroyEvents.flatMap2({ try? $0.next() }) {
      goneSockets.append(socket)
      if socket.remote == nil, case .internet(_, let port, _) = socket.local {
        finder.namespaces.own.listenerHasGone(at: port)
      }
    }
    let overruns = destroyEvents?.overruns ?? 0
    if overruns != missedGoneSockets { finder.namespaces.own.listenerHasGone(at: nil) }
    missedGoneSockets = overruns
  }

  func hearOfSockets() {
    noteGoneSockets()
    let gone = goneSockets
    goneSockets.removeAll(keepingCapacity: true)
    var unnamed: Set<FlowKey> = []
    for socket in gone {
      guard let cookie = socket.cookie else { continue }
      let now = BootClock.nanosecondsSinceEpoch
      if let user = finder.uses?.last(ofCookie: cookie), !user.isShared {
        unnamed.formUnion(self.gone.take(socket, usedBy: user, told: now))
      }
      guard var entry = history.flow(ofCookie: cookie) else { continue }
      if entry.lower.answer.end.cookie == cookie {
        entry.lower.closed = now
        finder.holders.closed(entry.lower.answer.end.inode)
      }
      if entry.upper.answer.end.cookie == cookie {
        entry.upper.closed = now
        finder.holders.closed(entry.upper.answer.end.inode)
      }
      history.keep(entry)
      answer(with: entry)
    }
    for key in unnamed { lookAgain(at: key) }
  }

  /// Names the ends of a flow that were looked for in vain by sockets that have gone since, for the packet that was looked at last.
  private func lookAgain(at key: FlowKey) {
    guard var entry = history.find(key) else { return }
    unused[key] = nil
    let lower = name(&entry.lower, of: entry, isLower: true)
    let upper = name(&entry.upper, of: entry, isLower: false)
    guard lower || upper else { return }
    answer(with: entry)
    keep(entry)
  }

  private func name(_ memory: inout OwnerHistory.EndMemory, of entry: OwnerHistory.Entry, isLower: Bool) -> Bool {
    let end = OwnedEnd(ends: entry.ends, isSource: isLower == entry.isSourceLower)
    let unnamed = EndAnswer(local: .unattributed, .gone)
    let known = memory.answer
    // Not where a socket was seen that may be another one.
    guard known.isLocal, let gone = goneOwner(of: end, .answer(unnamed), unnamed, memory, entry).socket,
      known.hasNoSocket || memory.awaits || known.end.cookie == gone.cookie
    else { return false }
    var ends = entry.ends
    ends.flags.remove(.synchronize)
    merge(
      finder.answer(gone), into: &memory, ends, time: entry.asked, now: BootClock.nanosecondsSinceEpoch, isGone: true)
    memory.isOver = true
    memory.end(gone, hasBegun: ends.protocolNumber == .tcp && entry.began != 0)
    memory.mark = 0
    return true
  }
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
