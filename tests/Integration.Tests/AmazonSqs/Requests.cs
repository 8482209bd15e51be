using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SQS;
using Amazon.SQS.Model;
using Amazon.SimpleNotificationService.Model;

namespace Trading.Integration.Tests.AmazonSqs;

/// <summary>Sees, and on demand denies as AWS does, what the clients of this process ask for.</summary>
internal sealed class Requests(Func<AmazonWebServiceRequest, bool> wanted, bool deny) : IDisposable
{
    private static readonly ConcurrentDictionary<Requests, bool> Watching = new();

    static Requests() => RuntimePipelineCustomizerRegistry.Instance.Register(new Customizer());

    internal ConcurrentQueue<AmazonWebServiceRequest> Seen { get; } = new();

    internal static Requests Watch(Func<AmazonWebServiceRequest, bool> wanted) => Add(new Requests(wanted, deny: false));

    internal static Requests Deny(Func<AmazonWebServiceRequest, bool> wanted) => Add(new Requests(wanted, deny: true));

    public void Dispose() => Watching.TryRemove(this, out _);

    private static Requests Add(Requests requests)
    {
        Watching[requests] = true;
        return requests;
    }

    private void See(AmazonWebServiceRequest request)
    {
        if (!wanted(request))
            return;
        Seen.Enqueue(request);
        if (deny)
            throw request is CreateQueueRequest or SetQueueAttributesRequest
                ? new AmazonSQSException(
                    "User is not authorized")
                { ErrorCode = "AccessDenied", StatusCode = System.Net.HttpStatusCode.Forbidden }
                : new AuthorizationErrorException("User is not authorized")
                { ErrorCode = "AuthorizationError", StatusCode = System.Net.HttpStatusCode.Forbidden };
    }

    private sealed class Customizer : IRuntimePipelineCustomizer
    {
        public string UniqueName => "test";

        public void Customize(Type type, RuntimePipeline pipeline) => pipeline.AddHandlerAfter<Marshaller>(new Handler());
    }

    private sealed class Handler : PipelineHandler
    {
        public override Task<T> InvokeAsync<T>(IExecutionContext executionContext)
        {
            foreach (var requests in Watching.Keys)
                requests.See(executionContext.RequestContext.OriginalRequest);
            return base.InvokeAsync<T>(executionContext);
        }
    }
}
