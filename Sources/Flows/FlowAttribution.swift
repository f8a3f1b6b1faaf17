public import Wire

/// How the owners of a flow's ends were found, and their sockets: what packets tell beyond processes.
public struct FlowAttribution: Equatable, Sendable, BitwiseCopyable {
  /// At the end that began.
  public var source = FrameAttribution.End()
  /// At the other end.
  public var destination = FrameAttribution.End()

  /// Nothing.
  public init() {}
}

extension FrameAttribution.End {
  /// How much it says: what comes first stays until something better does, as processes do.
  private var rank: Int {
    switch method {
    case .none: 0
    case .unattributed: 1
    case .listener: 2
    case .exact, .port, .cached, .kernel: 3
    }
  }

  /// Whether nothing better can come.
  fileprivate var isSettled: Bool { rank == 3 }

  /// Takes another in its place where that says more.
  fileprivate mutating func learn(_ other: Self) {
    if other.rank > rank { self = other }
  }
}

extension FlowTable {
  /// Keeps how the owners of a flow's ends were found, beside its record: files tell nothing of that.
  ///
  /// Marks in the record say which ends are settled, so that most packets do not touch what is kept.
  @inline(never)
  mutating func keep(_ attribution: FrameAttribution, ofSource isSourceOwn: Bool, in number: UInt32) {
    let source = isSourceOwn ? attribution.own : attribution.peer
    let destination = isSourceOwn ? attribution.peer : attribution.own
    let marks = flows[number].marks
    let learnsSource = source.method != .none && !marks.contains(.settledSource)
    let learnsDestination = destination.method != .none && !marks.contains(.settledDestination)
    guard learnsSource || learnsDestination else { return }
    if flows[number].attribution == 0 { flows[number].attribution = attributions.allocate() }
    let place = flows[number].attribution
    guard place != 0 else { return }
    attributions[place].source.learn(source)
    attributions[place].destination.learn(destination)
    if attributions[place].source.isSettled { flows[number].marks.insert(.settledSource) }
    if attributions[place].destination.isSettled { flows[number].marks.insert(.settledDestination) }
  }
}
