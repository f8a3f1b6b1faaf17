public import Wire

/// How a pcapng file tells whose its packets are.
public enum ProcessFormat: String, Sendable, CaseIterable {
  /// The standard's option for process and thread, and a Process Information Block of Apple's for each process.
  case darwin
  /// A comment at each packet, laid out as ptcpdump's.
  case comment
  /// A PKTAP header, version 1, before each packet: a link type of its own.
  case pktap
  /// The standard's option for process and thread, and a custom block of Wireshark's for each process.
  case wireshark
  /// Not at all.
  case none
}

/// What of a process is left out of a file.
public enum ProcessRedaction: String, Sendable, CaseIterable {
  /// Nothing.
  case none
  /// Its arguments, which often hold secrets.
  case arguments
  /// Its arguments, and its program's path.
  case paths
  /// All: the file tells of no process.
  case all

  /// What is left of a process; nil where nothing is.
  public func redacted(_ process: CapturedProcess) -> CapturedProcess? {
    var kept = process
    switch self {
    case .none: break
    case .arguments: kept.arguments = []
    case .paths:
      kept.arguments = []
      kept.executable = []
    case .all: return nil
    }
    return kept
  }
}
