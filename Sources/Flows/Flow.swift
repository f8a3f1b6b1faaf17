public import Wire

/// A flow as it is shown: a value with all that is known of it.
public struct Flow: Sendable {
  /// Its number: flows are counted from 1 as they begin.
  public var number: UInt64 = 0
  /// Its ends and protocol; the source is who began.
  public var ends: FlowEnds
  /// The VLAN next to the payload; nil where it was in none.
  public var vlan: UInt16?
  /// The VLAN before that one, of a frame with two tags.
  public var outerVLAN: UInt16?
  /// The tunnel that it was in; nil where it was in none.
  public var tunnel: FlowTunnel?
  /// The tunnel's number in the other direction, where its receiver gives it; 0 where none was seen.
  public var reverseTunnelEndpoint: UInt32 = 0
  /// The first packet's time.
  public var start: Timestamp
  /// The last packet's time.
  public var end: Timestamp
  /// Packets from who began, and to it.
  public var packets: Directions
  /// Octets on the wire.
  public var bytes: Directions
  /// Octets of payload.
  public var payloadBytes: Directions
  /// How far it has come.
  public var state: FlowState
  /// Why it is over; nil where it is not, as far as is known.
  public var ending: FlowEnding?
  /// What is known of the TCP connection; nil where it is none.
  public var tcp: TCPSummary?
  /// Questions and answers; nil where there were none.
  public var exchange: ExchangeSummary?
  /// What it tells of its application.
  public var hints = Hints()
  /// Whose it is.
  public var owner = FlowOwner()
  /// How its owners were found; nil where nobody told.
  public var attribution: FlowAttribution?
  /// Whether it is known at which end a process is, where only one is known.
  public var knowsOwnerEnd = true

  /// A number for each direction.
  public struct Directions: Equatable, Sendable {
    /// From who began.
    public var forward: UInt64
    /// To who began.
    public var reverse: UInt64
    /// Both.
    public var total: UInt64 { forward &+ reverse }

    /// Two numbers.
    public init(forward: UInt64, reverse: UInt64) {
      self.forward = forward
      self.reverse = reverse
    }
  }

  /// What is known of a TCP connection.
  public struct TCPSummary: Sendable {
    /// From the SYN to the acknowledgment that ends the handshake, in nanoseconds; nil where they were not captured.
    public var handshake: UInt64?
    /// How long who began waited for acknowledgments: what it sent, until the other end's answer came by.
    public var forward: LatencySummary?
    /// How long the other end waited.
    public var reverse: LatencySummary?
    /// How often each finding was made.
    public var counts = TCPCounts()
  }

  /// What is known of the questions and answers of a request protocol: DNS, NTP.
  public struct ExchangeSummary: Sendable {
    /// How many were asked.
    public var requests: UInt64
    /// How many were answered.
    public var responses: UInt64
    /// How many have no answer; one that was asked again counts once.
    public var unanswered: UInt64
    /// How long answers took.
    public var time: LatencySummary?
  }

  /// What the payload told. The octets come from outside and are to be escaped.
  public struct Hints: Sendable {
    /// The host name in a TLS ClientHello.
    public var serverName: [UInt8]?
    /// The Host field of an HTTP request.
    public var httpHost: [UInt8]?
    /// The name that the destination's address came from, by DNS.
    public var domainName: [UInt8]?
    /// The software of the end that began an SSH connection.
    public var sshClient: [UInt8]?
    /// The software of its other end.
    public var sshServer: [UInt8]?
    /// The version of QUIC.
    public var quicVersion: UInt32?

    /// Whether there is none.
    public var isEmpty: Bool {
      serverName == nil && httpHost == nil && domainName == nil && sshClient == nil && sshServer == nil
        && quicVersion == nil
    }
  }

  /// From the first packet to the last, in nanoseconds.
  public var duration: UInt64 {
    let seconds = end.seconds &- start.seconds
    let nanoseconds = seconds &* 1_000_000_000 &+ Int64(end.nanoseconds) &- Int64(start.nanoseconds)
    return UInt64(Swift.max(nanoseconds, 0))
  }
}
