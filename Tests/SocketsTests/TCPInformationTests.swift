import Sockets
import Testing

/// struct tcp_info as the kernel writes it.
@Suite struct TCPInformationTests {
  /// The first 104 octets of an established connection's, as Linux 2.6 had them, on a machine whose lowest octet is first.
  private var octets: [UInt8] {
    var octets: [UInt8] = [
      1, 0, 2, 0, 1,  // established, CA state open, 2 retransmits, no probes, backoff 1
      7, 0x7a, 1,  // timestamps, sack and window scale; scales 10 to send and 7 to receive; limited by the program
    ]
    // rto 204 ms, ato 40 ms, mss 1448 and 536, 1 unacknowledged, then what is not there, then the last times.
    let numbers: [UInt32] = [
      204_000, 40_000, 1448, 536, 1, 0, 0, 0, 0, 12, 0, 13, 14, 1500, 64_088, 52, 20, .max, 10, 1460, 3, 1000, 14_600,
      3,
    ]
    for number in numbers { for shift in [0, 8, 16, 24] as [UInt32] { octets.append(UInt8(number >> shift & 0xff)) } }
    return octets
  }

  @Test func membersAreWhereTheKernelHasThem() {
    let tcp = TCPInformation(octets)
    #expect(tcp.value(.retransmits) == 2)
    #expect(tcp.value(.backoff) == 1)
    #expect(tcp.value(.retransmissionTimeout) == 204_000)
    #expect(tcp.value(.sendMSS) == 1448)
    #expect(tcp.value(.unacknowledged) == 1)
    #expect(tcp.value(.lastDataSent) == 12)
    #expect(tcp.value(.pathMTU) == 1500)
    #expect(tcp.value(.roundTripTime) == 52)
    #expect(tcp.value(.roundTripVariance) == 20)
    #expect(tcp.value(.slowStartThreshold) == UInt64(UInt32.max))
    #expect(tcp.value(.congestionWindow) == 10)
    #expect(tcp.value(.totalRetransmissions) == 3)
    #expect(tcp.windowScales?.send == 10)
    #expect(tcp.windowScales?.receive == 7)
    #expect(tcp.isApplicationLimited)
    #expect(tcp.negotiated.map { "\($0)" } == ["timestamps", "sack", "window scale"])
    #expect(tcp.congestionState == nil)
  }

  @Test func whatAnOldKernelDoesNotTellIsNotThere() {
    let tcp = TCPInformation(octets)
    for member in [TCPMember.pacingRate, .octetsAcknowledged, .deliveryRate, .sendWindow] {
      #expect(tcp.value(member) == nil)
    }
  }

  @Test func everyTruncation() {
    let whole = TCPInformation(octets)
    for length in 0...octets.count {
      let cut = TCPInformation(Array(octets.prefix(length)))
      for member in TCPMember.all {
        let value = cut.value(member)
        #expect(value == nil || value == whole.value(member))
      }
      _ = (cut.windowScales, cut.isApplicationLimited, cut.negotiated, cut.congestionState)
    }
  }

  @Test func eachNameIsThereOnce() {
    #expect(Set(TCPMember.all.map { "\($0.name)" }).count == TCPMember.all.count)
  }
}
