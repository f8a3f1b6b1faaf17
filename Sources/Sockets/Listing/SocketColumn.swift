/// What a listing can show of each socket, and be sorted by.
public enum SocketColumn: String, Sendable, CaseIterable {
  case kind, family, type, `protocol`, state
  case receiveQueue = "recv-q"
  case sendQueue = "send-q"
  case local, remote, owner, pid, process, fd, user, service, unit, container, peer, netns
  case uid, inode, cookie, device
  case roundTripTime = "rtt"
  case congestionWindow = "cwnd"
  case retransmissions = "retrans"
  case octetsAcknowledged = "acked"
  case octetsReceived = "received"
  case deliveryRate = "rate"
  case drops, notes

  /// The word above the column.
  public var title: String { rawValue.uppercased() }

  /// Whether only a scan of the processes' descriptors can fill it.
  public var needsOwners: Bool {
    switch self {
    case .owner, .pid, .process, .fd, .user, .service, .unit, .container, .peer: true
    default: false
    }
  }

  /// Whether the kernel must be asked for more than the row.
  public var needsDetails: Bool {
    switch self {
    case .roundTripTime, .congestionWindow, .retransmissions, .octetsAcknowledged, .octetsReceived, .deliveryRate,
      .drops, .device:
      true
    default: false
    }
  }

  /// Whether it is a number, which stands at the right of its column.
  public var isNumber: Bool {
    switch self {
    case .sendQueue, .receiveQueue, .inode, .cookie, .uid, .pid, .roundTripTime, .congestionWindow, .retransmissions,
      .octetsAcknowledged, .octetsReceived, .deliveryRate, .drops:
      true
    default: false
    }
  }
}

/// A column to sort by.
public struct SocketOrder: Sendable, Equatable {
  public var column: SocketColumn
  public var isDescending: Bool

  public init(_ column: SocketColumn, descending: Bool = false) {
    self.column = column
    isDescending = descending
  }
}

/// Which columns are shown.
public struct ColumnChoice: Sendable, Equatable {
  public var columns: [SocketColumn]
  /// Those of them that are left out where nothing stands in them, or, for `netns`, where it is the same for all.
  public var optional: Set<SocketColumn>

  /// Columns that are shown whatever stands in them.
  public init(_ columns: [SocketColumn], optional: Set<SocketColumn> = []) {
    self.columns = columns
    self.optional = optional
  }

  /// What is shown where no columns are asked for.
  public static let usual = ColumnChoice(
    [.kind, .state, .receiveQueue, .sendQueue, .local, .remote, .owner, .service, .netns, .notes],
    optional: [.service, .netns, .notes])
}
