internal import Wire

/// What is kept of a flow besides what its protocol needs.
struct FlowRecord: BitwiseCopyable {
  var key = FlowKey()
  /// The flow's number: flows are counted from 1 as they begin.
  var number: UInt32 = 0
  /// The number of how its owners were found; 0: nobody told.
  var attribution: UInt32 = 0
  /// The first and the last packet's time, in nanoseconds since the Epoch.
  var first: Int64 = 0
  var last: Int64 = 0
  var packetsForward: UInt64 = 0
  var packetsReverse: UInt64 = 0
  var bytesForward: UInt64 = 0
  var bytesReverse: UInt64 = 0
  var payloadForward: UInt64 = 0
  var payloadReverse: UInt64 = 0
  /// Its neighbours in the queue of its class: that which was idle for longer, and the other.
  var older: UInt32 = 0
  var newer: UInt32 = 0
  /// When it came to the end of its queue.
  var queued: Int64 = 0
  /// The number of its TCP state; 0: it is not TCP.
  var tcp: UInt32 = 0
  /// The number of its hints; 0: none.
  var extra: UInt32 = 0
  var hash: UInt32 = 0
  /// Whose it is.
  var owner = FlowOwner()
  var idleClass = IdleClass.other
  var marks = Marks()

  /// What happened to a flow.
  struct Marks: OptionSet, BitwiseCopyable {
    let rawValue: UInt16
    /// Who began is the end with the lower address and port.
    static let lowerBegan = Marks(rawValue: 1)
    static let synchronized = Marks(rawValue: 2)
    static let answered = Marks(rawValue: 4)
    static let acknowledged = Marks(rawValue: 8)
    static let finishedForward = Marks(rawValue: 16)
    static let finishedReverse = Marks(rawValue: 32)
    static let reset = Marks(rawValue: 64)
    /// At which end the only process that is known is, nobody told.
    static let guessedEnd = Marks(rawValue: 128)
    /// Its owner may turn out to be another.
    static let provisionalOwner = Marks(rawValue: 256)
    /// How the owner of the end that began was found is known for sure.
    static let settledSource = Marks(rawValue: 512)
    /// How that of the other end was.
    static let settledDestination = Marks(rawValue: 1024)
    /// The owner of the end that began is who sent data first, and so is that of the other end.
    static let sentSource = Marks(rawValue: 2048)
    static let sentDestination = Marks(rawValue: 4096)
  }
}

/// The kinds of flow that have timeouts of their own.
enum IdleClass: UInt8, BitwiseCopyable {
  case tcp, openingTCP, closedTCP, udp, other
}

/// How far a flow has come.
public enum FlowState: UInt8, Sendable {
  /// A SYN without an answer.
  case synSent
  /// A SYN and its answer.
  case synReceived
  /// Open both ways; also one whose beginning was not captured.
  case established
  /// One side has sent its last octet.
  case closing
  /// Both sides have.
  case closed
  /// RST: refused or broken off.
  case reset
  /// Not TCP, and only one end has sent.
  case oneWay
  /// Not TCP, and both ends have sent.
  case answered

  /// Its name in JSON and tables.
  public var name: StaticString {
    switch self {
    case .synSent: "syn_sent"
    case .synReceived: "syn_received"
    case .established: "established"
    case .closing: "closing"
    case .closed: "closed"
    case .reset: "reset"
    case .oneWay: "one_way"
    case .answered: "answered"
    }
  }
}

/// Why a flow is over.
public enum FlowEnding: UInt8, Sendable {
  /// FIN from both sides.
  case finish
  /// RST.
  case reset
  /// Idle for longer than its timeout.
  case timeout
  /// Put out to keep the table within its bound.
  case evicted
  /// Another connection between the same ends began.
  case replaced

  /// Its name in JSON and tables.
  public var name: StaticString {
    switch self {
    case .finish: "fin"
    case .reset: "rst"
    case .timeout: "timeout"
    case .evicted: "evicted"
    case .replaced: "replaced"
    }
  }
}
