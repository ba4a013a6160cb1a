using System.Buffers;
using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Infrastructure.Images;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Operations;

/// <summary>OpenAI's answer, byte for byte; counts the pictures and reads the tokens.</summary>
/// <param name="unlisted">No list has a price for the picture, so a total that the provider states itself is taken.</param>
/// <param name="ordinary">The list's price is the price of pictures as they were asked for.</param>
internal sealed class OpenAiImagesRelay(bool unlisted, bool ordinary = true) : IAnswerRelay
{
    /// <summary>docs.x.ai: a tick is 10⁻¹⁰ US dollars.</summary>
    private const decimal TicksPerUsd = 10_000_000_000m;

    private int _images;

    public bool HasContent => _images > 0;

    public UpstreamError? Failure { get; private set; }

    public TokenUsage? Usage { get; private set; }

    public long ContentBytes => 0;

    public void Read(ReadOnlySpan<byte> body)
    {
        var json = new Utf8JsonReader(body);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An answer with pictures must be a JSON object.");
        }

        var usage = default(TokenUsage);
        decimal? stated = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("data"u8))
            {
                json.Read();
                _images = Count(ref json);
            }
            else if (json.ValueTextEquals("usage"u8))
            {
                json.Read();
                var start = (int)json.TokenStartIndex;
                json.Skip();
                (usage, stated) = ImageUsage.Read(body[start..(int)json.BytesConsumed]);
            }
            else
            {
                var isError = json.ValueTextEquals("error"u8);
                json.Read();
                if (isError && json.TokenType != JsonTokenType.Null)
                {
                    Failure = OpenAiErrors.Read(200, body);
                    return;
                }

                json.Skip();
            }
        }

        json.Read();    // nothing but white space may follow
        Usage = stated is { } ticks && unlisted && usage == default
            ? new TokenUsage { Units = new() { StatedFeeUsd = ticks / TicksPerUsd } }
            : usage with { Units = ImageUsage.Made(_images, ordinary) };
    }

    public void Write(ReadOnlySpan<byte> body, ReadOnlySpan<byte> hiway, IBufferWriter<byte> to) =>
        OpenAiChatStreamRelay.AppendMember(body, hiway, to);

    private static int Count(ref Utf8JsonReader json)
    {
        var items = 0;
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return items;
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            items++;
            json.Skip();
        }

        return items;
    }
}

/// <summary>The usage object of pictures.</summary>
internal static class ImageUsage
{
    public static UnitUsage Made(int images, bool ordinary) => ordinary ? new() { Images = images } : new() { UnlistedImages = images };

    /// <returns>Tokens, and the total that xAI states in ticks.</returns>
    public static (TokenUsage Usage, decimal? StatedTicks) Read(ReadOnlySpan<byte> usageObject)
    {
        var usage = OpenAiUsage.Read(usageObject) ?? default;

        // Without details all that came out is picture; newer models count the text beside it.
        if (usageObject.IndexOf("\"output_tokens_details\""u8) < 0)
        {
            usage = usage with { Output = 0, ImageOutput = usage.Output + usage.ImageOutput };
        }

        var element = JsonElement.Parse(usageObject);
        return (usage, element.ValueKind == JsonValueKind.Object && element.TryGetProperty("cost_in_usd_ticks", out var ticks) && ticks.ValueKind == JsonValueKind.Number && ticks.TryGetDecimal(out var cost) && cost >= 0
            ? cost
            : null);
    }
}

/// <summary>Another API's pictures as OpenAI's answer.</summary>
/// <param name="ordinary">The list's price is the price of pictures as they were asked for.</param>
internal sealed class TranslatedImagesRelay(IImagesUpstream upstream, long createdUnixSeconds, bool ordinary = true) : IAnswerRelay
{
    private readonly MadeImages _made = new();

    public bool HasContent => _made.Base64.Count > 0;

    /// <summary>The model would not draw this; another call would hear the same.</summary>
    public UpstreamError? Failure => HasContent || _made.Refusal is not { } refusal ? null
        : new UpstreamError(400, refusal, "content_policy_violation", "image_generation_user_error") { Kind = UpstreamErrorKind.ContentFilter };

    public TokenUsage? Usage => (_made.Usage ?? default) with { Units = ImageUsage.Made(_made.Base64.Count, ordinary) };

    public long ContentBytes => 0;

    public void Read(ReadOnlySpan<byte> body)
    {
        try
        {
            upstream.Read(body, _made);
        }
        catch (InvalidOperationException wrong)
        {
            throw new JsonException("The answer's members are not of the kinds that the API promises.", wrong);
        }
    }

    public void Write(ReadOnlySpan<byte> body, ReadOnlySpan<byte> hiway, IBufferWriter<byte> to)
    {
        using var json = new Utf8JsonWriter(to, GatewayJson.Written);
        json.WriteStartObject();
        json.WriteNumber("created"u8, createdUnixSeconds);
        json.WriteStartArray("data"u8);
        foreach (var picture in _made.Base64)
        {
            json.WriteStartObject();
            json.WriteString("b64_json"u8, picture);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (_made.Usage is { } usage)
        {
            json.WriteStartObject("usage"u8);
            json.WriteNumber("input_tokens"u8, usage.TotalInput);
            json.WriteNumber("output_tokens"u8, usage.TotalOutput);
            json.WriteNumber("total_tokens"u8, usage.TotalInput + usage.TotalOutput);
            json.WriteStartObject("input_tokens_details"u8);
            json.WriteNumber("text_tokens"u8, usage.TotalInput - usage.ImageInput);
            json.WriteNumber("image_tokens"u8, usage.ImageInput);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WritePropertyName("_hiway"u8);
        json.WriteRawValue(hiway, skipInputValidation: true);
        json.WriteEndObject();
    }
}

/// <summary>
/// A stream of pictures that grow: events go through byte for byte; the last one (<c>image_generation.completed</c>) is held back until
/// it is known what it cost.
/// </summary>
internal sealed class ImageStreamRelay : IStreamRelay
{
    private readonly RentedBuffer _last = new(1024);
    private byte[] _lastName = [];
    private TokenUsage? _usage;
    private int _images;
    private bool _closed;

    public bool HasContent { get; private set; }

    public bool IsComplete => _closed && _images > 0;

    public UpstreamError? Failure { get; private set; }

    public TokenUsage? Usage => _usage is { } usage ? usage with { Units = new() { Images = _images } } : null;

    public long ContentBytes => 0;

    public void Take(in SseEvent sse, IBufferWriter<byte> to)
    {
        var data = sse.Data.Trim(" \t\r\n"u8);
        if (Failure is not null || data.IsEmpty)
        {
            return;
        }

        if (data.SequenceEqual("[DONE]"u8))
        {
            _closed = true;
            return;
        }

        Release(to);
        var json = JsonElement.Parse(data);
        var type = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("type", out var word) && word.ValueKind == JsonValueKind.String ? TextOf(word) : "";
        if (type == "error" || (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object))
        {
            Failure = OpenAiErrors.Read(200, data);
            return;
        }

        HasContent = true;
        if (!type.EndsWith(".completed", StringComparison.Ordinal))
        {
            Write(sse.Name, data, to);
            return;
        }

        _images++;
        if (json.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
        {
            _usage = (_usage ?? default) + ImageUsage.Read(JsonSerializer.SerializeToUtf8Bytes(usage)).Usage;
        }
        else
        {
            _usage ??= default(TokenUsage);
        }

        _lastName = sse.Name.ToArray();
        _last.Write(data);
    }

    public void Closed(IBufferWriter<byte> to) => _closed = true;

    public void WriteEnding(ReadOnlySpan<byte> hiway, IBufferWriter<byte> to)
    {
        using var with = new RentedBuffer(_last.Length + hiway.Length + 16);
        OpenAiChatStreamRelay.AppendMember(_last.Length > 0 ? _last.Span : "{}"u8, hiway, with);
        Write(_lastName, with.Span, to);
    }

    public void Dispose() => _last.Dispose();

    private void Release(IBufferWriter<byte> to)
    {
        if (_last.Length > 0)
        {
            Write(_lastName, _last.Span, to);
            _last.Clear();
        }
    }

    /// <exception cref="JsonException">It is no text: bytes that are no UTF-8, or half a surrogate pair.</exception>
    private static string TextOf(JsonElement word)
    {
        try
        {
            return word.GetString()!;
        }
        catch (InvalidOperationException wrong)
        {
            throw new JsonException("The event's type is no valid text.", wrong);
        }
    }

    private static void Write(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, IBufferWriter<byte> to)
    {
        if (!name.IsEmpty)
        {
            to.Write("event: "u8);
            to.Write(name);
            to.Write("\n"u8);
        }

        to.Write("data: "u8);
        to.Write(data);
        to.Write("\n\n"u8);
    }
}
