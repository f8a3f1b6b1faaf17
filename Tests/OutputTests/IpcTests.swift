import Linux
import Testing
import Wire

@testable import Output
@testable import Sockets

private let service = SocketAddress.unix(.path(Array("/run/php.sock".utf8)))

private func conversation(_ client: Party.Name?, _ server: Party.Name, _ endpoint: SocketAddress?) -> Conversation {
  Conversation(
    family: .unix, type: .stream, protocolNumber: 0, endpoint: endpoint,
    client: client.map { Party(name: $0, processes: places($0)) },
    server: Party(name: server, processes: places(server)), clientNamespace: 1, serverNamespace: 1)
}

private func places(_ name: Party.Name) -> [Int] {
  if case .processes(let places) = name { places } else { [] }
}

/// Processes with these names, with numbers from 1.
private func table(_ names: [String]) -> OwnerTable {
  let processes = names.enumerated().map { place, name in
    var process = ProcessRecord(pid: Int32(place + 1))
    process.name = Array(name.utf8)
    return process
  }
  return OwnerTable(processes: processes, held: [])
}

private func picture(_ conversations: [Conversation], _ names: [String] = ["nginx", "php-fpm"]) -> IpcPicture {
  IpcPicture(conversations, table(names), Surroundings())
}

private func line(_ conversation: Conversation, _ names: [String] = ["nginx", "php-fpm"]) -> String {
  var text = TextBuffer()
  IpcText(picture([conversation], names)).write(conversation, into: &text)
  return String(decoding: text.octets, as: UTF8.self)
}

private func graph(_ conversations: [Conversation], _ names: [String] = ["nginx", "php-fpm"]) -> String {
  var text = TextBuffer()
  var graph = IpcGraph(picture(conversations, names))
  graph.write(into: &text)
  return String(decoding: text.octets, as: UTF8.self)
}

@Suite struct IpcTests {
  private var usual: Conversation {
    var usual = conversation(.processes([0]), .processes([1]), service)
    usual.connections = 3
    return usual
  }

  @Test func theLineOfAPair() {
    #expect(line(usual) == "nginx[1] ⇄ php-fpm[2] unix stream /run/php.sock, 3 connections, queues 0/0\n")
  }

  @Test func aListenerForIPv6OnlySaysSo() {
    var unused = conversation(nil, .processes([1]), .internet(.v6(0), port: 9005, interface: 0))
    unused.family = .inet6
    unused.protocolNumber = 6
    #expect(line(unused).contains(" *:9005"))
    unused.isIPv6Only = true
    #expect(line(unused).contains(" [::]:9005"))
  }

  @Test func onlyOneConnectionOneWay() {
    var one = usual
    one.type = .datagram
    one.connections = 1
    one.isOneWay = true
    one.toServer = 70
    #expect(line(one) == "nginx[1] → php-fpm[2] unix dgram /run/php.sock, 1 connection, queues 0/70\n")
  }

  @Test func whatWaitsAtAFullListener() {
    var full = usual
    full.waiting = 3
    full.connecting = 1
    full.acceptQueue = 2
    full.backlog = 1
    full.isFull = true
    #expect(
      line(full) == "nginx[1] ⇄ php-fpm[2] unix stream /run/php.sock, 3 connections, 2 not accepted, 1 not answered, "
        + "queues 0/0, FULL: accept queue 2 of 1\n")
  }

  @Test func servicesWithoutClients() {
    var alone = conversation(nil, .processes([1]), service)
    #expect(line(alone) == "php-fpm[2] listens on unix stream /run/php.sock, nobody uses it\n")
    alone.isFull = true
    alone.acceptQueue = 5
    alone.backlog = 4
    #expect(line(alone) == "php-fpm[2] listens on unix stream /run/php.sock, FULL: accept queue 5 of 4\n")
  }

  @Test func endsThatAreShared() {
    let names = ["a", "b", "c", "d"]
    #expect(
      line(conversation(.processes([0, 1]), .processes([0, 1]), nil), names)
        == "a[1],b[2] ⇄ each other unix stream socketpair, 0 connections, queues 0/0\n")
    #expect(line(conversation(.processes([2]), .processes([2]), nil), names).hasPrefix("c[3] ⇄ itself "))
    #expect(line(conversation(.processes([0, 1, 2, 3]), .processes([2]), nil), names).hasPrefix("a[1]+3 ⇄ c[3] "))
  }

  @Test func endsWithoutAProcess() {
    for (name, words) in [(Party.Name.unreadable, "?"), (.noProcess, "(no process)"), (.closed, "(closed)")] {
      #expect(line(conversation(name, .processes([1]), service)).hasPrefix("\(words) ⇄ php-fpm[2] "))
      // Two of these are not the same.
      #expect(line(conversation(name, name, service)).hasPrefix("\(words) ⇄ \(words) "))
    }
  }

  @Test func namesOfOtherParties() {
    let id = String(repeating: "0123456789abcdef", count: 4)
    #expect(
      line(conversation(.unit("nginx.service"), .container(id), service))
        .hasPrefix("nginx.service ⇄ 0123456789ab unix stream"))
    #expect(line(conversation(.host, .command(Array("sh".utf8)), service)).hasPrefix("host ⇄ sh "))
  }

  @Test func aPlaceOutsideOfTheTableIsNobody() {
    #expect(line(conversation(.processes([7]), .processes([-1]), service)).hasPrefix(" ⇄  unix"))
  }

  @Test func hostileNamesAreEscaped() {
    let hostile = "a\u{1b}[1m \"\\\n"
    let bad = conversation(.processes([0]), .processes([1]), .unix(.path(Array("/x \u{202e}\n".utf8))))
    #expect(
      line(bad, [hostile, "b"])
        == "a\\x1b[1m\\x20\"\\\\\\n[1] ⇄ b[2] unix stream /x\\x20\\u{202e}\\n, 0 connections, queues 0/0\n")
    let drawn = graph([bad], [hostile, "b"])
    #expect(drawn.contains(#"p0 [label="a\\x1b[1m\\x20\"\\\\\\n[1]"];"#))
    #expect(!drawn.contains("\u{1b}"))
  }

  @Test func theOrderIsByServerThenEndpointThenClient() {
    let names = ["c", "b", "a"]
    let all = [
      conversation(nil, .processes([2]), service), conversation(.processes([0]), .processes([1]), service),
      conversation(.processes([2]), .processes([1]), service), conversation(.processes([0]), .unreadable, service),
      conversation(.processes([1]), .processes([2]), service),
    ]
    let ordered = picture(all, names).conversations.map { line($0, names).prefix { $0 != "u" } }
    #expect(ordered == ["b[2] ⇄ a[3] ", "a[3] ⇄ b[2] ", "c[1] ⇄ b[2] ", "c[1] ⇄ ? ", "a[3] listens on "])
  }

  @Test func theGraph() {
    var full = usual
    full.isFull = true
    full.acceptQueue = 2
    full.backlog = 1
    let drawn = graph([usual, full, conversation(nil, .processes([1]), service)])
    #expect(drawn.hasPrefix("digraph ipc {\n") && drawn.hasSuffix("}\n"))
    #expect(drawn.contains(#"p0 -> p1 [dir=both, label="unix stream\n/run/php.sock\n3 connections"];"#))
    #expect(drawn.contains(#"FULL: accept queue 2 of 1", color=red"#))
    #expect(drawn.contains(#"-> p1 [label="unix stream\n/run/php.sock\nunused", style=dashed"#))
    #expect(drawn.contains(#"p1 [label="php-fpm[2]"];"#))
  }

  @Test func theObject() {
    var one = usual
    one.inodes = [.init(client: 11, server: 0)]
    one.acceptQueue = 0
    one.backlog = 9
    var text = TextBuffer()
    IpcJSON(picture([one])).write(one, into: &text)
    #expect(
      String(decoding: text.octets, as: UTF8.self) == """
        {"schema":1,"family":"unix","type":"stream","protocol":0,"endpoint":{"path":"/run/php.sock"},\
        "client":{"kind":"process","name":"nginx","processes":[{"pid":1,"name":"nginx","uid":0}],"netns":1},\
        "server":{"kind":"process","name":"php-fpm","processes":[{"pid":2,"name":"php-fpm","uid":0}],"netns":1},\
        "one_way":false,"connections":3,"waiting":0,"connecting":0,"queues":{"to_client":0,"to_server":0},\
        "accept_queue":0,"backlog":9,"full":false,"unused":false,"sockets":[{"client":11,"server":null}]}

        """)
  }
}
