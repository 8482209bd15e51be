using Microsoft.OpenApi;
using Trading.Dashboard.Answers;
using Trading.Dashboard.Reading;

namespace Trading.Dashboard.Api;

/// <summary>The API, version 1: fields are added to it and never taken away.</summary>
public static class ApiV1
{
    /// <summary>Where it is.</summary>
    public const string Path = "/api/v1";

    /// <summary>Where its description is.</summary>
    public const string Description = $"{Path}/openapi.json";

    // What is about the program and its own journal.
    private static readonly HashSet<string?> OwnAlone = [.. new[] { "stream", "past", "journals", "past/runs/{id}", "past/runs/{id}/report",
        "audit/checks/{id}", "decisions/words", "control", "seal-key" }.Select(path => $"api/v1/{path}")];

    /// <summary>Registers its description.</summary>
    public static void AddApiDescription(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options => ApiJson.Apply(options.SerializerOptions));
        services.AddOpenApi("v1", options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            // Only the API, not the pages.
            options.ShouldInclude = endpoint => endpoint.RelativePath?.StartsWith("api/v1/", StringComparison.Ordinal) == true;
            options.AddOperationTransformer((operation, context, _) =>
            {
                // Bound by hand, so that every question of one request is about one journal.
                if (context.Description.HttpMethod == HttpMethods.Get
                    && !OwnAlone.Contains(context.Description.RelativePath?.Replace(":int", "", StringComparison.Ordinal)))
                    (operation.Parameters ??= []).Add(new OpenApiParameter
                    {
                        Name = OpenJournals.Parameter, In = ParameterLocation.Query,
                        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                        Description = "Another journal of the server, by its database; the program's own by default.",
                    });
                return Task.CompletedTask;
            });
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new()
                {
                    Title = "Trading", Version = "v1",
                    Description = "All that the dashboard shows, a stream of what is new, and commands. Errors are RFC 9457 problems. "
                        + "Answers carry an ETag. Callers send Authorization: Bearer TOKEN, or the cookie of a login; with a login, "
                        + "changes carry the header X-Trading-Csrf from /session. Commands may carry an Idempotency-Key.",
                };
                document.Servers = [];
                document.Components ??= new();
                document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
                {
                    ["token"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" },
                };
                document.Security = [new() { [new OpenApiSecuritySchemeReference("token", document)] = [] }];
                return Task.CompletedTask;
            });
        });
    }

    /// <summary>Maps it.</summary>
    public static void MapApi(this WebApplication app)
    {
        var api = app.MapGroup(Path);
        api.AddEndpointFilter(async (invocation, next) =>
        {
            var request = invocation.HttpContext.Request;
            var other = request.Query[OpenJournals.Parameter].ToString();
            var own = request.HttpContext.RequestServices.GetRequiredService<OpenJournals>().Own;
            return HttpMethods.IsGet(request.Method) || other.Length == 0 || other == own ? await next(invocation)
                : throw new ApiException(Problems.Of(StatusCodes.Status409Conflict, "read-only", $"the journal {other} is only looked at"));
        });
        api.ProducesProblem(401).ProducesProblem(429).ProducesProblem(503);
        api.MapNow();
        api.MapDecisions();
        api.MapTrades();
        api.MapChart();
        api.MapModels();
        api.MapRisk();
        api.MapAudit();
        api.MapPast();
        api.MapStream();
        app.MapOpenApi("/api/{documentName}/openapi.json");
        // Not in the group: there it would come before the description.
        app.Map("/api/{version}/{**rest}", (string? rest) =>
            { throw Problems.NotFound($"the API has no {rest}"); }).ExcludeFromDescription();
    }
}
