internal import Linux
internal import Sockets
internal import Wire

/// Flows whose owners are found by what the kernel noted of their sockets, without a question.
extension OwnedFlows {
  /// Within how many nanoseconds a segment that begins a connection is the same one, on several interfaces, or as a scout has seen it.
  static var sameBeginning: Int64 { 1_000_000 }

  /// A connection begins with a packet: another one than that which had the same ends.
  mutating func begin(_ number: UInt32, at time: Int64, sourceIsLower: Bool) {
    // It may be seen on several interfaces.
    if time &- pasts[number].began < Self.sameBeginning, time >= pasts[number].began { return }
    if pasts[number].lastChange != time { doubt(number, before: time) }
    // That its sockets are held as they were says nothing of it.
    pasts[number].answered = 0
    pasts[number].began = time
    pasts[number].isAcceptedBelow = !sourceIsLower
  }

  /// Takes what is noted of both ends; nil for one of another machine.
  mutating func take(_ lower: NotedEnd?, _ upper: NotedEnd?, of number: UInt32, now: Int64) {
    var answer = OwnerAnswer(
      key: flows[number].key, lower: lower?.answer ?? .remote, upper: upper?.answer ?? .remote,
      lowerSince: lower?.since ?? 0, upperSince: upper?.since ?? 0, found: now)
    (answer.lowerHold, answer.upperHold) = (lower?.hold, upper?.hold)
    (answer.lowerMark, answer.upperMark) = (lower?.mark ?? 0, upper?.mark ?? 0)
    take(answer, of: number)
    pasts[number].isNoted = true
    (pasts[number].lower.over, pasts[number].upper.over) = (lower?.closed ?? 0, upper?.closed ?? 0)
    (pasts[number].lower.notedMark, pasts[number].upper.notedMark) = (answer.lowerMark, answer.upperMark)
  }

  /// What is known of a flow that was not asked about since it was found by what is noted; nil for any other.
  mutating func takeNoted(_ number: UInt32) -> OwnerAnswer? {
    guard pasts[number].isNoted else { return nil }
    pasts[number].isNoted = false
    var answer = OwnerAnswer(
      key: flows[number].key, lower: flows[number].lower, upper: flows[number].upper,
      lowerSince: pasts[number].lower.since, upperSince: pasts[number].upper.since, found: pasts[number].verified)
    (answer.lowerClosed, answer.upperClosed) = (pasts[number].lower.over, pasts[number].upper.over)
    (answer.lowerMark, answer.upperMark) = (pasts[number].lower.notedMark, pasts[number].upper.notedMark)
    return answer
  }

  /// Processes are not what they were, or have ended: their flows are to be looked at.
  mutating func distrust(flowsOf processes: [Int32], orAll: Bool) {
    guard orAll || !processes.isEmpty else { return }
    let processes = Set(processes)
    var number: UInt32 = 1
    while Int(number) <= flows.highest {
      // Of what was asked about the resolver hears itself.
      if pasts[number].isNoted,
        orAll || processes.contains(pasts[number].lower.holder) || processes.contains(pasts[number].upper.holder)
      {
        distrust(number)
      }
      number &+= 1
    }
  }
}

extension NotedEnd {
  fileprivate var hold: SocketHold { SocketHold(process: process, descriptor: SocketHold.noted) }
}
