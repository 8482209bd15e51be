namespace Trading.Cli.Setup;

/// <summary>Texts of the files of a strategy of one's own, with {program}, {class} and {name} to be filled in.</summary>
internal static class StrategyTemplates
{
    /// <summary>The project of the library.</summary>
    public const string Library = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <!-- Where the program trading is; another place with -p:TradingFolder=... -->
            <TradingFolder Condition="'$(TradingFolder)' == ''">{program}</TradingFolder>
            <!-- The folder for the switch strategies: the library alone. -->
            <OutputPath>bin/</OutputPath>
            <AppendTargetFrameworkToOutputPath>false</AppendTargetFrameworkToOutputPath>
            <EnableDefaultCompileItems>false</EnableDefaultCompileItems>
          </PropertyGroup>
          <ItemGroup>
            <Compile Include="*.cs" />
            <Reference Include="Trading.Core" HintPath="$(TradingFolder)/Trading.Core.dll" Private="false" />
            <Reference Include="Trading.Contracts" HintPath="$(TradingFolder)/Trading.Contracts.dll" Private="false" />
          </ItemGroup>
        </Project>
        """;

    /// <summary>The class of the strategy.</summary>
    public const string Strategy = """
        using Trading.Contracts;
        using Trading.Core;
        using Trading.Core.Strategies;

        /// <summary>Buys where the fast average of closes has crossed the slow one upwards, sells where downwards.</summary>
        public sealed class {class}(int fast = 10, int slow = 30) : ITradingStrategy
        {
            private readonly Queue<decimal> _closes = new();
            private bool? _above;

            /// <summary>What the program knows of it; the parameters are set with --set StrategyParameters=fast=5,slow=20.</summary>
            public static StrategyInfo Info { get; } = new("{name}", "buys and sells where two averages cross",
                [
                    StrategyParameter.Bars("fast", 10, "bars in the fast average"),
                    StrategyParameter.Bars("slow", 30, "bars in the slow average"),
                ],
                given => new {class}(given.Whole("fast"), given.Whole("slow")));

            public string Name => Info.Name;

            /// <summary>How many of the last bars a signal follows from: a service that starts is given so many.</summary>
            public int Bars => slow + 1;

            public Signal OnBar(in Candle bar)
            {
                _closes.Enqueue(bar.Close);
                if (_closes.Count > slow)
                    _closes.Dequeue();
                if (_closes.Count < slow)
                    return default;
                var above = _closes.TakeLast(fast).Average() > _closes.Average();
                var before = _above;
                _above = above;
                return before is null || before == above ? default : new(above ? TradeAction.Buy : TradeAction.Sell);
            }
        }
        """;

    /// <summary>The project of its test.</summary>
    public const string Tests = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <TradingFolder Condition="'$(TradingFolder)' == ''">{program}</TradingFolder>
          </PropertyGroup>
          <ItemGroup>
            <ProjectReference Include="../{class}.csproj" />
            <Reference Include="Trading.Core" HintPath="$(TradingFolder)/Trading.Core.dll" />
            <Reference Include="Trading.Contracts" HintPath="$(TradingFolder)/Trading.Contracts.dll" />
            <PackageReference Include="Microsoft.NET.Test.Sdk" Version="18.11.0" />
            <PackageReference Include="xunit" Version="2.9.3" />
            <PackageReference Include="xunit.runner.visualstudio" Version="3.1.5" />
          </ItemGroup>
        </Project>
        """;

    /// <summary>The class of its test.</summary>
    public const string Test = """
        using Trading.Contracts;
        using Trading.Core;
        using Trading.Core.Strategies;
        using Xunit;

        public class {class}Tests
        {
            // A wave: up and down, again and again.
            private static readonly Candle[] Bars = [.. Enumerable.Range(0, 600).Select(i =>
            {
                var price = decimal.Round(100 + 10 * (decimal)Math.Sin(i / 20.0), 2);
                return new Candle(1_709_251_200 + 60 * i, price, price, price, price, 1);
            })];

            [Fact]
            public void it_buys_and_sells_by_turns()
            {
                var strategy = {class}.Info.Create(new({class}.Info, []));
                var signals = Bars.Select(bar => strategy.OnBar(bar).Action).Where(action => action != TradeAction.Hold).ToList();
                Assert.True(signals.Count > 3);
                Assert.All(signals.Zip(signals.Skip(1)), pair => Assert.NotEqual(pair.First, pair.Second));
            }

            // What a service sees that has just started. Over a whole history: trading lookahead-check.
            [Fact]
            public void a_signal_follows_from_the_last_bars_alone()
            {
                var whole = {class}.Info.Create(new({class}.Info, []));
                var signals = Bars.Select(bar => whole.OnBar(bar)).ToList();
                for (var at = 100; at < Bars.Length; at += 7)
                {
                    var late = {class}.Info.Create(new({class}.Info, []));
                    var signal = default(Signal);
                    foreach (var bar in Bars[(at + 1 - late.Bars)..(at + 1)])
                        signal = late.OnBar(bar);
                    Assert.Equal(signals[at], signal);
                }
            }
        }
        """;
}
