using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.OpenApi;

namespace HiWay.Web.Management;

/// <summary>
/// `/openapi/v1.json`: every route below `/v1` and `/api/v1` that this process really answers, read from the routing table, so that
/// it cannot fall behind.
/// </summary>
internal static class ApiDescription
{
    private const string Name = "v1";
    private const string KeyScheme = "key";

    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services.AddOpenApi(Name, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, context, _) =>
        {
            Describe(document, context.ApplicationServices.GetRequiredService<EndpointDataSource>());
            return Task.CompletedTask;
        });
    });

    public static void MapApiDescription(this WebApplication app) => app.MapOpenApi("/openapi/{documentName}.json");

    private static void Describe(OpenApiDocument document, EndpointDataSource routes)
    {
        document.Info = new OpenApiInfo
        {
            Title = "HiWay",
            Version = Name,
            Description = "The gateway under /v1 speaks its clients' dialects; the management API under /api/v1 is all that the dashboard can do. Field by field it is described at /docs.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [KeyScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A hw_live_ or hw_test_ key." },
        };
        document.Components.Schemas = new Dictionary<string, IOpenApiSchema> { ["Error"] = ErrorSchema() };
        document.Paths = [];
        var described = routes.Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.RoutePattern.RawText is { } path && IsOurs(path) && !path.EndsWith("{**path}", StringComparison.Ordinal))
            .OrderBy(route => route.RoutePattern.RawText, StringComparer.Ordinal);
        foreach (var route in described)
        {
            foreach (var method in route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
            {
                Add(document, route, method);
            }
        }
    }

    private static bool IsOurs(string path)
    {
        var rooted = "/" + path.TrimStart('/');
        return rooted.StartsWith("/v1/", StringComparison.Ordinal) || rooted.StartsWith("/api/v1/", StringComparison.Ordinal);
    }

    private static void Add(OpenApiDocument document, RouteEndpoint route, string method)
    {
        var path = "/" + string.Join('/', route.RoutePattern.PathSegments.Select(Segment));
        if (!document.Paths.TryGetValue(path, out var known))
        {
            document.Paths[path] = known = new OpenApiPathItem { Operations = [] };
        }

        var operation = new OpenApiOperation
        {
            Summary = route.Metadata.GetMetadata<IEndpointSummaryMetadata>()?.Summary ?? $"{method} {path}",
            Tags = new HashSet<OpenApiTagReference> { new(path.StartsWith("/v1/", StringComparison.Ordinal) ? "Gateway" : "Management", document) },
            Parameters = [.. route.RoutePattern.Parameters.Select(parameter => (IOpenApiParameter)new OpenApiParameter
            {
                Name = parameter.Name, In = ParameterLocation.Path, Required = true, Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            })],
            Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(KeyScheme, document)] = [] }],
            Responses = new OpenApiResponses
            {
                ["2XX"] = new OpenApiResponse { Description = "Done." },
                ["default"] = new OpenApiResponse
                {
                    Description = "Refused; the message says why and what to do next.",
                    Content = new Dictionary<string, OpenApiMediaType>
                    {
                        ["application/json"] = new OpenApiMediaType { Schema = new OpenApiSchemaReference("Error", document) },
                    },
                },
            },
        };
        if (method is "POST" or "PUT" or "PATCH")
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } } },
            };
        }

        ((OpenApiPathItem)known).Operations![HttpMethod.Parse(method)] = operation;
    }

    private static string Segment(RoutePatternPathSegment segment) => string.Concat(segment.Parts.Select(part => part switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
        _ => "",
    }));

    private static OpenApiSchema ErrorSchema()
    {
        var fields = new Dictionary<string, IOpenApiSchema>();
        foreach (var field in new[] { "code", "message", "type", "param", "request_id", "trace_id" })
        {
            fields[field] = new OpenApiSchema { Type = field == "param" ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String };
        }

        return new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["error"] = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = fields, Required = new HashSet<string>(["code", "message", "request_id"]) },
            },
            Required = new HashSet<string>(["error"]),
        };
    }
}
