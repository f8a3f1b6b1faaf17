import Flows
import Output
import Testing
import Wire

@Suite struct FlowOutputTests {
  /// A connection of three packets forward and two back, 54 octets each.
  private func flow(_ owner: FlowOwner = FlowOwner()) -> Flow {
    let frames = [
      segment(0x02, 100), segment(0x12, 500, 101, reversed: true), segment(0x10, 101, 501), segment(0x11, 101, 501),
      segment(0x11, 501, 102, reversed: true),
    ]
    var table = FlowTable()
    let layers = LayerStorage()
    for (place, octets) in frames.enumerated() {
      withBytes(octets) { bytes in
        var info = FrameInfo(
          timestamp: Timestamp(seconds: 1_700_000_000, nanoseconds: UInt32(place) * 1000),
          originalLength: UInt32(octets.count), linkType: .ethernet)
        info.number = UInt64(place + 1)
        table.update(Packet(Frame(bytes, info), in: layers))
      }
    }
    var flow = table.flow(table.sorted(by: .start)[0])
    flow.owner = owner
    return flow
  }

  /// curl, nginx in a container, and nginx again after it was started anew under the same number.
  private func owners() -> FlowOwners {
    var owners = FlowOwners()
    var curl = CapturedProcess(pid: 4242, name: Array("curl".utf8))
    curl.userID = 1000
    var nginx = CapturedProcess(pid: 812, name: Array("nginx\u{1b}".utf8))
    nginx.container = Array("0123".utf8)
    nginx.startTime = 5
    for process in [curl, nginx] { owners.add(process) }
    nginx.startTime = 6
    owners.add(nginx)
    return owners
  }

  private func line(_ flow: Flow, columns: [FlowColumn] = [.owner, .bytes], isVerbose: Bool = false) -> String {
    let owners = owners()
    return written { text in
      var writer = FlowTableWriter(isVerbose: isVerbose, columns: columns)
      var scratch = TextBuffer(capacity: 256)
      writer.measure(flow, owners, &scratch)
      writer.write(flow, owners, into: &text)
    }
  }

  @Test func theTableNamesProcesses() {
    #expect(line(flow(FlowOwner(source: 0, destination: 1))) == "curl[4242] > nginx\\x1b[812]  162/108\n")
    #expect(line(flow(FlowOwner(source: 0))) == "curl[4242]  162/108\n")
    #expect(line(flow(FlowOwner(destination: 1))) == "> nginx\\x1b[812]  162/108\n")
    var guessed = flow(FlowOwner(destination: 1))
    guessed.knowsOwnerEnd = false
    #expect(line(guessed) == "nginx\\x1b[812]  162/108\n")
    // Nobody is known: there is no column. A place that no source told of is nobody.
    #expect(line(flow()) == "162/108\n")
    #expect(line(flow(FlowOwner(source: 99))) == "162/108\n")
  }

  @Test func detailsHaveALineForEachProcess() {
    let text = line(flow(FlowOwner(source: 0, destination: 1)), isVerbose: true)
    #expect(
      text.contains("\n  process: curl[4242], user 1000\n  peer: nginx\\x1b[812], container 0123\n  from source: "))
  }

  private func object(_ flow: Flow, _ event: FlowJSONWriter.Event? = nil) -> String {
    let owners = owners()
    return written { FlowJSONWriter().write(flow, owners, event: event, into: &$0) }
  }

  @Test func objectsHaveWholeProcesses() {
    let both = object(flow(FlowOwner(source: 0, destination: 1)))
    #expect(
      both.contains(
        #","process":{"pid":4242,"name":"curl","uid":1000},"process_end":"src","peer_process":{"pid":812,"#
          + #""name":"nginx\u001b","start_time":"0.000000005","container":"0123"}"#))
    let one = object(flow(FlowOwner(destination: 1)))
    #expect(one.contains(#""process_end":"dst""#) && !one.contains("peer_process"))
    #expect(!object(flow()).contains("process"))
  }

  @Test func objectsTellHowOwnersWereFound() {
    var found = flow(FlowOwner(destination: 1))
    var told = FlowAttribution()
    told.destination.method = .exact
    (told.destination.inode, told.destination.cookie, told.destination.socketType) = (5, 6, 1)
    found.attribution = told
    #expect(
      object(found).contains(
        #","socket":{"inode":5,"cookie":6,"type":"stream"},"attribution":"exact","process_end":"dst""#))
    #expect(line(found, isVerbose: true).contains(", container 0123, exact, socket 5\n"))
    // The other end is on this machine too, and nobody was found there.
    told.source = FrameAttribution.End(.unattributed, .noSocket)
    found.attribution = told
    #expect(object(found).contains(#""process_end":"dst","peer_unattributed":"no socket"#))
    // No process at all: the end of which anything is known comes first.
    found.owner = FlowOwner()
    #expect(object(found).contains(#","unattributed":"no socket"#))
    #expect(object(found).contains(#","peer_socket":{"inode":5,"#))
    found.attribution?.source = FrameAttribution.End()
    #expect(object(found).contains(#","socket":{"inode":5,"cookie":6,"type":"stream"},"attribution":"exact""#))
    #expect(!object(found).contains("peer_"))
  }

  @Test func objectsTellOfTunnels() {
    var found = flow()
    found.tunnel = FlowTunnel(.vxlan, identifier: 42)
    #expect(object(found).contains(#","tunnel":{"type":"vxlan","id":42}"#))
    found.tunnel = FlowTunnel(.gtp, endpoint: 7)
    #expect(object(found).contains(#","tunnel":{"type":"gtp","id":7}"#))
    found.reverseTunnelEndpoint = 9
    #expect(object(found).contains(#","tunnel":{"type":"gtp","id":7,"id_reverse":9}"#))
    #expect(line(found, columns: [.notes]) == "in gtp 7/9\n")
    found.reverseTunnelEndpoint = 0
    found.tunnel = FlowTunnel(.gre, depth: 2)
    #expect(object(found).contains(#","tunnel":{"type":"gre","depth":2}"#))
    #expect(line(found, columns: [.notes]) == "in gre\n")
  }

  @Test func objectsOfALiveCaptureTellOfTheInterval() {
    var change = FlowChange()
    change.packets.forward = 2
    change.bytes.forward = 200
    change.nanoseconds = 250_000_000
    let update = object(flow(), .update(change))
    #expect(update.hasPrefix(#"{"event":"update","flow":1,"#))
    #expect(
      update.contains(
        #""interval":{"seconds":0.250000000,"packets":{"forward":2,"reverse":0},"bytes":{"forward":200,"reverse":0}}"#))
    #expect(object(flow(), .end).hasPrefix(#"{"event":"end","flow":1,"#))
    #expect(object(flow()).hasPrefix(#"{"flow":1,"#))
  }

  @Test func linesOfValuesEndWithTheOwners() {
    let owners = owners()
    let text = written {
      FlowCSVWriter().writeNames(into: &$0)
      FlowCSVWriter().write(flow(FlowOwner(source: 0, destination: 1)), owners, into: &$0)
    }
    let lines = text.split(separator: "\n")
    #expect(
      lines[0].hasSuffix(
        ",process,pid,user,container,unit,peer_process,peer_pid,process_end,attribution,socket_inode,socket_cookie,"
          + "peer_attribution,peer_socket_inode,peer_socket_cookie"))
    #expect(lines[1].hasSuffix(#","curl",4242,"1000",,,"nginx\x1b",812,src,,,,,,"#))
    var live = flow(FlowOwner(source: 0, destination: 1))
    var told = FlowAttribution()
    told.source.method = .exact
    (told.source.inode, told.source.cookie) = (5, 6)
    told.destination.method = .listener
    live.attribution = told
    let line = written { FlowCSVWriter().write(live, owners, into: &$0) }
    #expect(line.hasSuffix(#""nginx\x1b",812,src,exact,5,6,listener,,"# + "\n"))
    #expect(
      lines[0].split(separator: ",", omittingEmptySubsequences: false).count
        == lines[1].split(separator: ",", omittingEmptySubsequences: false).count)
  }

  private func groups(_ grouping: FlowGrouping, _ flows: [Flow], asJSON: Bool = false) -> [String] {
    let owners = owners()
    var groups = FlowGroups(by: grouping)
    for flow in flows { groups.add(flow, owners) }
    let text = written { groups.write(limit: 10, asJSON: asJSON, into: &$0) }
    return text.split(separator: "\n").map { line in
      line.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
  }

  @Test func bothEndsAreAddedToTheirProcesses() {
    let flows = [flow(FlowOwner(source: 0, destination: 1)), flow(FlowOwner(destination: 1)), flow()]
    // Sent and received, as the process itself sees it.
    #expect(
      Array(groups(.process, flows).dropFirst()) == [
        "nginx\\x1b[812] 2 4/6 216/324 0", "- 1 3/2 162/108 0", "curl[4242] 1 3/2 162/108 0",
      ])
    #expect(Array(groups(.user, flows).dropFirst()) == ["- 2 6/4 324/216 0", "1000 1 3/2 162/108 0"])
    #expect(groups(.container, flows).contains("0123 2 4/6 216/324 0"))
    #expect(groups(.unit, flows, asJSON: true).first?.hasPrefix(#"{"unit":null,"flows":"#) == true)
    #expect(groups(.process, flows, asJSON: true).first?.hasPrefix(#"{"process":{"pid":812,"#) == true)
  }

  @Test func aNumberThatIsUsedAgainIsAnotherProcess() {
    let flows = [flow(FlowOwner(source: 1)), flow(FlowOwner(source: 2))]
    #expect(groups(.process, flows).count == 3)
    // Both are of the same container.
    #expect(groups(.container, flows).count == 2)
  }

  @Test func columnsThatDoNotFitAreLeftOut() {
    let owners = owners()
    func titles(_ width: Int) -> String {
      written { text in
        var writer = FlowTableWriter(isVerbose: false, columns: FlowColumn.watched)
        var scratch = TextBuffer(capacity: 256)
        writer.measure(flow(FlowOwner(source: 0)), owners, &scratch)
        writer.fit(into: width)
        writer.writeTitles(into: &text)
      }.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
    #expect(titles(200) == "BYTES/S PROCESS PROTO SOURCE DESTINATION BYTES STATE DURATION RTT NOTES\n")
    // 11, 10, 6, 15, 16 and 11 columns with two between them are 79.
    #expect(titles(79) == "BYTES/S PROCESS PROTO SOURCE DESTINATION BYTES\n")
    #expect(titles(78) == "BYTES/S PROCESS PROTO SOURCE DESTINATION DURATION\n")
    #expect(titles(20) == "BYTES/S PROTO SOURCE DESTINATION\n")
  }

  private func repaint(_ lines: String, rows: Int, columns: Int) -> String {
    var source = TextBuffer(capacity: 256)
    for octet in lines.utf8 { source.append(octet) }
    return written { TerminalText.repaint(source.bytes, rows: rows, columns: columns, into: &$0) }
  }

  @Test func linesAreCutToTheTerminal() {
    #expect(repaint("abc\ndefgh\nij\n", rows: 2, columns: 4) == "\u{1b}[Habc\u{1b}[K\r\ndefg\u{1b}[J")
    // Colors take no column, and end though they stand behind the cut.
    #expect(repaint("\u{1b}[31mabcdef\u{1b}[0m", rows: 1, columns: 3) == "\u{1b}[H\u{1b}[31mabc\u{1b}[0m\u{1b}[J")
    // Nor do the octets behind the first of a character.
    #expect(repaint("äöü", rows: 1, columns: 2) == "\u{1b}[Häö\u{1b}[J")
    #expect(repaint("abc", rows: 0, columns: 0) == "\u{1b}[H\u{1b}[J")
  }

  @Test func theHeaderSaysHowMuchThereIs() {
    var header = FlowHeader()
    header.interfaces = ["lo", "eth0"]
    header.filter = "port 53"
    header.elapsed = 3_723_000_000_000
    header.flows = 1
    header.active = 1
    header.totals.packets = 30
    header.before.packets = 10
    header.totals.bytes = 3000
    header.interval = 2_000_000_000
    header.dropped = 4
    let lines = written { header.write(columns: 60, into: &$0) }.split(
      separator: "\n", omittingEmptySubsequences: false)
    let left = "sockeye flows on lo, eth0: port 53"
    #expect(lines[0] == left + String(repeating: " ", count: 60 - left.count - 17) + "01:02:03  q quits")
    #expect(lines[1] == "1 flow, 1 active   30 packets, 10/s   3.00k octets, 1.50k/s   4 dropped")
    #expect(lines[2] == "")
  }
}
