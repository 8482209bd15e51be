using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Control;

namespace Trading.Cli.Control;

/// <summary>The state of an account as a page of text.</summary>
internal static class StatusPage
{
    public static void Write(ControlStatus status)
    {
        var colour = status.State switch { TradingState.Active => "green", TradingState.Reducing => "yellow", _ => "red" };
        Terminal.Output.MarkupLine($"account {Markup.Escape(status.Account)} on {Markup.Escape(status.MarketData)} prices is "
            + $"[{colour}]{status.State.ToString().ToUpperInvariant()}[/]"
            + (status.Since is { } act ? Markup.Escape($" since {Words.Time(act.At)} UTC, {act.What} by {act.By}: {act.Reason}") : ""));
        foreach (var damage in status.Damage)
            Terminal.Output.MarkupLine($"[red]DAMAGED: {Markup.Escape(damage)}[/]");
        foreach (var symbol in status.SymbolStates)
            Terminal.Output.MarkupLine($"[yellow]{Markup.Escape(symbol.Symbol)} is {symbol.State.ToString().ToUpperInvariant()}[/]");
        foreach (var latch in status.Latches)
            Terminal.Output.MarkupLine($"[yellow]{Markup.Escape(latch)}[/]");
        foreach (var alert in status.StandingAlerts)
            Terminal.Output.MarkupLine($"[red]{Markup.Escape(alert.Subject)}[/] "
                + Markup.Escape($"since {Words.Time(alert.Since)} UTC: {alert.Text}"));
        Terminal.Output.WriteLine($"cash {Words.Money(status.CashUsd)} USD, {Words.Money(status.ReservedUsd)} of it reserved");
        foreach (var held in status.Positions)
            Terminal.Output.WriteLine($"holds {Words.Exact(held.Quantity)} {held.Symbol}, average cost {Words.Money(held.AverageCost)}, "
                + $"last settled at {Words.Money(held.LastPrice)}");
        if (status.Positions.Count == 0)
            Terminal.Output.WriteLine("holds nothing");
        foreach (var order in status.OpenOrders)
            Terminal.Output.WriteLine($"open: {Words.Lower(order.Side)} {Words.Exact(order.Quantity)} "
                + $"{order.Symbol}{(order.StopPrice is { } stop ? $" at the stop {Words.Money(stop)}" : "")}, "
                + $"not beyond {Words.Money(order.WorstPrice)}, trade {order.TradeId}");
        if (status.OpenOrders.Count == 0)
            Terminal.Output.WriteLine("no open orders");
        foreach (var alert in status.UndeliveredAlerts)
            Terminal.Output.MarkupLine($"[yellow]alert {Markup.Escape(alert.State)}: "
                + $"{Markup.Escape($"{alert.Key} to {alert.Channel}, raised {Words.Time(alert.RaisedAt)} UTC: {alert.Reason}")}[/]");
        Terminal.Output.WriteLine(status.Limits.Count == 0 ? "no limits were set yet"
            : $"limits version {status.LimitsVersion}, set by {status.LimitsBy}; trading control limits show lists them");
    }

    public static void WriteLimits(ControlStatus status)
    {
        if (status.Limits.Count == 0)
        {
            Terminal.Output.WriteLine("no limits were set yet");
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("limit", "value");
        table.Columns[1].RightAligned();
        foreach (var limit in status.Limits)
            table.AddRow(Markup.Escape(limit.Name), Markup.Escape(limit.Value));
        Terminal.Output.WriteLine($"limits version {status.LimitsVersion}, set by {status.LimitsBy}");
        Terminal.Output.Write(table);
    }
}
