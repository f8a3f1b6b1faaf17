internal import Wire

/// Whose a packet is, by what is known of its flow.
extension LiveOwners {
  /// Whether what is known of a flow holds for a packet that was captured then. Who does not want to wait takes what there is.
  private func isSure(_ flow: UInt32, _ time: Int64) -> Bool {
    flows[flow].isAnswered && (time <= flows[past: flow].limit || options.wait == 0)
  }

  /// Whose a packet is, as far as is known now.
  ///
  /// - Parameter wasReady: whether it needed no answer when it came, whatever has been answered since.
  @inline(never)
  mutating func owner(
    of flow: UInt32, _ ends: FrameEnds, _ time: Int64, _ sourceIsLower: Bool, wasReady: Bool
  ) -> (FrameOwner, FrameAttribution) {
    var attribution = FrameAttribution()
    guard flow != 0 else {
      let isKernel = ends.kind == .kernel
      attribution.own = FrameAttribution.End(
        isKernel ? .kernel : .unattributed, isKernel ? .none : .noPorts)
      return (FrameOwner(process: isKernel ? FrameOwner.kernel : FrameOwner.notFound), attribution)
    }
    // Where packets do not wait for that, it may be another's.
    let mayBeAnothers = young.delay < DelayedQuestions.notingStep && flows.awaitsUse(flow, at: time)
    guard !mayBeAnothers, wasReady && flows[flow].isAnswered || isSure(flow, time) else {
      attribution.own = FrameAttribution.End(.unattributed, .late)
      return (FrameOwner(process: FrameOwner.notFound), attribution)
    }
    let owners = flows.owners(of: flow, at: time)
    var source = sourceIsLower ? owners.lower : owners.upper
    // The kernel itself refuses what no socket is there for.
    if source.isLocal, source.end.method == .unattributed, ends.flags.contains(.reset) {
      source.place = FrameOwner.kernel
      source.end = FrameAttribution.End(.kernel)
    }
    // What has data was sent after the connection was accepted: maybe by a process that was started for it.
    if source.end.method == .listener, source.isHandedOn, ends.carriesData {
      source.place = FrameOwner.notFound
      source.end = FrameAttribution.End(.unattributed, .gone)
    }
    return Self.owner(source, sourceIsLower ? owners.upper : owners.lower)
  }

  /// The owner of a packet whose ends are these.
  @inline(__always)
  static func owner(_ source: EndAnswer, _ destination: EndAnswer) -> (FrameOwner, FrameAttribution) {
    var owner = FrameOwner()
    var attribution = FrameAttribution()
    if source.isLocal {
      owner.process = source.place
      attribution.own = source.end
      if destination.isLocal {
        owner.peer = destination.place
        attribution.peer = destination.end
      }
    } else if destination.isLocal {
      owner.process = destination.place
      attribution.own = destination.end
    } else {
      owner.process = FrameOwner.notFound
      attribution.own = FrameAttribution.End(.unattributed, .foreign)
    }
    return (owner, attribution)
  }
}
