import CLinux
import Linux

extension NetlinkPayload {
  /// The octets as numbers of four octets each, in host order; what is left over is left out.
  var numbers: [UInt32] {
    var numbers: [UInt32] = []
    numbers.reserveCapacity(count / 4)
    for place in 0..<count / 4 { numbers.append(uint32(at: place &* 4)) }
    return numbers
  }
}

extension SocketRecord {
  /// A cookie from the two words that the kernel's structures have, the lower one first.
  static func cookie(_ words: (UInt32, UInt32)) -> UInt64? {
    let cookie = UInt64(words.1) << 32 | UInt64(words.0)
    return cookie == 0 || cookie == UInt64.max ? nil : cookie
  }

  /// Sets the queues of a socket whose source tells only how much memory its messages take.
  mutating func setQueues(memory: [UInt32]) {
    let places = (receive: Int(SK_MEMINFO_RMEM_ALLOC), send: Int(SK_MEMINFO_WMEM_ALLOC))
    if places.receive < memory.count { receiveQueue = memory[places.receive] }
    if places.send < memory.count { sendQueue = memory[places.send] }
  }
}
