import Capture
import Foundation
import Testing
import Wire

/// What people and programs add to a pcapng file, kept for another one.
@Suite struct PcapngRemarksTests {
  /// A file of one packet and of every kind of block that is kept.
  private func file(_ order: Octets) -> [UInt8] {
    order.section()
      + order.interface(options: order.option(3, Array("left".utf8)) + order.option(8, order.eight(10)) + order.four(0))
      + order.block(
        4,
        order.option(1, [192, 0, 2, 1] + Array("a.example".utf8) + [0]) + order.four(0)
          + order.option(2, Array("resolver".utf8)) + order.four(0))
      + order.block(10, order.four(0x544c_534b) + order.four(5) + Array("key\n\n".utf8))
      + order.enhanced(
        0, 1, [1, 2, 3],
        options: order.option(1, Array("first".utf8)) + order.option(2, order.four(1)) + order.option(4, order.eight(7))
          + order.option(1, Array("PID: 7\nCmd: x".utf8)) + order.option(2988, order.four(32622) + Array("text".utf8))
          + order.option(19372, order.four(32622)) + order.four(0))
      + order.block(9, Array("MESSAGE=hello\n".utf8))
  }

  private func remarks(_ octets: [UInt8], keeps: Bool = true) -> (remarks: [PcapngRemark], interfaces: [[UInt8]]) {
    let pipe = Pipe()
    try? pipe.fileHandleForWriting.write(contentsOf: Data(octets))
    try? pipe.fileHandleForWriting.close()
    var remarks: [PcapngRemark] = []
    var interfaces: [[UInt8]] = []
    do {
      var file = try Savefile(
        descriptor: pipe.fileHandleForReading.fileDescriptor, name: "test", keepsRemarks: keeps)
      defer { interfaces = file.interfaces.map(\.remarks) }
      try file.forEachFrame(onRemark: { remarks.append($0) }) { _ in true }
    } catch {
      // What was read before is there all the same.
    }
    return (remarks, interfaces)
  }

  @Test(arguments: [false, true]) func bothOrdersAreWrittenInOne(_ isBig: Bool) {
    let little = Octets(isBig: false)
    let (remarks, interfaces) = remarks(file(Octets(isBig: isBig)))
    #expect(interfaces == [little.option(3, Array("left".utf8)) + little.option(8, little.eight(10))])
    let names =
      little.option(1, [192, 0, 2, 1] + Array("a.example".utf8) + [0]) + little.four(0)
      + little.option(2, Array("resolver".utf8))
    #expect(remarks.count == 4)
    guard remarks.count == 4, case .block(4, let body) = remarks[0] else { return }
    #expect(Array(body.prefix(names.count)) == names)
    guard case .block(10, let secrets) = remarks[1] else { return }
    #expect(Array(secrets.prefix(13)) == little.four(0x544c_534b) + little.four(5) + Array("key\n\n".utf8))
    let options =
      little.option(1, Array("first".utf8)) + little.option(4, little.eight(7))
      + little.option(2988, little.four(32622) + Array("text".utf8))
    #expect(remarks[2] == .packet(1, options: options))
    #expect(remarks[3] == .block(9, body: Array("MESSAGE=hello\n".utf8) + [0, 0]))
  }

  @Test func whoDoesNotAskIsToldNothing() {
    let (remarks, interfaces) = remarks(file(Octets(isBig: true)), keeps: false)
    #expect(remarks.isEmpty && interfaces == [[]])
  }

  /// Lying lengths end the options that they are in, and no more.
  @Test(arguments: [false, true]) func whatIsDamagedIsLeftOut(_ isBig: Bool) {
    let whole = file(Octets(isBig: isBig))
    for place in whole.indices {
      var damaged = whole
      damaged[place] ^= 0xff
      for case .packet(_, let options) in remarks(damaged).remarks { #expect(options.count & 3 == 0) }
      _ = remarks(Array(whole.prefix(place)))
    }
  }
}
