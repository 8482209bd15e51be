using System.Diagnostics;
using System.Diagnostics.Metrics;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Hosting.Telemetry;

/// <summary>
/// What is measured, under the meter "Trading". PredictionAccuracy, TradeSuccessRate, PortfolioValue and RiskScore are the original
/// system's figures; docs/metrics.md defines each.
/// </summary>
public sealed class TradingMetrics
{
    /// <summary>Name of the meter and of the source of traces.</summary>
    public const string Name = "Trading";

    /// <summary>Source of traces, which begin at the price; the bus passes them through the services.</summary>
    public static readonly ActivitySource Traces = new(Name);

    private readonly Gauge<double> _predictionAccuracy;
    private readonly Gauge<double> _tradeSuccessRate;
    private readonly Gauge<double> _portfolioValue;
    private readonly Gauge<double> _riskScore;
    private readonly Gauge<double> _skill;
    private readonly Gauge<double> _weight;
    private readonly Gauge<double> _featureDrift;
    private readonly Gauge<double> _scoreDrift;
    private readonly Counter<long> _prices;
    private readonly Counter<long> _quotesLeftOut;
    private readonly Counter<long> _sourcesMissing;
    private readonly Counter<long> _abstentions;
    private readonly Gauge<double> _abstainRate;
    private readonly Counter<long> _modelCalls;
    private readonly Counter<long> _modelTokens;
    private readonly Histogram<double> _modelSeconds;
    private readonly Counter<long> _assessments;
    private readonly Counter<long> _exits;
    private readonly Counter<long> _trades;
    private readonly Histogram<double> _decisionSeconds;
    private readonly Histogram<double> _executionSeconds;
    private readonly Counter<long> _alerts;
    private readonly Counter<long> _sealed;
    private readonly Counter<long> _stored;
    private readonly Counter<long> _storeFailures;
    private readonly Counter<long> _storeRefusals;
    private readonly Counter<long> _storeDrops;
    private readonly Gauge<long> _storeWaiting;
    private readonly Gauge<long> _unsealed;
    private readonly Gauge<double> _sealLag;
    private readonly Gauge<int> _witnesses;
    private readonly Gauge<int> _witnessesMissing;
    private readonly Counter<long> _witnessFailures;
    private readonly Counter<long> _timeStamps;
    private readonly Counter<long> _unanswered;
    private readonly Counter<long> _refused;
    private readonly Gauge<int> _differences;
    private readonly Gauge<double> _clockOffset;
    private readonly Counter<long> _workFailures;
    private readonly Counter<long> _unbelieved;
    private readonly Gauge<double> _clockAhead;
    private readonly Counter<long> _clockJumps;
    private readonly Gauge<double> _workDegraded;

    /// <summary>Creates the instruments.</summary>
    public TradingMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _predictionAccuracy = meter.CreateGauge<double>("PredictionAccuracy", "1",
            "Share of a model's directional predictions that came true at their horizon");
        _skill = meter.CreateGauge<double>("trading.model.skill", "1",
            "Mean skill of a model's recent predictions against no change: 1 is perfect, 0 no better");
        _weight = meter.CreateGauge<double>("trading.model.weight", "1", "What a model weighs in the ensemble by its track record");
        _featureDrift = meter.CreateGauge<double>("trading.model.feature_drift", "1",
            "Population stability index of a feature of a model over its last questions, against its training");
        _scoreDrift = meter.CreateGauge<double>("trading.model.score_drift", "1",
            "The same of its chance of a rise, against what models said in training about prices that they had not seen");
        _tradeSuccessRate = meter.CreateGauge<double>("TradeSuccessRate", "1", "Share of sales that made a profit after fees");
        _portfolioValue = meter.CreateGauge<double>("PortfolioValue", "USD", "Cash plus positions at the last price");
        _riskScore = meter.CreateGauge<double>("RiskScore", "1", "Largest share of a limit in use, 0 to 1");
        _prices = meter.CreateCounter<long>("trading.prices", description: "Prices published");
        _quotesLeftOut = meter.CreateCounter<long>("trading.quotes.left_out",
            description: "Quotes that did not count, by source and reason");
        _sourcesMissing = meter.CreateCounter<long>("trading.sources.missing", description: "Sources that gave no usable answer");
        _abstentions = meter.CreateCounter<long>("trading.models.abstained", description: "Predictions that a model did not make");
        _abstainRate = meter.CreateGauge<double>("trading.models.abstain_rate", "1",
            "Share of a model's last predictions that it did not make");
        _modelCalls = meter.CreateCounter<long>("trading.models.calls",
            description: "Questions to models outside of the process, repetitions counted");
        _modelTokens = meter.CreateCounter<long>("trading.models.tokens",
            description: "Tokens read and written by models outside of the process");
        _modelSeconds = meter.CreateHistogram<double>("trading.models.latency", "s",
            "From the first question to a model outside of the process to its answer or to giving up");
        _assessments = meter.CreateCounter<long>("trading.assessments", description: "Decisions by verdict and refusing rule");
        _exits = meter.CreateCounter<long>("trading.exits", description: "Exits decided, by reason and verdict");
        _trades = meter.CreateCounter<long>("trading.trades", description: "Orders by side and outcome");
        _decisionSeconds = meter.CreateHistogram<double>("trading.price_to_decision", "s",
            "From the observation of a price to the decision on it");
        _executionSeconds = meter.CreateHistogram<double>("trading.decision_to_execution", "s", "From a decision to the end of its order");
        _stored = meter.CreateCounter<long>("trading.store.written", description: "Collections written, by store");
        _storeFailures = meter.CreateCounter<long>("trading.store.failures",
            description: "Writes that failed and are tried again, by store");
        _storeRefusals = meter.CreateCounter<long>("trading.store.refused", description: "Records that a store refused for good");
        _storeDrops = meter.CreateCounter<long>("trading.store.dropped",
            description: "Collections dropped because a store's queue was full");
        _storeWaiting = meter.CreateGauge<long>("trading.store.waiting", description: "Collections that wait for a store");
        _alerts = meter.CreateCounter<long>("trading.alerts", description: "Alerts by channel and outcome: sent, retried, failed, unsure");
        _sealed = meter.CreateCounter<long>("trading.seal.events", description: "Events sealed");
        _unsealed = meter.CreateGauge<long>("trading.seal.waiting",
            description: "Events that are readable and not sealed, after the last attempt to seal");
        _witnesses = meter.CreateGauge<int>("trading.seal.witnesses",
            description: "Witnesses that cosigned the last checkpoint that they were asked to");
        _witnessesMissing = meter.CreateGauge<int>("trading.seal.witnesses_missing",
            description: "Witnesses that were missing to WitnessQuorum then; 0 when enough cosigned");
        _witnessFailures = meter.CreateCounter<long>("trading.seal.witness_failures",
            description: "Checkpoints that a witness did not cosign, by witness and why: fork, failed");
        _timeStamps = meter.CreateCounter<long>("trading.seal.time_stamps",
            description: "Checkpoints that were to be time stamped, by outcome: stamped, failed");
        _unanswered = meter.CreateCounter<long>("trading.exchange.unanswered",
            description: "Questions and orders that an exchange did not answer, or not with what was asked");
        _refused = meter.CreateCounter<long>("trading.exchange.refused",
            description: "Orders that an exchange refused: stops, exits and others, by why");
        _differences = meter.CreateGauge<int>("trading.exchange.differences",
            description: "Open differences between an exchange and the journal");
        _clockOffset = meter.CreateGauge<double>("trading.exchange.clock_offset", "s",
            "How far an exchange's clock is ahead of this machine's");
        _unbelieved = meter.CreateCounter<long>("trading.messages.refused", description: "Messages that were not believed, by reason");
        _clockAhead = meter.CreateGauge<double>("trading.clock.ahead", "s",
            "How far another clock is ahead of this one: of the sender of a kind of message, or of the database");
        _clockJumps = meter.CreateCounter<long>("trading.clock.jumps", description: "Times that this machine's clock jumped");
        _workFailures = meter.CreateCounter<long>("trading.work.failures", description: "Steps of background work that failed");
        _workDegraded = meter.CreateGauge<double>("trading.work.degraded", "s", "Since a background work began to fail; 0 while it works");
        _sealLag = meter.CreateGauge<double>("trading.seal.lag", "s", "Since the journal was last sealed to its end");
    }

    /// <summary>An exchange refused an order.</summary>
    public void Refused(string exchange, Order order, string why) => _refused.Add(1, new("exchange", exchange),
        new("order", order.RestsOnExchange() ? "stop" : order.Exit is not null ? "exit" : "other"), new("why", why));

    /// <summary>A price was published.</summary>
    public void Observed(PriceObserved price)
    {
        _prices.Add(1, new KeyValuePair<string, object?>("symbol", price.Symbol));
        foreach (var quote in price.Quotes.Where(quote => quote.LeftOut is not null))
            _quotesLeftOut.Add(1, new("source", quote.Quote.Source), new("reason", quote.LeftOut.ToString()));
        foreach (var missing in price.Missing)
            _sourcesMissing.Add(1, new KeyValuePair<string, object?>("source", missing.Source));
    }

    /// <summary>A prediction was made.</summary>
    public void Predicted(PredictionMade prediction)
    {
        foreach (var model in prediction.Models.Where(model => model.Abstained is not null))
            _abstentions.Add(1, new KeyValuePair<string, object?>("model", model.Model));
        foreach (var (model, asked) in prediction.Models.Where(model => model.Provenance is { Attempts: > 0 })
            .Select(model => (model.Model, model.Provenance!)))
        {
            _modelCalls.Add(asked.Attempts, new KeyValuePair<string, object?>("model", model));
            _modelTokens.Add(asked.InputTokens ?? 0, new("model", model), new("kind", "input"));
            _modelTokens.Add(asked.OutputTokens ?? 0, new("model", model), new("kind", "output"));
            _modelSeconds.Record(asked.LatencyMilliseconds / 1000, new KeyValuePair<string, object?>("model", model));
        }
    }

    /// <summary>How far a feature of a model, or its chance of a rise, is from training.</summary>
    /// <param name="model">The model.</param>
    /// <param name="symbol">The symbol.</param>
    /// <param name="feature">The feature; null for the chance of a rise.</param>
    /// <param name="index">The population stability index.</param>
    public void Drifted(string model, string symbol, string? feature, double index)
    {
        if (feature is null)
            _scoreDrift.Record(index, new("model", model), new("symbol", symbol));
        else
            _featureDrift.Record(index, new("model", model), new("symbol", symbol), new("feature", feature));
    }

    /// <summary>How often a model abstained lately.</summary>
    public void Abstained(string model, double share) => _abstainRate.Record(share, new KeyValuePair<string, object?>("model", model));

    /// <summary>A model's predictions were scored at their horizon.</summary>
    public void Scored(string model, string symbol, in ModelRecord record)
    {
        if (double.IsNaN(record.HitRate))
            return;
        _predictionAccuracy.Record(record.HitRate, new("model", model), new("symbol", symbol));
        _skill.Record(record.Skill, new("model", model), new("symbol", symbol));
    }

    /// <summary>A model got a weight by its record.</summary>
    public void Weighed(string model, string symbol, double weight) => _weight.Record(weight, new("model", model), new("symbol", symbol));

    /// <summary>A decision was made.</summary>
    public void Assessed(RiskAssessed assessed)
    {
        var assessment = assessed.Assessment;
        _portfolioValue.Record((double)assessment.EquityUsd, new KeyValuePair<string, object?>("account", assessment.Account));
        _riskScore.Record(assessment.RiskScore, new KeyValuePair<string, object?>("account", assessment.Account));
        if (assessment.Exit is { Reason: var reason } exit && !StopOnExchange.IsSet(exit, assessed.Cause()))
            _exits.Add(1, new("reason", reason.ToString()), new("verdict", assessment.Verdict.ToString()));
        _assessments.Add(1, new("verdict", assessment.Verdict.ToString()), new("rule", assessment.Refusal?.ToString()));
        _decisionSeconds.Record((assessment.AssessedAt - assessed.Cause().ObservedAt).TotalSeconds);
    }

    /// <summary>An order ended.</summary>
    public void Executed(TradeExecuted executed)
    {
        _trades.Add(1, new("side", executed.Decision.Assessment.Signal.ToString()), new("outcome", executed.Execution.Outcome.ToString()));
        // The waiting time of a stop is not the speed of execution.
        if (executed.Decision.Assessment.Order is { } order && order.RestsOnExchange())
            return;
        _executionSeconds.Record((executed.Execution.ExecutedAt - executed.Decision.Assessment.AssessedAt).TotalSeconds);
    }

    /// <summary>A store took collections.</summary>
    public void StoreWrote(string store, int collections, int refused)
    {
        _stored.Add(collections, new KeyValuePair<string, object?>("store", store));
        if (refused > 0)
            _storeRefusals.Add(refused, new KeyValuePair<string, object?>("store", store));
    }

    /// <summary>A store failed; it is retried.</summary>
    public void StoreFailed(string store) => _storeFailures.Add(1, new KeyValuePair<string, object?>("store", store));

    /// <summary>The oldest collection that waited for a store was dropped.</summary>
    public void StoreDropped(string store) => _storeDrops.Add(1, new KeyValuePair<string, object?>("store", store));

    /// <summary>How many collections wait for a store.</summary>
    public void StoreWaits(string store, int collections) =>
        _storeWaiting.Record(collections, new KeyValuePair<string, object?>("store", store));

    /// <summary>The journal was sealed up to an event.</summary>
    public void Sealed(long events, long waiting, TimeSpan lag)
    {
        _sealed.Add(events);
        _unsealed.Record(waiting);
        _sealLag.Record(lag.TotalSeconds);
    }

    /// <summary>Witnesses were asked to cosign a checkpoint.</summary>
    public void Witnessed(int cosigned, int needed)
    {
        _witnesses.Record(cosigned);
        _witnessesMissing.Record(Math.Max(0, needed - cosigned));
    }

    /// <summary>A witness did not cosign.</summary>
    public void NotWitnessed(string witness, string why) =>
        _witnessFailures.Add(1, new("witness", witness), new KeyValuePair<string, object?>("why", why));

    /// <summary>A checkpoint was to be time stamped.</summary>
    public void TimeStamped(string outcome) => _timeStamps.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>An exchange did not answer, or refused.</summary>
    public void Unanswered(string exchange, string why) =>
        _unanswered.Add(1, new("exchange", exchange), new KeyValuePair<string, object?>("why", why));

    /// <summary>How many differences between exchange and journal are open.</summary>
    public void Differs(string exchange, int differences) =>
        _differences.Record(differences, new KeyValuePair<string, object?>("exchange", exchange));

    /// <summary>How far an exchange's clock is ahead of this machine's.</summary>
    public void ClockOffset(string exchange, TimeSpan ahead) =>
        _clockOffset.Record(ahead.TotalSeconds, new KeyValuePair<string, object?>("exchange", exchange));

    /// <summary>A message was not believed.</summary>
    public void Refused(string message, string why) => _unbelieved.Add(1, new("message", message), new("why", why));

    /// <summary>How far another clock is ahead of this one.</summary>
    public void ClockAhead(string of, TimeSpan ahead) =>
        _clockAhead.Record(ahead.TotalSeconds, new KeyValuePair<string, object?>("of", of));

    /// <summary>This machine's clock jumped.</summary>
    public void ClockJumped() => _clockJumps.Add(1);

    /// <summary>A step of background work failed.</summary>
    public void WorkFailed(string work) => _workFailures.Add(1, new KeyValuePair<string, object?>("work", work));

    /// <summary>For how long background work has failed; zero while it works.</summary>
    public void Works(string work, TimeSpan degraded) =>
        _workDegraded.Record(degraded.TotalSeconds, new KeyValuePair<string, object?>("work", work));

    /// <summary>An alert was sent, or was not.</summary>
    public void Alerted(string channel, string outcome) => _alerts.Add(1, new("channel", channel), new("outcome", outcome));

    /// <summary>Sales so far, and how many of them made a profit after fees.</summary>
    public void Sold(int sales, int profitable) => _tradeSuccessRate.Record(sales == 0 ? 0 : profitable / (double)sales);
}
