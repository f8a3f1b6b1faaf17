import Capture
import Glibc
import Linux
import Output
import Wire

/// What a live capture says of itself on standard error, beside the packets.
enum CaptureReport {
  /// What is listened on, and how to stop.
  static func listening(_ interfaces: [CaptureInterface]) {
    let names = interfaces.map { "\($0.name) (\($0.linkType), snap length \($0.snapLength))" }
    Console.report("listening on \(names.joined(separator: ", ")); Control-C stops")
  }

  /// What became of an interface.
  static func event(_ event: CaptureEvent) { Console.report(words(event)) }

  /// The same in words.
  static func words(_ event: CaptureEvent) -> String {
    switch event {
    case .interfaceDown(let interface): "\(interface.name) is down: waiting until it is up again"
    case .interfaceUp(let interface): "\(interface.name) is up again"
    case .interfaceGone(let interface): "\(interface.name) is gone: its capture has ended"
    }
  }

  /// How many packets there were, in tcpdump's words; what is not in them follows in ours.
  ///
  /// `abandoned` of those that were captured waited for their owners when no more were wanted, and are not shown.
  static func statistics(_ capture: borrowing LiveCapture, abandoned: Int = 0) {
    var sum = capture.statistics
    sum.captured -= min(UInt64(abandoned), sum.captured)
    sum.unread += UInt64(abandoned)
    // The terminal has just shown ^C at the beginning of this line.
    if capture.stopSignal == SIGINT, isatty(STDERR_FILENO) == 1 { Console.report("") }
    Console.report(
      "\(sum.captured) packets captured, \(sum.received) received by filter, \(sum.dropped) dropped by kernel")
    if sum.unread > 0 { Console.report("\(sum.unread) more were received after the last packet shown") }
    guard sum.dropped > 0, capture.interfaces.count > 1 else { return }
    for (index, interface) in capture.interfaces.enumerated() {
      let one = capture.statistics(of: index)
      Console.report("\(interface.name): \(one.captured) captured, \(one.received) received, \(one.dropped) dropped")
    }
  }

  /// An error of the engine as the user sees it.
  static func commandError(_ error: CaptureError) -> CommandError {
    switch error {
    case .noSuchInterface(let name):
      CommandError(.noInput, "no such interface", at: name, remedy: "'sockeye interfaces' lists them")
    case .filter(let error): CommandError(.usage, error.description)
    case .system(let error, let interface) where error.code == EPERM || error.code == EACCES:
      CommandError(.noPermission, error.description, at: interface, remedy: CapturePermission.remedy)
    case .system(let error, let interface):
      CommandError(.systemError, error.description, at: interface.isEmpty ? nil : interface)
    }
  }
}
