internal import Linux

/// Which sockets were seen to be held by whom just now: many flows may have the same one, such as a resolver's or that of a
/// server of QUIC, and packets that came before a look need no other.
///
/// What is seen later puts out what was before: then there is one more look.
struct SeenHolds {
  private struct Seen: BitwiseCopyable {
    var inode: UInt64 = 0
    var holder: Int32 = 0
    var descriptor: Int32 = 0
    /// When it was seen, in nanoseconds since the Epoch.
    var time = Int64.min
  }

  private var seen = InlineArray<32, Seen>(repeating: Seen())

  /// When a socket was seen to be held, at a time or later; nil where it is held no more. `now` was read before this is called.
  /// All in nanoseconds since the Epoch.
  mutating func look(
    at socket: HeldSocketNumber, of holder: Int32, since time: Int64, now: Int64, _ watch: any HolderWatch
  ) -> Int64? {
    let place = Int(truncatingIfNeeded: socket.inode & 31)
    let known = seen[place]
    if known.inode == socket.inode, known.holder == holder, known.descriptor == socket.descriptor, known.time >= time {
      return known.time
    }
    guard watch.isHeld(socket, by: holder) else {
      seen[place] = Seen()
      return nil
    }
    seen[place] = Seen(inode: socket.inode, holder: holder, descriptor: socket.descriptor, time: max(now, time))
    return max(now, time)
  }
}
