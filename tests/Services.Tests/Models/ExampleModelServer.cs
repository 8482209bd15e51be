using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Trading.Services.Tests.Models;

/// <summary>The server that docs/models.md shows, from "public static class" on; a test compares them.</summary>
public static class ExampleModelServer
{
    public record Point(long Time, double Price);

    public record Question(string Symbol, double Price, int IntervalSeconds, int HorizonSeconds, Point[] Prices);

    public record Answer(double PredictedPrice, double Confidence, string Model);

    // The drift of the window goes on; as sure as it was steady.
    public static Answer Predict(Question question)
    {
        var prices = question.Prices;
        var drift = Math.Pow(prices[^1].Price / prices[0].Price, 1.0 / Math.Max(1, prices.Length - 1));
        var rises = prices.Zip(prices.Skip(1)).Count(pair => pair.Second.Price > pair.First.Price) / (double)Math.Max(1, prices.Length - 1);
        return new(question.Price * Math.Pow(drift, question.HorizonSeconds / question.IntervalSeconds),
            Math.Max(rises, 1 - rises), "drift-1");
    }

    public static WebApplication Build(string[] args)
    {
        var app = WebApplication.CreateBuilder(args).Build();
        app.MapPost("/predict", (Question question) =>
            question.Prices.Length < 30 ? Results.Json(new { abstain = "needs 30 prices" }) : Results.Json(Predict(question)));
        return app;
    }
}
