import Sockets
import Testing

@Test func mappedAddressesAreWhatTheyAre() {
  #expect(InternetAddress.v6(0xffff_0a00_0001).mapped == 0x0a00_0001)
  #expect(InternetAddress.v6(1).mapped == nil)
  #expect(InternetAddress.v4(0).isWildcard)
}
