using System.Text;
using Amazon.SageMakerRuntime;
using Amazon.SageMakerRuntime.Model;

namespace Trading.Aws;

/// <summary>Which endpoint is called.</summary>
/// <param name="Region">Region, for example eu-central-1.</param>
/// <param name="ServiceUrl">Another address that speaks SageMaker's protocol; AWS's own when null.</param>
/// <param name="EndpointName">Name of the endpoint.</param>
public sealed record SageMakerOptions(string Region, string? ServiceUrl, string EndpointName);

/// <summary>What an endpoint answered.</summary>
/// <param name="Variant">The production variant that answered; null when it was not reported.</param>
/// <param name="Text">The answer as it came, cut off after <see cref="SageMaker.LongestAnswer"/> bytes.</param>
public sealed record SageMakerAnswer(string? Variant, string Text);

/// <summary>
/// A model behind a SageMaker endpoint. Credentials come from the SDK's chain. A question is sent once; the caller decides about
/// retries.
/// </summary>
public sealed class SageMaker : IDisposable
{
    /// <summary>Most bytes of an answer that are read.</summary>
    public const int LongestAnswer = 1_000_000;

    private readonly SageMakerOptions _options;
    private readonly AmazonSageMakerRuntimeClient _endpoint;

    /// <summary>Connects.</summary>
    public SageMaker(SageMakerOptions options)
    {
        _options = options;
        _endpoint = new(new AwsPlace(options.Region, options.ServiceUrl).Lead(new AmazonSageMakerRuntimeConfig { MaxErrorRetry = 0 }));
    }

    /// <summary>Sends a question once.</summary>
    /// <param name="json">The question in the model's format.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ModelCallException">There is no answer.</exception>
    public Task<SageMakerAnswer> AskAsync(string json, CancellationToken cancellation) =>
        ModelCallException.GuardAsync<SageMakerAnswer>(async () =>
        {
            var request = new InvokeEndpointRequest
            {
                EndpointName = _options.EndpointName,
                ContentType = "application/json",
                Accept = "application/json",
                Body = new(Encoding.UTF8.GetBytes(json))
            };
            var response = await _endpoint.InvokeEndpointAsync(request, cancellation);
            var body = response.Body ?? new MemoryStream();
            return new(response.InvokedProductionVariant is { Length: > 0 } variant ? variant : null,
                Encoding.UTF8.GetString(body.ToArray().AsSpan(0, (int)Math.Min(body.Length, LongestAnswer))));
        }, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _endpoint.Dispose();
}
