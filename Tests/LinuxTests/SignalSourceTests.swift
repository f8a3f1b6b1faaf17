import Glibc
import Linux
import Testing

struct SignalSourceTests {
  @Test func aSignalWaitsInTheDescriptor() throws {
    let source = try SignalSource([SIGUSR2])
    #expect(source.next() == nil)
    // To this thread, which has just blocked it.
    raise(SIGUSR2)
    var poll = Poll()
    poll.add(source.descriptor.rawValue)
    #expect(try poll.wait(milliseconds: 1000) == 1)
    #expect(poll.events(at: 0) == .readable)
    #expect(source.next() == SIGUSR2)
    #expect(source.next() == nil)
  }

  @Test func aDescriptorLeftOutIsNotWaitedFor() throws {
    let source = try SignalSource([SIGUSR1])
    raise(SIGUSR1)
    var poll = Poll()
    poll.add(source.descriptor.rawValue)
    poll.setActive(false, at: 0)
    #expect(try poll.wait(milliseconds: 0) == 0)
    poll.setActive(true, at: 0)
    #expect(try poll.wait(milliseconds: 0) == 1)
    #expect(source.next() == SIGUSR1)
  }
}
