import Capture
import Linux
import Sockets
import Wire

extension Exercise {
  /// Where a filter's octets begin, as the first octet of its input chooses.
  private static let layouts: [FilterLayout] = [.ethernet, .network, .ipv4, .transport(6), .netlink, .other]

  /// A classic BPF program behind an octet that chooses what it is run over: every instruction has words, and the way
  /// to its gist and to guesses at it ends.
  public borrowing func filter(_ input: RawSpan) {
    guard input.byteCount >= 1 else { return }
    var octets: [UInt8] = []
    for index in 1..<Swift.max(input.byteCount, 1) { octets.append(input.uint8(at: index)) }
    let layout = Self.layouts[Int(input.uint8(at: 0)) % Self.layouts.count]
    let program = FilterProgram(octets: octets)
    let lines = program.listing(layout)
    precondition(lines.count == program.instructions.count && lines.allSatisfy { !$0.words.isEmpty })
    let gist = program.gist(layout)
    precondition(gist?.isEmpty != true)
    for guess in program.candidateExpressions(layout).prefix(64) { precondition(guess.utf8.count < 1 << 16) }
    _ = program.keptLength
  }
}
