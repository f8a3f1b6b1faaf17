internal import Sockets
internal import Wire

/// What is known of one flow's owners.
extension OwnedFlows {
  /// A flow: what every packet of it needs, in two cache lines.
  struct Record: BitwiseCopyable {
    var key = FlowKey()
    /// When its last packet was captured, in nanoseconds since the Epoch.
    var used: Int64 = 0
    /// Until when what was answered is taken to hold without a look.
    var horizon: Int64 = 0
    var lower = EndAnswer()
    /// Whether up to the horizon nothing but the answers is to be looked at: both are the best that can be had, no socket is
    /// closed, and the packets are later than the last change.
    var isPlain: Bool { plain.isSet }
    var plain = Plain()
    var isAnswered = false
    /// Whether a packet of it was counted.
    var isCounted = false
    var upper = EndAnswer()
    /// Tells it from an earlier flow of the same number.
    var serial: UInt32 = 0

    /// Whether it is answered to be of no socket here: what it does makes no difference.
    @inline(__always)
    var isForeign: Bool { isAnswered && !lower.isLocal && !upper.isLocal }

    /// Takes a frame with these ends, if it is of this flow and its owners are as they were for the frame before: the common
    /// way.
    @inline(__always)
    mutating func takes(_ ends: CommonEnds, reversed: UInt32, _ time: Int64) -> Bool {
      guard isPlain, key.isOf(ends, reversed: reversed), time <= horizon,
        time &- used <= OwnedFlows.silence || isForeign
      else { return false }
      used = time
      isCounted = true
      return true
    }

    /// Tells whose a frame is that was taken so.
    @inline(__always)
    func tell(reversed: UInt32, _ owner: inout FrameOwner, _ attribution: inout FrameAttribution) {
      guard !plain.isForeign else {
        owner.process = FrameOwner.notFound
        attribution.own = FrameAttribution.End(.unattributed, .foreign)
        return
      }
      let ownIsLower = plain.ownIsLower(reversed: reversed)
      owner.process = ownIsLower ? lower.place : upper.place
      attribution.own = ownIsLower ? lower.end : upper.end
      if plain.hasPeer {
        owner.peer = ownIsLower ? upper.place : lower.place
        attribution.peer = ownIsLower ? upper.end : lower.end
      }
    }

    /// Whether waiting would not make it better.
    @inline(__always)
    var isSettled: Bool { isAnswered && lower.isSettled && upper.isSettled }
  }

  /// Which of the ends a frame is told with first, by where it comes from: the source, if that is of this machine, else the
  /// destination.
  struct Plain: BitwiseCopyable {
    /// Bit 0: whether the lower end is first for frames from there, bit 1: for frames from the upper end; bit 2: whether both
    /// are told; bit 3: whether any of that is known; bit 4: whether neither is of this machine.
    private var bits: UInt8 = 0

    /// It is not known.
    init() {}

    init(_ lower: EndAnswer, _ upper: EndAnswer) {
      bits = 8
      if lower.isLocal { bits |= 1 }
      if lower.isLocal, !upper.isLocal { bits |= 2 }
      if lower.isLocal, upper.isLocal { bits |= 4 }
      if !lower.isLocal, !upper.isLocal { bits |= 16 }
    }

    @inline(__always) var isSet: Bool { bits != 0 }
    @inline(__always) var hasPeer: Bool { bits & 4 != 0 }
    @inline(__always) var isForeign: Bool { bits & 16 != 0 }

    @inline(__always)
    func ownIsLower(reversed: UInt32) -> Bool { bits >> UInt8(truncatingIfNeeded: reversed & 1) & 1 != 0 }
  }

  /// What is needed of a flow when it is asked about or answered.
  struct Past: BitwiseCopyable {
    /// What was of one end.
    struct End: BitwiseCopyable {
      /// The owner before, and from which packet on it is the present one, in nanoseconds since the Epoch.
      var before = EndAnswer()
      var since: Int64 = 0
      /// When its socket was closed; 0 for one that is open.
      var closed: Int64 = 0
      /// The only process that holds its socket, and by which descriptor; 0 where that is not known.
      var holder: Int32 = 0
      var descriptor: Int32 = 0

      /// Takes who alone holds its socket.
      mutating func hold(_ hold: SocketHold?) {
        holder = hold?.process ?? 0
        descriptor = hold?.descriptor ?? 0
      }

      /// Who owned the end when a packet was captured.
      func owner(_ answer: EndAnswer, at time: Int64) -> EndAnswer {
        var owner = time < since && before.isLocal ? before : answer
        if closed != 0, time > closed, owner.end.method == .exact || owner.end.method == .port {
          owner.end.method = .cached
        }
        return owner
      }
    }

    var lower = End()
    var upper = End()
    /// When it was asked about, when the owners were last seen to be so, and when that was answered, in nanoseconds since the
    /// Epoch.
    var asked: Int64 = 0
    var verified: Int64 = 0
    var answered: Int64 = 0
    /// Until when packets of it do not wait for a look, as long as they keep coming.
    var limit: Int64 = 0
    var hash: UInt32 = 0

    /// From when on the owners are those that they are, or were looked for.
    var lastChange: Int64 { max(lower.since, upper.since) }
  }
}
