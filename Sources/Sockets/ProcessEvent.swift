import CLinux
public import Linux

/// Something that happened to a process, as the kernel's process connector tells it.
///
/// Threads that come and go without their process are told too: their event's `thread` is not the `pid`.
public struct ProcessEvent: Sendable, Equatable {
  /// What happened.
  public enum Kind: Sendable, Equatable {
    /// It was started by another, or as a thread of its own.
    case forked(parent: Int32)
    /// It became another program.
    case executed
    /// It gave itself, or was given, a name: at most 15 octets, any.
    case named([UInt8])
    /// It acts as another user.
    case changedUser(real: UInt32, effective: UInt32)
    /// It ended: the status as wait(2) has it, and its parent.
    case exited(status: UInt32, parent: Int32)
    /// What is of no use here: the kernel's number for it.
    case other(UInt32)
  }

  /// What happened.
  public var kind: Kind
  /// The process: for `forked` the new one.
  public var pid: Int32
  /// The thread.
  public var thread: Int32
  /// Nanoseconds since the system's start, of the clock CLOCK_MONOTONIC.
  public var timestamp: UInt64

  /// Whether it is about the process itself, not about one of its other threads.
  public var isProcess: Bool { pid == thread }
}

extension ProcessEvent {
  /// The offsets in struct cn_msg, struct proc_event behind it, and the parts of the latter's union.
  private enum Field {
    static let index = MemoryLayout<cn_msg>.offset(of: \.id) ?? 0
    static let value = index &+ MemoryLayout<UInt32>.size
    static let length = MemoryLayout<cn_msg>.offset(of: \.len) ?? 16
    static let event = MemoryLayout<cn_msg>.size
    static let timestamp = event &+ (MemoryLayout<proc_event>.offset(of: \.timestamp_ns) ?? 8)
    static let data = event &+ (MemoryLayout<proc_event>.offset(of: \.event_data) ?? 16)
    /// Of fork: parent's thread and process, child's thread and process.
    static let parent = data &+ 4
    static let child = data &+ 8
    /// Of the others: thread, process, and then what is its own.
    static let rest = data &+ 8
  }

  /// Reads what follows a netlink message's header; nil where it is no event, or cut short.
  public init?(_ message: NetlinkPayload) {
    guard message.count >= Field.rest, message.uint32(at: Field.index) == UInt32(CN_IDX_PROC),
      message.uint32(at: Field.value) == UInt32(CN_VAL_PROC)
    else { return nil }
    let length = Field.event &+ Int(message.uint16(at: Field.length))
    guard length <= message.count, length >= Field.rest else { return nil }
    let what = message.uint32(at: Field.event)
    // An acknowledgement has no process.
    guard what != PROC_EVENT_NONE.rawValue else { return nil }
    timestamp = message.uint64(at: Field.timestamp)
    let first = what == PROC_EVENT_FORK.rawValue ? Field.child : Field.data
    thread = Int32(bitPattern: message.uint32(at: first))
    pid = Int32(bitPattern: message.uint32(at: first &+ 4))
    let own = length &- Field.rest
    switch what {
    case PROC_EVENT_FORK.rawValue where own >= 8:
      kind = .forked(parent: Int32(bitPattern: message.uint32(at: Field.parent)))
    case PROC_EVENT_EXEC.rawValue: kind = .executed
    case PROC_EVENT_COMM.rawValue where own >= 16:
      kind = .named((0..<16).map { message.uint8(at: Field.rest &+ $0) }.prefix { $0 != 0 }.map { $0 })
    case PROC_EVENT_UID.rawValue where own >= 8:
      kind = .changedUser(real: message.uint32(at: Field.rest), effective: message.uint32(at: Field.rest &+ 4))
    case PROC_EVENT_EXIT.rawValue where own >= 16:
      kind = .exited(
        status: message.uint32(at: Field.rest), parent: Int32(bitPattern: message.uint32(at: Field.rest &+ 12)))
    case PROC_EVENT_FORK.rawValue, PROC_EVENT_COMM.rawValue, PROC_EVENT_UID.rawValue, PROC_EVENT_EXIT.rawValue:
      return nil
    default: kind = .other(what)
    }
  }

  /// Takes the events that wait.
  public static func next(
    from source: inout ProcessEventSource
  ) throws(SystemError) -> (events: [ProcessEvent], lost: Bool) {
    let (messages, lost) = try source.next()
    return (messages.compactMap { ProcessEvent($0) }, lost)
  }
}
