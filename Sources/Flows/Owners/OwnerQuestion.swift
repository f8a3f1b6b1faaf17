internal import Synchronization
internal import Linux
internal import Sockets
internal import Wire

/// What one end of a flow is answered to be.
struct EndAnswer: Equatable, Sendable, BitwiseCopyable {
  /// How it was found, and its socket.
  var end = FrameAttribution.End()
  /// Whether the end's address is one of this machine's.
  var isLocal = false
  /// Whether waiting would not make the answer better.
  var isSettled = true
  /// Whether several processes hold the socket: one of them is likely to close it.
  var isShared = false
  /// Whether who holds a listener starts others that answer for it.
  var isHandedOn = false
  /// The owner's place in the table of processes, or what stands in place of one.
  var place = FrameOwner.unknown

  /// Nothing answered.
  init() {}

  /// An answer without a process.
  init(local method: AttributionMethod, _ reason: UnattributedReason = .none) {
    isLocal = true
    end = FrameAttribution.End(method, reason)
    place = method == .kernel ? FrameOwner.kernel : FrameOwner.notFound
  }

  /// The end is on another machine.
  static var remote: EndAnswer { EndAnswer() }

  /// Whether a process is told.
  var hasProcess: Bool { place < FrameOwner.notFound }

  /// Whether there should be one, and none is told.
  var isUnnamed: Bool { isLocal && !hasProcess }

  /// Whether there was no socket when it was looked for.
  var hasNoSocket: Bool { !hasProcess && (end.reason == .noSocket || end.reason == .gone) }
}

/// What is asked of the resolver: whose the ends of a flow are.
struct OwnerQuestion: Sendable {
  var ends: FrameEnds
  /// When the packet was captured that asks, in nanoseconds since the Epoch.
  var time: Int64
  /// The index of the interface that it came by; 0: not known.
  var interface: Int32 = 0
  /// Whether a packet waits for the answer.
  var isUrgent = true
  /// Whether no packet came for so long before that the socket may have been handed to another process.
  var isAfterSilence = false
  /// What was found of the flow by what the kernel noted, without a question.
  var noted: OwnerAnswer?
  /// When its connection began, where that was seen, and whether its lower end accepted it.
  var began: Int64 = 0
  var isAcceptedBelow = false
}

/// What the resolver says of a flow.
struct OwnerAnswer: Sendable {
  var key: FlowKey
  var lower: EndAnswer
  var upper: EndAnswer
  /// From when on each end is so, and when it was found, in nanoseconds since the Epoch.
  var lowerSince: Int64
  var upperSince: Int64
  var found: Int64
  /// Whether it may soon be otherwise: a socket is gone, so that what has its ends later is another's, or its process has just
  /// shared it with another.
  var isUnsure = false
  /// When the sockets were closed, as far as they were: lower, upper; 0 for one that is open.
  var lowerClosed: Int64 = 0
  var upperClosed: Int64 = 0
  /// The only ones that hold the sockets, where whoever captures may see for itself that they still do.
  var lowerHold: SocketHold?
  var upperHold: SocketHold?
  /// What was noted of who uses the sockets, when the answer was found (`SocketUses.mark`); 0: nothing that would tell of others.
  var lowerMark: UInt32 = 0
  var upperMark: UInt32 = 0
  /// Whether others used the sockets before, and those who have them now have not.
  var lowerIsUnused = false
  var upperIsUnused = false
  /// The only processes that used the sockets, where these have no peer; 0 where others may have packets of theirs.
  var lowerUser: Int32 = 0
  var upperUser: Int32 = 0
}

/// Where the thread that captures and the one that looks for owners leave each other word.
final class OwnerMailbox: Sendable {
  /// More questions than that are not kept: they could not be answered in time.
  static let mostQuestions = 4096

  /// So many that nobody waits for wake the resolver, too.
  private static let mostUnhurried = 64

  struct Answers: Sendable {
    /// Processes that the answers name, in the order of their places.
    var processes: [CapturedProcess] = []
    var answers: [OwnerAnswer] = []
    var identities = KnownProcess.News()
    /// The addresses that packets for this network namespace may have, where they have changed.
    var addresses: Set<InternetAddress>?
  }

  private struct Questions: Sendable {
    var all: [OwnerQuestion] = []
    var hasWoken = false
    /// Whether the resolver will soon look by itself.
    var isWatched = false
  }

  /// What became of a question.
  enum Reception {
    /// There are too many already.
    case refused
    /// It is answered when the resolver looks next.
    case taken
    /// The resolver is to be called, for this and those that come with it.
    case takenUrgently
  }

  private let questions = Mutex(Questions())
  private let answers = Mutex(Answers())
  private let hasAnswers = Atomic(false)
  private let ending = Atomic(false)
  private let wakeUp: WakeUp

  init() throws(SystemError) { wakeUp = try WakeUp() }

  /// The descriptor that is readable when there are questions.
  var descriptor: Int32 { wakeUp.descriptor }

  /// Whether the resolver shall end.
  var isEnding: Bool { ending.load(ordering: .acquiring) }

  /// Lets the resolver end.
  func end() {
    ending.store(true, ordering: .releasing)
    wakeUp.call()
  }

  /// Asks, without calling the resolver.
  func ask(_ question: OwnerQuestion) -> Reception {
    questions.withLock { questions in
      guard questions.all.count < Self.mostQuestions else { return .refused }
      questions.all.append(question)
      let calls = question.isUrgent || !questions.isWatched || questions.all.count >= Self.mostUnhurried
      return calls ? .takenUrgently : .taken
    }
  }

  /// Calls the resolver, unless it was called and has not taken the questions yet.
  func call() {
    let wakes = questions.withLock { questions in
      guard !questions.hasWoken, !questions.all.isEmpty else { return false }
      questions.hasWoken = true
      return true
    }
    if wakes { wakeUp.call() }
  }

  /// Takes all questions; `isCalled`: whether the descriptor is readable. Where there are some, more will come, and the resolver
  /// is to look again soon: it is not called for those that nobody waits for.
  func takeQuestions(isCalled: Bool) -> [OwnerQuestion] {
    if isCalled { wakeUp.clear() }
    return questions.withLock { questions in
      var taken = Questions()
      taken.isWatched = !questions.all.isEmpty
      swap(&taken, &questions)
      return taken.all
    }
  }

  /// Leaves answers, and the processes that they are the first to name.
  func answer(_ found: [OwnerAnswer], _ processes: [CapturedProcess], _ identities: KnownProcess.News) {
    guard !found.isEmpty || !processes.isEmpty || !identities.isEmpty else { return }
    answers.withLock {
      $0.processes += processes
      $0.answers += found
      $0.identities.add(identities)
    }
    hasAnswers.store(true, ordering: .releasing)
  }

  /// Leaves word of which addresses are this network namespace's.
  func tell(addresses: Set<InternetAddress>) {
    answers.withLock { $0.addresses = addresses }
    hasAnswers.store(true, ordering: .releasing)
  }

  /// Whether there are answers to take: cheap enough for every packet.
  var isAnswered: Bool { hasAnswers.load(ordering: .relaxed) }

  /// Takes all answers.
  func takeAnswers() -> Answers {
    hasAnswers.store(false, ordering: .relaxed)
    return answers.withLock { answers in
      var taken = Answers()
      swap(&taken, &answers)
      return taken
    }
  }
}
