internal import Flows

/// A column of the table of flows.
public enum FlowColumn: Sendable {
  case number, start, duration, `protocol`, source, destination, owner, state, packets, bytes, rate, roundTrip, notes

  /// Those of a list of flows.
  public static let listed: [FlowColumn] = [
    .number, .start, .duration, .protocol, .source, .destination, .owner, .state, .packets, .bytes, .roundTrip, .notes,
  ]

  /// Those for watching: what changes and whose it is come first, so that a narrow terminal has them too.
  public static let watched: [FlowColumn] = [
    .rate, .owner, .protocol, .source, .destination, .bytes, .state, .duration, .roundTrip, .notes,
  ]

  var title: StaticString {
    switch self {
    case .number: "FLOW"
    case .start: "START"
    case .duration: "DURATION"
    case .protocol: "PROTO"
    case .source: "SOURCE"
    case .destination: "DESTINATION"
    case .owner: "PROCESS"
    case .state: "STATE"
    case .packets: "PACKETS"
    case .bytes: "BYTES"
    case .rate: "BYTES/S"
    case .roundTrip: "RTT"
    case .notes: "NOTES"
    }
  }

  /// How wide it is at least, without the two spaces behind it.
  var leastWidth: Int {
    switch self {
    case .number: 4
    case .start: 12
    case .duration: 8
    case .protocol: 6
    case .source: 6
    case .destination: 11
    // Without any owner there is no such column.
    case .owner: 0
    case .state: 12
    case .packets, .bytes, .rate: 11
    case .roundTrip: 6
    case .notes: 5
    }
  }
}

extension FlowState {
  /// Its name for people.
  var word: StaticString {
    switch self {
    case .synSent: "no answer"
    case .synReceived: "opening"
    case .established: "open"
    case .closing: "closing"
    case .closed: "closed"
    case .reset: "reset"
    case .oneWay: "one way"
    case .answered: "answered"
    }
  }
}
