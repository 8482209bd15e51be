using Xunit;

[assembly: CollectionBehavior(MaxParallelThreads = 2)]
[assembly: TestFramework("Trading.TestKit.Servers.TestRun", "Trading.TestKit")]

namespace Trading.Dashboard.Tests;

/// <summary>Tests on one recorded run that none of them changes, but for commands and further decisions.</summary>
[CollectionDefinition(nameof(RecordedDashboard))]
public sealed class OnRecordedRun : ICollectionFixture<RecordedDashboard>, ICollectionFixture<BrowserPages>;
