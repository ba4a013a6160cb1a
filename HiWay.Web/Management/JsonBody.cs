using System.Buffers;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HiWay.Domain.Errors;
using Microsoft.AspNetCore.Http.Metadata;

namespace HiWay.Web.Management;

/// <summary>An argument that may have turned out wrong while it was read; the group's filter answers before the handler runs.</summary>
internal interface IRefusable
{
    Refusal? Refusal { get; }
}

internal static class JsonBody
{
    /// <summary>The largest body that a management call takes.</summary>
    public const int MaxBytes = 1 << 20;
}

/// <summary>A management call's JSON body, read strictly: a misspelt field is an error here, not a setting silently lost.</summary>
internal sealed class JsonBody<T> : IRefusable, IEndpointParameterMetadataProvider
    where T : class
{
    private readonly T? _value;

    private JsonBody(T? value, Refusal? refusal) => (_value, Refusal) = (value, refusal);

    public Refusal? Refusal { get; }

    /// <exception cref="InvalidOperationException">The body was refused; handlers never see such a one.</exception>
    public T Value => _value ?? throw new InvalidOperationException(Refusal?.Message);

    public static async ValueTask<JsonBody<T>?> BindAsync(HttpContext http)
    {
        if (!http.Request.HasJsonContentType())
        {
            throw new BadHttpRequestException("Not JSON.", StatusCodes.Status415UnsupportedMediaType);
        }

        var bytes = await ReadAsync(http.Request, http.RequestAborted);
        return Parse(bytes);
    }

    /// <summary>For a body that may be left out: null when it was. Not bound as a parameter but read by the handler.</summary>
    public static async ValueTask<JsonBody<T>?> BindOrNothingAsync(HttpContext http) =>
        http.Request is { ContentLength: null or 0, ContentType: null } ? null : await BindAsync(http);

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T)));

    internal static JsonBody<T> Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            // First only the syntax, so that "not JSON" (with its place) and "not what we ask for" (with its field) stay apart.
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = ManagementJson.Options.MaxDepth });
            if (document.RootElement.ValueKind is not JsonValueKind.Object)
            {
                return No("The body must be a JSON object.", null);
            }
        }
        catch (JsonException malformed)
        {
            return No($"The body is not valid JSON: line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1}.", null);
        }

        try
        {
            var value = JsonSerializer.Deserialize<T>(bytes.Span, ManagementJson.Options);
            return value is null ? No("The body must be a JSON object.", null) : new JsonBody<T>(value, null);
        }
        catch (JsonException wrong)
        {
            return Explain(wrong, typeof(T));
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > JsonBody.MaxBytes)
        {
            throw new BadHttpRequestException("Too large.", StatusCodes.Status413PayloadTooLarge);
        }

        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > JsonBody.MaxBytes)
            {
                throw new BadHttpRequestException("Too large.", StatusCodes.Status413PayloadTooLarge);
            }

            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static JsonBody<T> No(string message, string? param) => new(null, new Refusal(RefusalKind.Invalid, message, param));

    private static JsonBody<T> Explain(JsonException wrong, Type bodyType)
    {
        var param = JsonFields.ParamOf(wrong.Path);
        var quoted = JsonFields.QuotedNameIn(wrong.Message);
        if (wrong.Message.StartsWith("Duplicate property", StringComparison.Ordinal))
        {
            return No($"Field '{quoted ?? param}' is there twice.", quoted ?? param);
        }

        if (wrong.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal))
        {
            var (owner, name) = JsonFields.SplitUnknown(param, quoted);
            var known = JsonFields.NamesOf(bodyType, owner);
            return No($"There is no field '{name}' here. Known fields: {string.Join(", ", known)}.", owner is null ? name : $"{owner}.{name}");
        }

        if (wrong.Message.Contains("missing required properties", StringComparison.Ordinal))
        {
            return No($"Field '{quoted}' is missing.", param is null ? quoted : $"{param}.{quoted}");
        }

        var expected = JsonFields.TypeAt(bodyType, param) is { } type ? JsonFields.Describe(type) : "of another type";
        return No(param is null ? "The body has a field of the wrong type." : $"Field '{param}' must be {expected}.", param);
    }
}
