import CLinux

/// Sockets that several processes use one after another: who had each, and until when.
extension SocketUses {
  /// When a socket was used last, by CLOCK_MONOTONIC: that may not be noted yet of one that has just another user, and is of another
  /// socket where nothing is noted of this one.
  public func lastUse(ofCookie cookie: UInt64) -> UInt64 {
    // SAFETY: the memory has `count` places, and the number is less than that.
    unsafe clinux_last_use(
      lasts.map.base.advanced(by: Int(cookie & UInt64(Self.count &- 1)) &* MemoryLayout<UInt64>.stride)
        .assumingMemoryBound(to: UInt64.self))
  }

  /// Whether several processes are noted to have used a socket.
  public func hadSeveralUsers(_ cookie: UInt64) -> Bool {
    // SAFETY: the place is in the memory, which lives as long as this does.
    unsafe clinux_had_several_users(place(of: cookie), cookie) == 1 && cookie != 0
  }

  /// Who used a socket, one after another, from when something was noted of it on (`mark`), or as far back as is known: each with when
  /// it used it last, the present user at the end. nil where not all since the mark are known, or one is being noted just now.
  public func turns(ofCookie cookie: UInt64, since mark: UInt32?) -> [SocketUse]? {
    guard cookie != 0, let present = whole(cookie),
      present.user >> UInt64(SocketUseProgram.processBits) == cookie, present.user & Self.processMask != 0
    else { return nil }
    let clock = KernelClock()
    var turns = [Self.use(present, last: lastUse(ofCookie: cookie), clock)]
    let most = 1 << Int(Self.turnBits)
    var count = most
    if let mark {
      let known = Self.mark(UInt32(truncatingIfNeeded: cookie), present.sequence)
      guard mark != 0, known & UInt32(Self.count &- 1) == mark & UInt32(Self.count &- 1) else { return nil }
      count = Int((known >> 16 &- mark >> 16) & 0x7FFF)
      guard count <= most else { return nil }
    }
    var number: UInt64 = 1
    while turns.count <= count, turns[turns.count &- 1].before != 0 {
      var copy = clinux_socket_turn()
      let place = (present.sequence >> 1 &- number) & UInt64(most &- 1)
      // SAFETY: the memory has so many places, and the number is less than that.
      let isWhole = unsafe clinux_read_socket_turn(
        earlier.map.base.advanced(
          by: (Int(cookie & UInt64(Self.turnPlaces &- 1)) << Int(Self.turnBits) &+ Int(place))
            &* MemoryLayout<clinux_socket_turn>.stride
        ).assumingMemoryBound(to: clinux_socket_turn.self), &copy)
      let user =
        UInt64(UInt32(bitPattern: turns[turns.count &- 1].before)) | cookie << UInt64(SocketUseProgram.processBits)
      guard isWhole == 1, copy.user == user else { break }
      var use = clinux_socket_use()
      (use.user, use.start, use.since) = (copy.user, copy.start, copy.since)
      (use.identity, use.before, use.name) = (copy.identity, copy.before, copy.name)
      turns.append(Self.use(use, last: copy.last, clock))
      number &+= 1
    }
    // Nothing may have been written meanwhile.
    // SAFETY: as above.
    guard mark == nil || turns.count == count &+ 1,
      unsafe clinux_socket_use_sequence(place(of: cookie)) == present.sequence
    else { return nil }
    return turns.reversed()
  }
}
