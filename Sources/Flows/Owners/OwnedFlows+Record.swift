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
    var isAnswered = false
    /// Whether a packet of it was counted.
    var isCounted = false
    var upper = EndAnswer()
    /// Tells it from an earlier flow of the same number.
    var serial: UInt32 = 0

    /// Whether it is answered to be of no socket here: what it does makes no difference.
    @inline(__always)
    var isForeign: Bool { isAnswered && !lower.isLocal && !upper.isLocal }

    /// Whether waiting would not make it better.
    @inline(__always)
    var isSettled: Bool { isAnswered && lower.isSettled && upper.isSettled }
  }

  /// What is needed of a flow when it is asked about or answered.
  struct Past: BitwiseCopyable {
    /// What was of one end.
    struct End: BitwiseCopyable {
      /// An owner of the past, and from which packet on it was, in nanoseconds since the Epoch.
      struct Turn: BitwiseCopyable {
        var answer = EndAnswer()
        var since: Int64 = 0
      }

      /// The owners before, the last first: a process that starts another, which becomes another program and takes a name,
      /// makes three at once.
      private var before = InlineArray<3, Turn>(repeating: Turn())
      /// Whether there were more of them.
      private var isForgetful = false
      /// From which packet on the present owner is.
      var since: Int64 = 0
      /// When its socket was closed; 0 for one that is open.
      var closed: Int64 = 0
      /// The only process that holds its socket, and by which descriptor; 0 where that is not known.
      var holder: Int32 = 0
      var descriptor: Int32 = 0
      /// The only process that used its socket, where that has no peer and nobody else its port; 0 where that is not known.
      var user: Int32 = 0
      /// What was noted of who uses its socket (`SocketUses.mark`); 0 where another's use would not be noted.
      var mark: UInt32 = 0
      /// Whether its owner has not used its socket yet, which others have.
      var isUnused = false
      /// Until when the next process may soon have it, since several had it one after another, in nanoseconds since the Epoch; 0: not.
      var settles: Int64 = 0
      /// The same when its owner was found by that, and when its connection was over then; 0 where it was not.
      var notedMark: UInt32 = 0
      var over: Int64 = 0

      /// Takes who alone holds its socket.
      mutating func hold(_ hold: SocketHold?) {
        holder = hold?.process ?? 0
        descriptor = hold?.descriptor ?? 0
      }

      /// Another owner is from a packet on; what came earlier stays what it was.
      mutating func change(from old: EndAnswer, at time: Int64) {
        // Taken back, it is the one's who had it before.
        if old.isLocal, before[0].answer != old {
          if before[2].answer.isLocal { isForgetful = true }
          before[2] = before[1]
          before[1] = before[0]
          before[0] = Turn(answer: old, since: since)
        }
        since = time
      }

      /// Who owned the end when a packet was captured.
      ///
      /// - Parameter began: when the present connection began; what came before it is not its owner's, whoever that was. 0: not seen.
      func owner(_ answer: EndAnswer, at time: Int64, began: Int64) -> EndAnswer {
        var owner = answer
        if time < since {
          if time < began, answer.hasProcess { owner = EndAnswer(local: .unattributed, .gone) }
          for place in before.indices where before[place].answer.isLocal {
            // It was of an earlier connection, which this packet is not of.
            if time >= began, before[place].since < began &- OwnedFlows.sameBeginning {
              owner = EndAnswer(local: .unattributed, .gone)
              break
            }
            owner = before[place].answer
            if time >= before[place].since { break }
            if place == 2, isForgetful { owner = EndAnswer(local: .unattributed, .gone) }
          }
        }
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
    /// When the last packet was captured that had to wait for an answer.
    var awaited: Int64 = 0
    /// Until when packets of it do not wait for a look, as long as they keep coming.
    var limit: Int64 = 0
    /// When its connection began, where that was seen, and whether its lower end accepted it.
    var began: Int64 = 0
    var isAcceptedBelow = false
    /// Whether its owners were found by what the kernel noted, and not asked for since.
    var isNoted = false
    /// Whether it will be asked about, unless something is noted before.
    var isDelayed = false
    /// Whether it is waited for that who used a socket of it is noted.
    var isYoung = false
    /// The later of that of both ends, and `max` where one is not used by its owner: until then each packet is looked at.
    var settles: Int64 = 0
    var hash: UInt32 = 0
    /// Where it is noted whose the frames from its lower end and from its upper end are; 0: nowhere.
    var lowerNote: UInt32 = 0
    var upperNote: UInt32 = 0

    /// From when on the owners are those that they are, or were looked for.
    var lastChange: Int64 { max(lower.since, upper.since) }
  }
}
