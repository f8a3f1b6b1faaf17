internal import CLinux
internal import Glibc
internal import Linux
internal import Sockets
internal import Wire

/// The ends of packets that have no ports.
extension EndFinder {
  /// An echo is asked for by a program, and answered by the kernel.
  mutating func sightEcho(_ end: OwnedEnd) -> EndSight {
    guard let view = view(of: end) else { return .answer(.remote) }
    guard end.isSource == (end.ends.kind == .echoRequest) else { return .answer(EndAnswer(local: .kernel)) }
    if let asker = asker(of: end, in: view) { return .answer(asker) }
    // Every raw socket gets every reply, so that only the identifier tells who asked: programs take their own number. They
    // may end with the first reply, so that what they hold is looked at before the sockets are listed.
    var held: Set<UInt64> = []
    for number in [end.port, end.port.byteSwapped] {
      let sockets = door.sockets(of: Int32(number), besides: [:], limit: HolderSearch.mostListed)
      held.formUnion((sockets ?? []).map(\.inode))
    }
    let own = held.isEmpty ? [] : view.rawSockets(of: end.ends.protocolNumber, among: held)
    let pings = view.pingSockets(end.ends.protocolNumber, identifier: end.port)
    if !pings.isEmpty { return .sockets(pings, .port) }
    if !own.isEmpty { return .sockets(own, .port) }
    for socket in view.rawSockets(of: end.ends.protocolNumber) {
      let holders = door.holders(of: socket.inode, among: [Int32(end.port), Int32(end.port.byteSwapped)])
      if !holders.isEmpty { return .sockets([socket], .port) }
    }
    return .answer(EndAnswer(local: .unattributed, .noSocket))
  }

  /// The program that asks for an echo, by its own number as the identifier: it may end with the first reply, so that the one
  /// socket is asked what it is, and no list is made.
  private mutating func asker(of end: OwnedEnd, in view: NamespaceView<Door>) -> EndAnswer? {
    for number in Set([end.port, end.port.byteSwapped]) where number > 0 {
      let process = Int32(number)
      if processes.began(process, after: newEnough) { continue }
      let protocolNumber = end.ends.protocolNumber
      let known = askers.find(process, protocolNumber, in: view.inode, at: newEnough)
      if let known, known.ended != nil { return known.answer }
      if findAsker(process), let found = askers.find(process, protocolNumber, in: view.inode, at: newEnough) {
        return found.answer
      }
      // It has ended, though that was not heard yet; one that lives has closed its socket.
      if let known, !isRunning(process) { return known.answer }
    }
    return nil
  }

  private func isRunning(_ process: Int32) -> Bool {
    door.origin(of: process).flatMap { ProcessStat($0) }?.canHoldDescriptors ?? false
  }

  /// Looks for raw sockets in a process, to ask for echoes with.
  mutating func findAsker(_ process: Int32) -> Bool {
    // The first ones that a program opens: to list all takes twice as long.
    let sockets = door.sockets(of: process, descriptors: Self.firstDescriptors)
    guard !sockets.isEmpty else { return false }
    let requests = sockets.map { HeldSocketRequest(process: process, descriptor: $0.descriptor, inode: $0.inode) }
    let found = zip(sockets, door.inspect(requests)).compactMap { socket, told -> EchoAskers.Asker? in
      guard let told, told.type == Int32(SOCK_RAW.rawValue),
        told.protocolNumber == Int32(IPPROTO_ICMP) || told.protocolNumber == Int32(IPPROTO_ICMPV6)
      else { return nil }
      return EchoAskers.Asker(
        place: FrameOwner.notFound, protocolNumber: UInt8(told.protocolNumber), inode: socket.inode,
        cookie: told.cookie ?? 0, namespace: told.namespace)
    }
    guard !found.isEmpty, let place = processes.place(of: [process], isOneOfSeveral: false, through: door) else {
      return false
    }
    askers.keep(
      found.map { asker in
        var placed = asker
        placed.place = place
        return placed
      }, of: process)
    return true
  }

  private static var firstDescriptors: [Int32] { Array(3...10) }

  func sightRaw(_ end: OwnedEnd) -> EndSight {
    guard let view = view(of: end) else { return .answer(.remote) }
    let sockets = view.rawSockets(of: end.ends.protocolNumber)
    return sockets.isEmpty ? .answer(EndAnswer(local: .unattributed, .noPorts)) : .sockets(sockets, .port)
  }

  private func view(of end: OwnedEnd) -> NamespaceView<Door>? {
    end.address.isMulticast ? nil : namespaces.owners(of: end.address).views.first
  }
}

extension HolderDoor {
  /// Which of some processes hold a socket. A number of sixteen bits may stand for any process with that remainder: those
  /// with greater numbers are tried, too.
  func holders(of inode: UInt64, among numbers: [Int32]) -> [Int32] {
    var found: [Int32] = []
    for number in Set(numbers) {
      for process in stride(from: number, through: Self.mostProcess, by: 1 << 16) where process > 0 {
        guard
          sockets(of: process, besides: [:], limit: Self.mostDescriptors)?.contains(where: { $0.inode == inode })
            ?? false
        else { continue }
        found.append(process)
      }
    }
    return found
  }

  /// PID_MAX_LIMIT: the greatest number that a process may have, and the most descriptors of a program that pings.
  private static var mostProcess: Int32 { 1 << 22 }
  private static var mostDescriptors: Int { 96 }
}
