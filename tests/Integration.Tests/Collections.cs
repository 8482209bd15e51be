using Trading.Integration.Tests.Audit;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Xunit;

// Many tests wait more than they compute.
[assembly: CollectionBehavior(MaxParallelThreads = 6)]
[assembly: TestFramework("Trading.TestKit.Servers.TestRun", "Trading.TestKit")]

namespace Trading.Integration.Tests;

/// <summary>Tests that change or watch what is the process's own, its environment or all of its spans: nothing runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>Short tests of the whole chain. A class with long ones is a collection by itself, so that it runs beside the others.</summary>
[CollectionDefinition(nameof(SerialTest))]
public static class SerialTests;

/// <summary>Tests of the services as processes, one after the other on one endpoint.</summary>
[CollectionDefinition(nameof(DistributedTests))]
public sealed class OneAfterTheOther : ICollectionFixture<LocalEndpoint>;

/// <summary>The longest of them, beside those on an endpoint of their own: one system alone leaves much of two cores idle.</summary>
[CollectionDefinition(nameof(LongRuns))]
public sealed class LongRuns : ICollectionFixture<LocalEndpoint>;

/// <summary>Commands over the journal of one recorded run, which takes its time to make.</summary>
[CollectionDefinition(nameof(RecordedJournal))]
public sealed class RecordedCommands : ICollectionFixture<RecordedJournal>;
