import Linux

/// Waits for input and for the signals that end a command, so that reading from a silent pipe can be broken off and
/// what was written so far is whole.
struct Interruption: ~Copyable {
  /// The signal that came; nil where none did.
  private(set) var signal: Int32?

  private let signals: SignalSource
  private var poll = Poll()

  /// Takes over the signals; `descriptor` is where input comes from.
  init(waitingFor descriptor: Int32) throws(CommandError) {
    signals = try Self.catchSignals()
    poll.add(descriptor)
    poll.add(signals.descriptor.rawValue)
  }

  /// Waits until there is input, or its end; false where a signal came instead.
  mutating func waitForInput() -> Bool {
    do {
      try poll.wait(milliseconds: -1)
    } catch {
      // What cannot be waited for is read: the reader says what is wrong with it.
      return true
    }
    signal = signals.next()
    return signal == nil
  }

  /// The signals as something to read.
  static func catchSignals() throws(CommandError) -> SignalSource {
    do {
      return try SignalSource()
    } catch {
      throw CommandError(.systemError, error.description)
    }
  }
}
