import ArgumentParser
import Flows

/// What live capture of flows has besides.
struct FlowLiveOptions: ParsableArguments {
  @Option(
    name: .customLong("interval"),
    help: ArgumentHelp("Show what there is every so many seconds; 1 where not given.", valueName: "seconds"))
  var interval: Double?

  @Option(
    name: .customLong("duration"), help: ArgumentHelp("Stop after so many seconds.", valueName: "seconds"))
  var duration: Double?

  /// Whether anything is said.
  var isGiven: Bool { interval != nil || duration != nil }

  func validate() throws {
    if let interval, !(interval >= 0.05 && interval <= 86_400) {
      throw ValidationError("--interval takes 0.05 to 86400 seconds, not \(interval)")
    }
    if let duration, !(duration > 0 && duration < 1e9) {
      throw ValidationError("--duration takes seconds above 0, not \(duration)")
    }
  }
}

/// When flows are over that nothing more comes of.
struct FlowTimeoutOptions: ParsableArguments {
  @Option(
    name: .customLong("timeout"),
    help: ArgumentHelp("End flows that were idle for so long. Files: never; live: 60.", valueName: "seconds"))
  var timeout: Double?

  @Option(
    name: .customLong("tcp-timeout"),
    help: ArgumentHelp("The same for TCP connections that are open. Live: 3600.", valueName: "seconds"))
  var tcpTimeout: Double?

  @Option(
    name: .customLong("udp-timeout"), help: ArgumentHelp("The same for UDP. Live: 60.", valueName: "seconds"))
  var udpTimeout: Double?

  func validate() throws {
    for (name, value) in [("--timeout", timeout), ("--tcp-timeout", tcpTimeout), ("--udp-timeout", udpTimeout)] {
      if let value, !(value > 0 && value < 1e9) {
        throw ValidationError("\(name) takes seconds above 0, not \(value)")
      }
    }
  }

  /// How long flows may be idle. A live capture has no end by itself, so that nothing may stay for ever.
  func timeouts(isLive: Bool) -> FlowTable.Timeouts {
    func nanoseconds(_ seconds: Double?, live: Double) -> Int64? {
      (seconds ?? (isLive ? live : nil)).map { Int64($0 * 1e9) }
    }
    var timeouts = FlowTable.Timeouts()
    timeouts.tcp = nanoseconds(tcpTimeout ?? timeout, live: 3600)
    timeouts.openingTCP = nanoseconds(tcpTimeout ?? timeout, live: 60)
    timeouts.closedTCP = nanoseconds(timeout, live: 5)
    timeouts.udp = nanoseconds(udpTimeout ?? timeout, live: 60)
    timeouts.other = nanoseconds(timeout, live: 60)
    return timeouts
  }
}
