/// Whom the ends of conversations belong to.
public struct Party: Sendable {
  /// What tells one party from another.
  public enum Name: Hashable, Sendable {
    /// The processes that hold the end, by their places in the owner table: several where it is shared.
    case processes([Int])
    /// A unit of systemd's.
    case unit(String)
    /// A container's identifier.
    case container(String)
    /// What is in no container.
    case host
    /// A program without a unit, by its name.
    case command([UInt8])
    /// Somebody whose descriptors may not be read.
    case unreadable
    /// No process: the end is the kernel's own, or is on its way from one process to another.
    case noProcess
    /// No process any more: the end was closed, and the kernel sends what is left.
    case closed
  }

  public var name: Name
  /// All processes of this party that take part, by their places in the owner table, each once, in order.
  public var processes: [Int]

  public init(name: Name, processes: [Int]) {
    self.name = name
    self.processes = processes
  }

  /// Adds processes that take part too.
  mutating func add(_ others: [Int]) { processes = Parties.union(processes, others) }
}

/// How the connections between parties are summed up.
public enum ConversationGrouping: Sendable {
  /// Not at all: each by itself.
  case connection
  /// All between the same processes to the same endpoint.
  case process
  /// All between the same units of systemd's to the same endpoint.
  case unit
  /// All between the same containers to the same endpoint.
  case container
}

/// One or more connections of one kind between two parties on this machine; or a listener that has none.
public struct Conversation: Sendable {
  public var family: SocketFamily
  public var type: SocketType
  /// IPPROTO_* for inet and inet6, else 0.
  public var protocolNumber: UInt16
  /// What the client connected to; nil for a pair that socketpair(2) made.
  public var endpoint: SocketAddress?
  /// Where the client is, such as its address and port; nil where it has no name, or where several are summed up.
  public var clientEndpoint: SocketAddress?
  /// Who connected; of a socketpair, one of the two. Nil for a listener that has no local connection.
  public var client: Party?
  /// Who listened, or receives.
  public var server: Party
  /// The network namespaces of both ends; that of the client is the server's where there is no client.
  public var clientNamespace: UInt64
  public var serverNamespace: UInt64
  /// Whether messages pass from the client to the server only: a datagram socket that is connected to one that is not.
  public var isOneWay = false
  /// Whether a listener without a connection takes IPv6 only; nil where that is not told.
  public var isIPv6Only: Bool?

  /// How many connections there are, those that wait included.
  public var connections = 0
  /// Those that the server has not accepted.
  public var waiting = 0
  /// Those that the server's kernel has not even answered.
  public var connecting = 0
  /// Octets that wait to be read by the client, or are on their way to it.
  public var toClient: UInt64 = 0
  /// Octets that wait to be read by the server, or are on their way to it.
  public var toServer: UInt64 = 0
  /// What waits at the listener, from wherever it comes, and how many may; nil where there is no listener or it was not
  /// told. Of a group that shares an address it is the fullest one's.
  public var acceptQueue: UInt32?
  public var backlog: UInt32?
  /// Whether connections wait or are made while the listener's queue is full.
  public var isFull = false
  /// Both ends of each connection: the inodes of the client's and the server's socket; 0 where there is none yet, or no more.
  public var inodes: [Inodes] = []

  /// The two sockets of a connection.
  public struct Inodes: Sendable, Equatable {
    public var client: UInt64
    public var server: UInt64

    public init(client: UInt64, server: UInt64) {
      self.client = client
      self.server = server
    }
  }

  /// Whether it is a service that nobody uses: nobody here, and nobody on another machine.
  public var isUnused: Bool { client == nil && !isFull }
}
