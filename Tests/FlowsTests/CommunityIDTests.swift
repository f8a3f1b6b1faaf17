import Flows
import Testing
import Wire

/// The vectors of the specification's own test file.
@Suite struct CommunityIDTests {
  private func text(_ ends: FlowEnds, seed: UInt16 = 0) -> String {
    var buffer = TextBuffer(capacity: 256)
    CommunityID.write(ends, seed: seed, into: &buffer)
    var octets: [UInt8] = []
    for index in 0..<buffer.bytes.byteCount { octets.append(buffer.bytes.uint8(at: index)) }
    return String(decoding: octets, as: UTF8.self)
  }

  private func ends(
    _ number: IPProtocol, _ source: (UInt128, UInt16), _ destination: (UInt128, UInt16), isOneWay: Bool = false
  ) -> FlowEnds {
    FlowEnds(
      source: FlowEnd(address: source.0, port: source.1),
      destination: FlowEnd(address: destination.0, port: destination.1),
      protocolNumber: number, isIPv6: false, isOneWay: isOneWay)
  }

  @Test func tcpBothWays() {
    let client: (UInt128, UInt16) = (0x80e8_6e78, 34855)
    let server: (UInt128, UInt16) = (0x4223_facc, 80)
    #expect(text(ends(.tcp, client, server)) == "1:LQU9qZlK+B5F3KDmev6m5PMibrg=")
    #expect(text(ends(.tcp, server, client)) == "1:LQU9qZlK+B5F3KDmev6m5PMibrg=")
    #expect(text(ends(.tcp, client, server), seed: 1) != "1:LQU9qZlK+B5F3KDmev6m5PMibrg=")
  }

  @Test func udp() {
    #expect(text(ends(.udp, (0xc0a8_0134, 54585), (0x0808_0808, 53))) == "1:d/FP5EW3wiY1vCndhwleRRKHowQ=")
  }

  @Test func icmp() {
    // Echo request, and the reply that belongs to it.
    #expect(text(ends(.icmp, (0xc0a8_0059, 8), (0xc0a8_0001, 0))) == "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=")
    // Time exceeded has no answer: type 11, code 0.
    #expect(
      text(ends(.icmp, (0x0a00_0001, 11), (0x0a00_0002, 0), isOneWay: true)) == "1:YHxtAirCG//0OzkcVAukqKQN9xM=")
  }

  @Test func otherProtocolsHaveNoPorts() {
    #expect(
      text(ends(IPProtocol(rawValue: 46), (0x0a01_0c01, 0), (0x0a01_0c02, 0))) == "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=")
  }
}
