using Trading.Contracts;
using Trading.Core;
using Trading.Dashboard.Reading;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>Lots and sales that go on with each settlement: the same as all settlements at once make.</summary>
public sealed class TaxBookTests
{
    private static readonly DateTimeOffset Start = new(2023, 12, 1, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<TaxMethod> Methods => [.. Enum.GetValues<TaxMethod>()];

    [Theory]
    [MemberData(nameof(Methods))]
    public void going_on_makes_what_all_settlements_at_once_make(TaxMethod method)
    {
        var settlements = Settlements();
        var book = new TaxBook();
        for (var count = 1; count <= settlements.Count; count++)
        {
            book.Add(settlements[count - 1]);
            var (lots, sold) = (new TaxLots(method), new List<TaxDisposal>());
            foreach (var settled in settlements.Take(count).OrderBy(settled => settled.At))
                sold.AddRange(lots.Take(settled));

            // Asked in between and not each time.
            if (count % 3 == 0 || count == settlements.Count)
            {
                var fold = book.Of(method);
                Assert.Null(fold.Impossible);
                Assert.Equal(lots.Open, fold.Open);
                foreach (var year in new[] { 2023, 2024, 2025 })
                {
                    var expected = sold.Where(disposal => disposal.SoldAt.Year == year).ToList();
                    Assert.Equal(expected, fold.In(year).Disposals);
                    Assert.Equal((expected.Sum(one => one.ProceedsUsd), expected.Sum(one => one.CostUsd)),
                        (fold.In(year).ProceedsUsd, fold.In(year).CostUsd));
                }
            }
        }
    }

    [Fact]
    public void more_sold_than_bought_is_said_until_what_was_bought_before_is_booked()
    {
        var book = new TaxBook();
        book.Add(new(Guid.Empty, "BTC-USD", TradeAction.Sell, 1, 110, 0, Start.AddDays(1)));
        Assert.Contains("sold more BTC-USD than was bought", book.Of(TaxMethod.Fifo).Impossible, StringComparison.Ordinal);
        book.Add(new(Guid.Empty, "BTC-USD", TradeAction.Buy, 1, 100, 0, Start.AddDays(2)));
        Assert.NotNull(book.Of(TaxMethod.Fifo).Impossible);
        // Booked late: executed before the sale.
        book.Add(new(Guid.Empty, "BTC-USD", TradeAction.Buy, 1, 90, 0, Start));

        var fold = book.Of(TaxMethod.Fifo);

        Assert.Null(fold.Impossible);
        Assert.Equal(20, Assert.Single(fold.In(2023).Disposals).GainUsd);
        Assert.Equal(100, Assert.Single(fold.Open).CostUsd);
    }

    // Two months around the turn of a year; each seventh is booked after one that was executed later.
    private static List<TradeSettled> Settlements()
    {
        var random = new Random(20231201);
        var settlements = Enumerable.Range(0, 60).Select(number => new TradeSettled(DerivedId.Create(Guid.Empty, $"{number}"), "BTC-USD",
            number % 3 == 2 ? TradeAction.Sell : TradeAction.Buy, number % 3 == 2 ? 1.5m : 1, random.Next(90, 110), 0.01m,
            Start.AddDays(number))).ToList();
        for (var at = 4; at < settlements.Count; at += 7)
            (settlements[at], settlements[at - 1]) = (settlements[at - 1], settlements[at]);
        return settlements;
    }
}
