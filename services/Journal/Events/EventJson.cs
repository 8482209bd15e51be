using System.Text.Json;
using System.Text.Json.Serialization;
using Trading.Core;

namespace Trading.Journal.Events;

/// <summary>
/// How events are read: as the event store writes them, by code that is generated at build time. A missing value, or a null where null is
/// not allowed, makes an event unreadable.
/// </summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(AccountOpened)), JsonSerializable(typeof(LimitsSet)), JsonSerializable(typeof(FundsReserved)),
    JsonSerializable(typeof(ReservationReleased))]
[JsonSerializable(typeof(TradeSettled)), JsonSerializable(typeof(TradingHalted)), JsonSerializable(typeof(TradingReduced)),
    JsonSerializable(typeof(TradingResumed))]
[JsonSerializable(typeof(CashAdjusted)), JsonSerializable(typeof(TradeProposed)), JsonSerializable(typeof(TradeAssessed)),
    JsonSerializable(typeof(OrderPlaced))]
[JsonSerializable(typeof(ReconciliationBegan)), JsonSerializable(typeof(ReconciliationPassed)),
    JsonSerializable(typeof(ExternalOrderFound)), JsonSerializable(typeof(ExternalFillFound))]
[JsonSerializable(typeof(ExternalBalanceFound)), JsonSerializable(typeof(ExternalDifferenceEnded)),
    JsonSerializable(typeof(ExternalDifferencesAccepted))]
[JsonSerializable(typeof(RealTradingAnnounced)), JsonSerializable(typeof(RealTradingConfirmed)),
    JsonSerializable(typeof(OrderAcknowledged)), JsonSerializable(typeof(OrderReplaced))]
[JsonSerializable(typeof(OrderFilled)), JsonSerializable(typeof(OrderRejected)), JsonSerializable(typeof(OrderCancelled)),
    JsonSerializable(typeof(OrderUnknown))]
[JsonSerializable(typeof(ExitProposed)), JsonSerializable(typeof(SymbolStateSet)), JsonSerializable(typeof(MarksSet)),
    JsonSerializable(typeof(FlattenOrdered)),
    JsonSerializable(typeof(PriceMarked)), JsonSerializable(typeof(LimitLatched))]
[JsonSerializable(typeof(TradeClosed)), JsonSerializable(typeof(FieldRedacted)), JsonSerializable(typeof(PredictionScored))]
[JsonSerializable(typeof(OperatorCommanded)), JsonSerializable(typeof(CancelRequested)), JsonSerializable(typeof(ProductRulesSeen))]
[JsonSerializable(typeof(ExternalFillBooked)), JsonSerializable(typeof(PositionAdopted)), JsonSerializable(typeof(PositionWrittenOff)),
    JsonSerializable(typeof(PositionCorrected)), JsonSerializable(typeof(ExternalOrderAdopted)),
    JsonSerializable(typeof(ImplausibleFillFound)), JsonSerializable(typeof(ExchangeClockOff))]
[JsonSerializable(typeof(ProgramStarted)), JsonSerializable(typeof(ProgramStopped)), JsonSerializable(typeof(PricesCommitted)),
    JsonSerializable(typeof(SegmentArchived)), JsonSerializable(typeof(CheckpointsThinned)), JsonSerializable(typeof(AccountStated)),
    JsonSerializable(typeof(ModelReplaced))]
internal sealed partial class EventJson : JsonSerializerContext;
