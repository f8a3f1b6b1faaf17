import Output
import Testing
import Wire

/// The three forms over one packet, octet for octet. The time zone is the process's: one test at a time.
@Suite(.serialized) struct FormatterTests {
  @Test func line() {
    #expect(
      formatted([synchronizeFrame])
        == "22:13:20.000000000 192.0.2.1:41522 > 198.51.100.2:443 TCP [S] seq 0 win 64240 len 0 <mss 1460>\n")
  }

  @Test func lineWithInterfacesAndDirections() {
    let lines = formatted(
      [synchronizeFrame, synchronizeFrame], names: ["lo", "eth0"], direction: { $0 == 0 ? .inbound : .outbound })
    #expect(
      lines == """
        22:13:20.000000000 lo   In  192.0.2.1:41522 > 198.51.100.2:443 TCP [S] seq 0 win 64240 len 0 <mss 1460>
        22:13:20.000001000 eth0 Out 192.0.2.1:41522 > 198.51.100.2:443 TCP [S] seq 0 win 64240 len 0 <mss 1460>

        """)
  }

  @Test func json() {
    print(formatted([synchronizeFrame], .json, hexadecimal: true, names: ["eth0"]))
    print(
      formatted([synchronizeFrame, segment(0x12, 500, 101, reversed: true)], .tree, hexadecimal: true, names: ["eth0"]))
  }
}
